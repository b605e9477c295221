import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { readFileSync } from "node:fs";

/** Signs what is published. The signature is the 64 bytes of Ed25519 (RFC 8032) over the whole file. */
export interface Signer {
  sign(content: Buffer): Buffer;
  /** For whoever checks it, in PEM. */
  readonly publicKey: string;
}

/** `file` holds an Ed25519 key in PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` makes it. */
export function openSigner(file: string): Signer {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== "ed25519") throw new Error(`${file} holds no Ed25519 key`);
  return {
    sign: (content) => sign(null, content, key),
    publicKey: createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
  };
}

export function isSignedBy(publicKey: string, content: Buffer, signature: Buffer): boolean {
  return verify(null, content, createPublicKey(publicKey), signature);
}
