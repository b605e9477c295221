import type { KeyObject } from "node:crypto";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  childrenOf,
  contextConstructed,
  contextPrimitive,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  printableString,
  readDer,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** The parts certificates are put together from (RFC 5280). */

export type SubjectField = [type: keyof typeof attributeTypes, value: string];

const attributeTypes = {
  C: "2.5.4.6",
  ST: "2.5.4.8",
  L: "2.5.4.7",
  O: "2.5.4.10",
  serialNumber: "2.5.4.5",
  businessCategory: "2.5.4.15",
  jurisdictionC: "1.3.6.1.4.1.311.60.2.1.3",
  CN: "2.5.4.3",
} as const;

/** Name and key of an authority. */
export interface Signer {
  name: Buffer;
  key: KeyObject;
  keyIdentifier: Buffer;
}

/** Makes an authority; its name is all a verifier sees of it besides the key. */
export function makeSigner(commonName: string, keys: "ec" | "rsa"): Signer & { spki: Buffer } {
  const { privateKey, publicKey } =
    keys === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "prime256v1" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const spki = publicKey.export({ format: "der", type: "spki" });
  const name = distinguishedName([
    ["C", "NL"],
    ["O", "Xolphin SSL Lab"],
    ["CN", commonName],
  ]);
  return { name, key: privateKey, spki, keyIdentifier: keyIdentifierOf(spki) };
}

/** A certificate for an authority; a root when it signs itself. `pathLength` undefined sets no bound. */
export function authorityCertificate(
  subject: Signer & { spki: Buffer },
  issuer: Signer,
  validity: { from: Date; until: Date },
  pathLength: number | undefined,
): Buffer {
  const constraints = [boolean(true), ...(pathLength === undefined ? [] : [integer(pathLength)])];
  return signCertificate({
    issuer,
    subject: subject.name,
    spki: subject.spki,
    notBefore: validity.from,
    notAfter: validity.until,
    digest: "sha256",
    extensions: [
      extension("2.5.29.35", false, sequence(contextPrimitive(0, issuer.keyIdentifier))),
      extension("2.5.29.14", false, octetString(subject.keyIdentifier)),
      extension("2.5.29.15", true, bitString(Buffer.from([0x06]), 1)),
      extension("2.5.29.19", true, sequence(...constraints)),
    ],
  });
}

/** Signs; the DER of the certificate. */
export function signCertificate(certificate: {
  issuer: Signer;
  serial?: Buffer;
  subject: Buffer;
  spki: Buffer;
  notBefore: Date;
  notAfter: Date;
  digest: "sha256" | "sha1";
  extensions: Buffer[];
}): Buffer {
  const { issuer, digest } = certificate;
  const algorithm = signatureAlgorithm(issuer.key, digest);
  const toBeSigned = sequence(
    contextConstructed(0, integer(2)),
    integer(certificate.serial ?? serialNumber()),
    algorithm,
    issuer.name,
    sequence(time(certificate.notBefore), time(certificate.notAfter)),
    certificate.subject,
    certificate.spki,
    contextConstructed(3, sequence(...certificate.extensions)),
  );
  return sequence(toBeSigned, algorithm, bitString(sign(digest, toBeSigned, issuer.key)));
}

export function signatureAlgorithm(key: KeyObject, digest: "sha256" | "sha1"): Buffer {
  if (key.asymmetricKeyType === "rsa") {
    const arc = digest === "sha256" ? "1.2.840.113549.1.1.11" : "1.2.840.113549.1.1.5";
    return sequence(objectIdentifier(arc), nullValue);
  }
  return sequence(objectIdentifier(digest === "sha256" ? "1.2.840.10045.4.3.2" : "1.2.840.10045.4.1"));
}

export function extension(arc: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(arc), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** RFC 5280 §4.2.1.2, method 1. */
export function keyIdentifierOf(spki: Buffer): Buffer {
  const key = childrenOf(readDer(spki))[1];
  if (key === undefined) throw new Error("The public key is cut short.");
  return createHash("sha1").update(key.content.subarray(1)).digest();
}

/** 127 random bits: positive, and beyond the 64 bits the CA/Browser Forum asks for. */
export function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

export function distinguishedName(fields: SubjectField[]): Buffer {
  return sequence(
    ...fields.map(([type, value]) => {
      const country = type === "C" || type === "jurisdictionC";
      const text = country ? printableString(value) : utf8String(value);
      return set(sequence(objectIdentifier(attributeTypes[type]), text));
    }),
  );
}
