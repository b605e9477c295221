import type { KeyObject } from "node:crypto";
import { createPublicKey, verify } from "node:crypto";
import type { DerValue } from "./der.ts";
import { childrenOf, readDer, readObjectIdentifier } from "./der.ts";
import { fromPem, toPem } from "./pem.ts";

/** A PKCS#10 signing request as a CA reads it. */
export interface SigningRequest {
  der: Buffer;
  pem: string;
  publicKey: KeyObject;
  /** SubjectPublicKeyInfo in DER, ready to go into a certificate. */
  spki: Buffer;
  keyType: "RSA" | "EC";
  keyBits: number;
  subject: Partial<Record<SubjectPart, string>>;
  /** The dNSName entries of the requested subjectAltName, as written. */
  dnsNames: string[];
}

export type SubjectPart = "commonName" | "country" | "state" | "city" | "organization" | "organizationalUnit";

/** What is wrong, in the words of the `errors` member for `csr`. */
export class UnusableSigningRequest extends Error {}

const subjectParts: Record<string, SubjectPart> = {
  "2.5.4.3": "commonName",
  "2.5.4.6": "country",
  "2.5.4.8": "state",
  "2.5.4.7": "city",
  "2.5.4.10": "organization",
  "2.5.4.11": "organizationalUnit",
};

/** Signature algorithms a CA takes from a subscriber; SHA-1 and MD5 are absent on purpose. */
const digests: Record<string, string> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
};

const extensionRequest = "1.2.840.113549.1.9.14";
const subjectAltName = "2.5.29.17";
const dnsNameTag = 0x82;

/**
 * Reads a PEM signing request and checks its signature and key.
 * @throws UnusableSigningRequest
 */
export function readSigningRequest(text: string): SigningRequest {
  const der = fromPem(text, ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"]);
  if (der === undefined) throw new UnusableSigningRequest("The CSR could not be decoded.");
  try {
    return readParts(der);
  } catch (cause) {
    if (cause instanceof UnusableSigningRequest) throw cause;
    throw new UnusableSigningRequest("The CSR could not be decoded.", { cause });
  }
}

function readParts(der: Buffer): SigningRequest {
  const [info, algorithm, signature] = childrenOf(readDer(der));
  const [, subject, spki, attributes] = childrenOf(required(info));
  const spkiDer = Buffer.from(required(spki).encoded);
  const publicKey = createPublicKey({ key: spkiDer, format: "der", type: "spki" });
  const digest = digests[readObjectIdentifier(required(childrenOf(required(algorithm))[0]))];
  if (digest === undefined)
    throw new UnusableSigningRequest("The CSR is signed with an unsupported algorithm.");
  const signed = required(signature).content.subarray(1);
  if (!verify(digest, required(info).encoded, publicKey, signed)) {
    throw new UnusableSigningRequest("The signature of the CSR is not valid.");
  }
  return {
    der,
    pem: toPem("CERTIFICATE REQUEST", der),
    publicKey,
    spki: spkiDer,
    ...readKey(publicKey),
    subject: readSubject(required(subject)),
    dnsNames: attributes === undefined ? [] : readDnsNames(attributes),
  };
}

function readKey(publicKey: KeyObject): { keyType: "RSA" | "EC"; keyBits: number } {
  const details = publicKey.asymmetricKeyDetails;
  if (publicKey.asymmetricKeyType === "rsa") {
    const keyBits = details?.modulusLength ?? 0;
    if (keyBits < 2048) throw new UnusableSigningRequest("The key of the CSR must have at least 2048 bits.");
    return { keyType: "RSA", keyBits };
  }
  const curves: Record<string, number> = { prime256v1: 256, secp384r1: 384 };
  const keyBits = curves[details?.namedCurve ?? ""];
  if (publicKey.asymmetricKeyType !== "ec" || keyBits === undefined) {
    throw new UnusableSigningRequest("The key type of the CSR is not supported.");
  }
  return { keyType: "EC", keyBits };
}

function readSubject(name: DerValue): SigningRequest["subject"] {
  const subject: SigningRequest["subject"] = {};
  for (const pair of childrenOf(name).flatMap(childrenOf)) {
    const [type, value] = childrenOf(pair);
    const part = subjectParts[readObjectIdentifier(required(type))];
    if (part !== undefined && value !== undefined) subject[part] = readText(value);
  }
  return subject;
}

const bmpStringTag = 0x1e;

function readText(value: DerValue): string {
  return value.tag === bmpStringTag
    ? Buffer.from(value.content).swap16().toString("utf16le")
    : value.content.toString("utf8");
}

function readDnsNames(attributes: DerValue): string[] {
  for (const attribute of childrenOf(attributes)) {
    const [type, values] = childrenOf(attribute);
    if (type === undefined || values === undefined || readObjectIdentifier(type) !== extensionRequest)
      continue;
    for (const extension of childrenOf(values).flatMap(childrenOf)) {
      const parts = childrenOf(extension);
      if (readObjectIdentifier(required(parts[0])) !== subjectAltName) continue;
      return childrenOf(readDer(required(parts.at(-1)).content))
        .filter((name) => name.tag === dnsNameTag)
        .map((name) => name.content.toString("latin1"));
    }
  }
  return [];
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A part of the CSR is missing.");
  return value;
}
