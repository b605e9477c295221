import {
  checkPrimeSync,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { type Certificate, keyIdOf } from "./certificate.ts";

/** A private key that passed inspection. */
export interface PrivateKey {
  /** SHA-256 of the public key (SPKI), hex. */
  readonly keyId: string;
  readonly kind: "rsa" | "ec";
  readonly pkcs8: Secret;
}

const maxSize = 32_768;
const curves = ["prime256v1", "secp384r1"];

/**
 * Reads a private key in PKCS#1, SEC1 or PKCS#8 PEM. Throws `key-invalid` for what is none, is encrypted or is damaged,
 * `key-weak` for what must not protect a site: RSA outside 2048–4096 bits, other curves than P-256 and P-384.
 */
export function readPrivateKey(pem: Secret): PrivateKey {
  const key = readAnyPrivateKey(pem);
  const details = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") {
    const bits = details.modulusLength ?? 0;
    const exponent = details.publicExponent ?? 0n;
    if (bits < 2048 || bits > 4096 || exponent < 65_537n)
      throw new CodedError("key-weak", { detail: `RSA ${bits}` });
  } else if (key.asymmetricKeyType !== "ec" || !curves.includes(details.namedCurve ?? "")) {
    throw new CodedError("key-weak", { detail: details.namedCurve ?? key.asymmetricKeyType ?? "" });
  }
  if (!isSound(key)) throw new CodedError("key-invalid", { detail: "its parts do not belong together" });
  return {
    keyId: keyIdOf(createPublicKey(key)),
    kind: key.asymmetricKeyType === "rsa" ? "rsa" : "ec",
    pkcs8: new Secret(key.export({ type: "pkcs8", format: "pem" }).toString()),
  };
}

/**
 * Whether the parts of a key belong together. OpenSSL reads a damaged key without a word, and a web server would only
 * fail with it when somebody connects.
 */
function isSound(key: KeyObject): boolean {
  const message = Buffer.from("xolphin-ssl");
  const publicKey = createPublicKey(key);
  try {
    if (!verify("sha256", message, publicKey, sign("sha256", message, key))) return false;
  } catch {
    return false;
  }
  return key.asymmetricKeyType !== "rsa" || isSoundRsa(key.export({ format: "jwk" }));
}

/** A signature alone does not tell: where the shortcuts are wrong, it is made the long way (RFC 8017 §3.2). */
function isSoundRsa(jwk: JsonWebKey): boolean {
  const part = (text: string | undefined): bigint =>
    BigInt(`0x${Buffer.from(text ?? "", "base64url").toString("hex") || "0"}`);
  const [p, q, d] = [part(jwk.p), part(jwk.q), part(jwk.d)] as const;
  const ed = part(jwk.e) * d;
  return (
    // First, because by what is left of 1 nothing can be divided.
    checkPrimeSync(p) &&
    checkPrimeSync(q) &&
    p * q === part(jwk.n) &&
    ed % (p - 1n) === 1n &&
    ed % (q - 1n) === 1n &&
    part(jwk.dp) === d % (p - 1n) &&
    part(jwk.dq) === d % (q - 1n) &&
    (part(jwk.qi) * q) % p === 1n
  );
}

/** The same without judging strength: for a pair that is in use and may have to go back. Throws `key-invalid`. */
export function readAnyPrivateKey(pem: Secret): KeyObject {
  const text = pem.reveal();
  if (text.length > maxSize) throw new CodedError("key-invalid", { detail: "larger than 32 kB" });
  try {
    return createPrivateKey(text);
  } catch (cause) {
    // The cause may quote the input; only its kind is kept.
    throw new CodedError("key-invalid", { detail: cause instanceof Error ? cause.name : "" });
  }
}

export function keyIdOfPrivateKey(key: KeyObject): string {
  return keyIdOf(createPublicKey(key));
}

export function keyMatches(certificate: Certificate, keyId: string): boolean {
  return certificate.keyId === keyId;
}
