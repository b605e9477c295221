import type { Secret } from "../secret.ts";
import type { HostName } from "./host-name.ts";

/** An issued X.509 certificate, parsed. Never changes; known by its fingerprint. */
export interface Certificate {
  readonly pem: string;
  /** SHA-256 of the DER, lower-case hex without separators. */
  readonly fingerprint: string;
  /** SHA-256 of the SubjectPublicKeyInfo DER, lower-case hex: what matches a certificate with its key. */
  readonly keyId: string;
  /** Upper-case hex. */
  readonly serial: string;
  readonly subject: string;
  readonly issuer: string;
  /** DNS names of the SAN extension in normal form; names that are none are left out. */
  readonly names: readonly HostName[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly selfSigned: boolean;
}

/** Leaf, chain (leaf's issuer first, no root) and private key together, on their way to or from a panel. Never logged or serialised. */
export interface CertificateBundle {
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  /** PKCS#8 PEM. */
  readonly key: Secret;
}
