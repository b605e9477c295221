import { generateKeyPairSync } from "node:crypto";
import { bitString, contextPrimitive, objectIdentifier, sequence } from "./der.ts";
import { toPem } from "./pem.ts";
import type { Signer } from "./x509.ts";
import { authorityCertificate, distinguishedName, extension, makeSigner, signCertificate } from "./x509.ts";

/** What the HTTPS listener of the API may show (F-39). */
export type ServerCertificateKind = "valid" | "expired" | "other-name" | "untrusted";

export interface ServerCertificates {
  /** What a client must trust, PEM; it signs nothing but these. */
  rootPem: string;
  contextFor(kind: ServerCertificateKind): { cert: string; key: string };
}

interface Subject {
  hostNames: string[];
  addresses: string[];
  notBefore: Date;
  notAfter: Date;
}

const day = 86_400_000;

/** Certificates for the API's own listener. They follow the real clock, since a client checks them against that. */
export function createServerCertificates(address: string): ServerCertificates {
  const today = Date.now();
  const root = makeSigner("Lab API TLS Root", "ec");
  const stranger = makeSigner("Lab API TLS Root", "ec");
  const years = { from: new Date(today - 400 * day), until: new Date(today + 4000 * day) };
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const spki = publicKey.export({ format: "der", type: "spki" });
  const usual: Subject = {
    // The vendor's names let its published clients be led here, through a proxy and unchanged.
    hostNames: ["localhost", "api.xolphin.com", "test-api.xolphin.com"],
    addresses: [...new Set(["127.0.0.1", "::1", address])],
    notBefore: new Date(today - 30 * day),
    notAfter: new Date(today + 365 * day),
  };
  const certificates: Record<ServerCertificateKind, string> = {
    valid: serverCertificate(root, spki, usual),
    expired: serverCertificate(root, spki, { ...usual, notAfter: new Date(today - day) }),
    "other-name": serverCertificate(root, spki, { ...usual, hostNames: ["other.test"], addresses: [] }),
    untrusted: serverCertificate(stranger, spki, usual),
  };
  return {
    rootPem: toPem("CERTIFICATE", authorityCertificate(root, root, years, undefined)),
    contextFor: (kind) => ({ cert: certificates[kind], key }),
  };
}

function serverCertificate(issuer: Signer, spki: Buffer, subject: Subject): string {
  const names = [
    ...subject.hostNames.map((name) => contextPrimitive(2, Buffer.from(name, "latin1"))),
    ...subject.addresses.map((address) => contextPrimitive(7, addressBytes(address))),
  ];
  const der = signCertificate({
    issuer,
    subject: distinguishedName([["CN", subject.hostNames[0] ?? "localhost"]]),
    spki,
    notBefore: subject.notBefore,
    notAfter: subject.notAfter,
    digest: "sha256",
    extensions: [
      extension("2.5.29.15", true, bitString(Buffer.from([0x80]), 7)),
      extension("2.5.29.37", false, sequence(objectIdentifier("1.3.6.1.5.5.7.3.1"))),
      extension("2.5.29.19", true, sequence()),
      extension("2.5.29.35", false, sequence(contextPrimitive(0, issuer.keyIdentifier))),
      extension("2.5.29.17", false, sequence(...names)),
    ],
  });
  return toPem("CERTIFICATE", der);
}

function addressBytes(address: string): Buffer {
  if (address === "::1") return Buffer.concat([Buffer.alloc(15), Buffer.from([1])]);
  return Buffer.from(address.split(".").map(Number));
}
