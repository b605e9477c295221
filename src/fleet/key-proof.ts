import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { keyIdOf } from "../model/certificate.ts";
import type { Secret } from "../secret.ts";

/*
 * How a server shows that a certificate is its own when nothing else does: with the key. What is signed names the server, so
 * that a proof is good for nobody else.
 */

/** A public key (SPKI, DER) and a signature, both in base64. */
export interface KeyProof {
  readonly publicKey: string;
  readonly signature: string;
}

export function proveKey(key: Secret, node: string, certificateId: number): KeyProof {
  const privateKey = createPrivateKey(key.reveal());
  return {
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "der" }).toString("base64"),
    signature: sign("sha256", message(node, certificateId), privateKey).toString("base64"),
  };
}

/** Whether the proof is `node`'s, for the key that the certificate has (`Certificate.keyId`). */
export function provesKey(
  { publicKey, signature }: KeyProof,
  node: string,
  certificateId: number,
  keyId: string,
): boolean {
  try {
    const key: KeyObject = createPublicKey({
      key: Buffer.from(publicKey, "base64"),
      format: "der",
      type: "spki",
    });
    if (keyIdOf(key) !== keyId) return false;
    return verify("sha256", message(node, certificateId), key, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

function message(node: string, certificateId: number): Buffer {
  return Buffer.from(`xolphin-ssl: certificate ${certificateId} is ${node}'s`);
}
