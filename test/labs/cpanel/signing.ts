import { createPublicKey, type KeyObject, sign } from "node:crypto";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  sequence,
  set,
} from "../ca/der.ts";
import { toPem } from "../ca/pem.ts";
import { readSigningRequest as readRequest } from "../ca/signing-request.ts";
import {
  distinguishedName,
  extension,
  keyIdentifierOf,
  signatureAlgorithm,
  signCertificate,
} from "../ca/x509.ts";

export interface SubjectArguments {
  domains: readonly string[];
  country: string;
  state: string;
  locality: string;
  organization: string;
}

const extensionRequest = "1.2.840.113549.1.9.14";
const selfSignedMs = 365 * 86_400_000;

/** A signing request as the panel makes one: full subject, every domain in the subjectAltName. */
export function makeSigningRequest(subject: SubjectArguments & { key: KeyObject }): string {
  const extensions = sequence(namesExtension(subject.domains));
  const attributes = contextConstructed(0, sequence(objectIdentifier(extensionRequest), set(extensions)));
  const info = sequence(integer(0), subjectName(subject), spkiOf(subject.key), attributes);
  const signature = bitString(sign("sha256", info, subject.key));
  return toPem("CERTIFICATE REQUEST", sequence(info, signatureAlgorithm(subject.key, "sha256"), signature));
}

export function makeSelfSigned(subject: SubjectArguments & { key: KeyObject }, now: Date): string {
  const spki = spkiOf(subject.key);
  const name = subjectName(subject);
  const der = signCertificate({
    issuer: { name, key: subject.key, keyIdentifier: keyIdentifierOf(spki) },
    subject: name,
    spki,
    notBefore: now,
    notAfter: new Date(now.getTime() + selfSignedMs),
    digest: "sha256",
    extensions: [namesExtension(subject.domains)],
  });
  return toPem("CERTIFICATE", der);
}

/** Key and names of a stored request, the common name first. */
export function readSigningRequest(pem: string): { key: KeyObject; names: string[] } {
  const { publicKey, subject, dnsNames } = readRequest(pem);
  const common = subject.commonName === undefined ? [] : [subject.commonName];
  return { key: publicKey, names: [...new Set([...common, ...dnsNames])] };
}

function subjectName(subject: SubjectArguments): Buffer {
  return distinguishedName([
    ["C", subject.country],
    ["ST", subject.state],
    ["L", subject.locality],
    ["O", subject.organization],
    ["CN", subject.domains[0] ?? ""],
  ]);
}

function namesExtension(domains: readonly string[]): Buffer {
  const names = domains.map((name) => contextPrimitive(2, Buffer.from(name, "latin1")));
  return extension("2.5.29.17", false, sequence(...names));
}

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key.export({ format: "pem", type: "pkcs8" })).export({
    format: "der",
    type: "spki",
  });
}
