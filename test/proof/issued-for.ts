import { X509Certificate } from "node:crypto";
import type { FakeCa } from "../labs/ca/fake-ca.ts";

/** Fingerprints of what the CA issued for a name, oldest first. */
export function issuedFor(ca: FakeCa, name: string): string[] {
  const { certificates } = ca.describe() as { certificates: { id: number; names: string[]; pem: string }[] };
  return certificates
    .filter(({ names }) => names.includes(name))
    .sort((one, other) => one.id - other.id)
    .map(({ pem }) => new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase());
}

/** The last of them; null when there is none. */
export function newestIssued(ca: FakeCa, name: string): string | null {
  return issuedFor(ca, name).at(-1) ?? null;
}
