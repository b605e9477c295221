import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { keyIdOf } from "../../src/model/certificate.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import type { Access } from "./access.ts";
import { readListed } from "./accounts.ts";
import { readData } from "./answers.ts";

const keyList = z
  .array(
    z.object({
      id: z.string(),
      created: z.union([z.number(), z.string()]).nullish(),
      key_algorithm: z.string().nullish(),
      modulus: z.string().nullish(),
    }),
  )
  .nullish();
const shownKey = z.object({
  key: z.string().nullish(),
  details: z.object({ key: z.string().nullish() }).nullish(),
});

/** Keys of which the public half is not listed in a form we can compute with; so many are looked at, the newest first. */
const looksAtMost = 20;

/**
 * A private key from the account's own store, by its public key: certificates whose request was made in the panel can be
 * installed without asking for their key (spec cpanel §4.9). Null when the account has no such key. Keys of RSA are told
 * apart by what the list says of them, so that only the right one is ever taken out.
 */
export async function findKey(access: Access, account: string, keyId: string): Promise<Secret | null> {
  const { api } = access;
  await readListed(access, account);
  const call = "SSL::list_keys";
  const keys = readData(keyList, await api.uapi(account, call), call) ?? [];
  const certain = keys.filter(
    ({ modulus }) => modulus != null && modulus !== "" && rsaKeyId(modulus) === keyId,
  );
  const others = keys
    .filter(({ modulus }) => modulus == null || modulus === "")
    .sort((a, b) => Number(b.created ?? 0) - Number(a.created ?? 0))
    .slice(0, looksAtMost);
  for (const { id } of [...certain, ...others]) {
    const shown = readData(shownKey, await api.uapi(account, "SSL::show_key", { id }), "SSL::show_key");
    const key = readOrNull(shown.details?.key ?? shown.key ?? "");
    if (key !== null && key.keyId === keyId) return key.pem;
  }
  return null;
}

/** The id of the key with this modulus; null when the text is no modulus. The exponent is the one everybody uses. */
export function rsaKeyId(modulus: string): string | null {
  if (!/^[0-9a-f]+$/i.test(modulus)) return null;
  const n = Buffer.from(modulus.length % 2 === 0 ? modulus : `0${modulus}`, "hex").toString("base64url");
  try {
    return keyIdOf(createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" }));
  } catch {
    return null;
  }
}

function readOrNull(text: string): { keyId: string; pem: Secret } | null {
  const pem = new Secret(text);
  try {
    return { keyId: keyIdOfPrivateKey(readAnyPrivateKey(pem)), pem };
  } catch {
    return null;
  }
}
