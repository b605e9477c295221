import { z } from "zod";
import { asHostName, type HostName } from "./host-name.ts";

/** A host name in what another server of ours wrote, in canonical form. */
export const hostName = z
  .string()
  .max(253)
  .transform((text, context): HostName => {
    const name = asHostName(text);
    if (name !== null) return name;
    context.addIssue({ code: "custom", message: "is no host name" });
    return z.NEVER;
  });
