import { z } from "zod";
import { asHostName, type HostName } from "./host-name.ts";

/* Shapes of what another server, or another process, of ours wrote. */

/** In canonical form. */
export const hostName = z
  .string()
  .max(253)
  .transform((text, context): HostName => {
    const name = asHostName(text);
    if (name !== null) return name;
    context.addIssue({ code: "custom", message: "is no host name" });
    return z.NEVER;
  });

/** Of a request, a certificate or a product at the CA. */
export const caId = z.int().positive().max(9_999_999_999);
/** SHA-256 of a public key, as it names the key in the store. */
export const keyId = z.string().regex(/^[0-9a-f]{64}$/);
/** Names a hand-over from its invitation on. */
export const handOverId = z.string().regex(/^[0-9a-f]{32}$/);
