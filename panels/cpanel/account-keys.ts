import { createPublicKey, ECDH } from "node:crypto";
import { z } from "zod";
import { keyIdOf, parseCertificates } from "../../src/model/certificate.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import type { Access } from "./access.ts";
import { readListed } from "./accounts.ts";
import { readData } from "./answers.ts";

/** What lists tell of a key, be it a key's own entry or that of a certificate made with it (spec cpanel §4.9). */
const publicHalf = z.object({
  id: z.string(),
  modulus: z.string().nullish(),
  ecdsa_curve_name: z.string().nullish(),
  ecdsa_public: z.string().nullish(),
});
const keyList = z
  .array(publicHalf.extend({ created: z.union([z.number(), z.string()]).nullish() }))
  .nullish();
const certificateList = z.array(publicHalf).nullish();
const shownCertificate = z.object({ cert: z.string().nullish() });
const shownKey = z.object({
  key: z.string().nullish(),
  details: z.object({ key: z.string().nullish() }).nullish(),
});

/** Keys whose public half no list tells; so many are looked at, the newest first. */
const looksAtMost = 20;

/**
 * A private key from the account's own store, by its public key: certificates whose request was made in the panel can be
 * installed without asking for their key (spec cpanel §4.9). Null when the account has no such key. What the lists tell of a
 * key, and else a stored certificate that was made with it, says which it is, so that no other key is taken out for a look.
 */
export async function findKey(access: Access, account: string, keyId: string): Promise<Secret | null> {
  await readListed(access, account);
  const call = "SSL::list_keys";
  const keys = readData(keyList, await access.api.uapi(account, call), call) ?? [];
  const certain = keys.filter((key) => keyIdOfListed(key) === keyId);
  for (const { id } of certain) {
    const found = await takeOut(access, account, id, keyId);
    if (found !== null) return found;
  }
  const untold = keys
    .filter((key) => keyIdOfListed(key) === null)
    .sort((a, b) => Number(b.created ?? 0) - Number(a.created ?? 0))
    .slice(0, looksAtMost);
  for (const { id } of untold) {
    const told = await keyIdOfItsCertificates(access, account, id);
    if (told !== null && told !== keyId) continue;
    const found = await takeOut(access, account, id, keyId);
    if (found !== null) return found;
  }
  return null;
}

async function takeOut({ api }: Access, account: string, id: string, keyId: string): Promise<Secret | null> {
  const call = "SSL::show_key";
  const shown = readData(shownKey, await api.uapi(account, call, { id }), call);
  const key = readOrNull(shown.details?.key ?? shown.key ?? "");
  return key !== null && key.keyId === keyId ? key.pem : null;
}

/** By what the account's certificates for this key say of it; null when there are none, or none that can be read. */
async function keyIdOfItsCertificates({ api }: Access, account: string, id: string): Promise<string | null> {
  const call = "SSL::find_certificates_for_key";
  const asked = await api.tryUapi(account, call, { id });
  // Only spares a look at the key itself.
  const [first] = asked.ok ? (readData(certificateList, asked.data, call) ?? []) : [];
  if (first === undefined) return null;
  const told = keyIdOfListed(first);
  if (told !== null) return told;
  const shown = await api.tryUapi(account, "SSL::show_cert", { id: first.id });
  const text = shown.ok ? (readData(shownCertificate, shown.data, "SSL::show_cert").cert ?? "") : "";
  try {
    return parseCertificates(text)[0]?.keyId ?? null;
  } catch {
    return null;
  }
}

/** Null when the entry does not tell it, or in a form of which we know nothing. */
export function keyIdOfListed(entry: Omit<z.output<typeof publicHalf>, "id">): string | null {
  const { modulus, ecdsa_curve_name: curve, ecdsa_public: point } = entry;
  if (modulus != null && modulus !== "") return rsaKeyId(modulus);
  return curve == null || point == null ? null : ecKeyId(curve, point);
}

/** The exponent is the one everybody uses. */
function rsaKeyId(modulus: string): string | null {
  if (!/^[0-9a-f]+$/i.test(modulus)) return null;
  const n = Buffer.from(modulus.length % 2 === 0 ? modulus : `0${modulus}`, "hex").toString("base64url");
  return keyIdOfJwk({ kty: "RSA", n, e: "AQAB" });
}

const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384" };

/** The point in hex, whole or compressed (which of the two is nowhere written, spec cpanel §4.9). */
function ecKeyId(curve: string, point: string): string | null {
  const crv = curves[curve];
  if (crv === undefined || !/^0[234][0-9a-f]+$/i.test(point)) return null;
  try {
    const whole = ECDH.convertKey(point, curve, "hex", undefined, "uncompressed") as Buffer;
    const half = (whole.length - 1) / 2;
    const [x, y] = [whole.subarray(1, 1 + half), whole.subarray(1 + half)];
    return keyIdOfJwk({ kty: "EC", crv, x: x.toString("base64url"), y: y.toString("base64url") });
  } catch {
    return null;
  }
}

function keyIdOfJwk(key: Readonly<Record<string, string>>): string | null {
  try {
    return keyIdOf(createPublicKey({ key, format: "jwk" }));
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
