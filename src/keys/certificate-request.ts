import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import type forge from "node-forge";
import { CodedError } from "../errors.ts";
import { keyIdOf } from "../model/certificate.ts";
import { asHostName, type HostName } from "../model/host-name.ts";
import type { Secret } from "../secret.ts";

type Asn1 = forge.asn1.Asn1;
type Forge = typeof forge;

const commonNameOid = "2.5.4.3";
const extensionRequestOid = "1.2.840.113549.1.9.14";
const subjectAltNameOid = "2.5.29.17";
/** Upper bound of a common name (RFC 5280, ub-common-name); longer names stand in the extension alone. */
const maxCommonName = 64;
const maxSize = 32_768;
/** Signature algorithms: SHA-256 with RSA, and ECDSA with the digest that fits the curve. */
const signatures = {
  rsa: { oid: "1.2.840.113549.1.1.11", digest: "sha256" },
  prime256v1: { oid: "1.2.840.10045.4.3.2", digest: "sha256" },
  secp384r1: { oid: "1.2.840.10045.4.3.3", digest: "sha384" },
} as const;

/**
 * Makes a certificate request (PKCS#10, RFC 2986) in PEM for all names, the first as common name. node-forge writes the
 * structure, `node:crypto` signs: forge has no EC keys. It is loaded when the first request is made, because it is large.
 */
export async function makeCertificateRequest(names: readonly HostName[], key: Secret): Promise<string> {
  const [commonName] = names;
  if (commonName === undefined) throw new CodedError("input-invalid", { detail: "a request needs a name" });
  const forge = await loadForge();
  const { asn1 } = forge;
  const privateKey = createPrivateKey(key.reveal());
  const publicKey = createPublicKey(privateKey);
  const details = privateKey.asymmetricKeyDetails?.namedCurve ?? "rsa";
  const algorithm = signatures[details as keyof typeof signatures];
  if (algorithm === undefined) throw new CodedError("key-weak", { detail: details });
  const node = builder(forge);
  const subject = commonName.length > maxCommonName ? [] : [nameAttribute(forge, commonName)];
  const body = node.sequence([
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, asn1.integerToDer(0).getBytes()),
    node.sequence(subject),
    decode(forge, publicKey.export({ type: "spki", format: "der" })),
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [extensionRequest(forge, names)]),
  ]);
  const toBeSigned = Buffer.from(asn1.toDer(body).getBytes(), "binary");
  const signature = sign(algorithm.digest, toBeSigned, privateKey);
  const parameters = details === "rsa" ? [asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, "")] : [];
  const request = node.sequence([
    body,
    node.sequence([node.oid(algorithm.oid), ...parameters]),
    asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, `\0${signature.toString("binary")}`),
  ]);
  return pem(Buffer.from(asn1.toDer(request).getBytes(), "binary"));
}

/** What a request says: its names (normal form) and its key. */
export interface CertificateRequestFacts {
  readonly names: readonly HostName[];
  readonly keyId: string;
  /** What the key is, when it is too weak to protect a site (`key-weak`); null when it is good. */
  readonly weakKey: string | null;
}

/** Reads a request and verifies that it was signed by its own key. Throws `csr-invalid`. */
export async function readCertificateRequest(text: string): Promise<CertificateRequestFacts> {
  const block = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END/.exec(
    text.slice(0, maxSize),
  );
  if (block === null) throw new CodedError("csr-invalid", { detail: "no PEM block" });
  const forge = await loadForge();
  const { asn1 } = forge;
  try {
    const request = decode(forge, Buffer.from(block[1] ?? "", "base64"));
    const { SEQUENCE, BITSTRING, OID, NULL } = asn1.Type;
    const [body, algorithm, bits] = parts(must(request, SEQUENCE));
    const [, subject, spki, attributes] = parts(must(body, SEQUENCE));
    const [named, parameters, ...further] = parts(must(algorithm, SEQUENCE));
    if (parameters !== undefined) must(parameters, NULL);
    if (further.length > 0 || parts(request).length !== 3) throw notPkcs10();
    must(bits, BITSTRING);
    const publicKey = createPublicKey({ key: der(forge, spki), format: "der", type: "spki" });
    const oid = asn1.derToOid(String(must(named, OID).value));
    const known = Object.values(signatures).find((entry) => entry.oid === oid);
    const [unused, ...signature] = Buffer.from(String(bits?.value), "binary");
    if (unused !== 0) throw notPkcs10();
    if (known === undefined || !verify(known.digest, der(forge, body), publicKey, Buffer.from(signature))) {
      throw new CodedError("csr-invalid", { detail: "the signature is not good" });
    }
    const found = [...commonNames(forge, subject), ...alternativeNames(forge, attributes)];
    const names = found.map(asHostName).filter((name) => name !== null);
    return { names: [...new Set(names)], keyId: keyIdOf(publicKey), weakKey: weaknessOf(publicKey) };
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw notPkcs10(cause);
  }
}

/** The same measure as for keys made or taken over here. */
function weaknessOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa") {
    return modulusLength >= 2048 && modulusLength <= 4096 ? null : `RSA ${modulusLength}`;
  }
  return Object.hasOwn(signatures, namedCurve) ? null : namedCurve || (asymmetricKeyType ?? "");
}

async function loadForge(): Promise<Forge> {
  return (await import("node-forge")).default;
}

function builder({ asn1 }: Forge) {
  const make = (type: forge.asn1.Type, value: Asn1[]): Asn1 =>
    asn1.create(asn1.Class.UNIVERSAL, type, true, value);
  return {
    sequence: (value: Asn1[]): Asn1 => make(asn1.Type.SEQUENCE, value),
    set: (value: Asn1[]): Asn1 => make(asn1.Type.SET, value),
    oid: (text: string): Asn1 =>
      asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(text).getBytes()),
  };
}

function nameAttribute(forge: Forge, name: string): Asn1 {
  const { asn1 } = forge;
  const node = builder(forge);
  const value = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTF8, false, name);
  return node.set([node.sequence([node.oid(commonNameOid), value])]);
}

function extensionRequest(forge: Forge, names: readonly HostName[]): Asn1 {
  const { asn1 } = forge;
  const node = builder(forge);
  const dnsName = 2;
  const list = node.sequence(
    names.map((name) => asn1.create(asn1.Class.CONTEXT_SPECIFIC, dnsName, false, name)),
  );
  const value = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, asn1.toDer(list).getBytes());
  const extensions = node.sequence([node.sequence([node.oid(subjectAltNameOid), value])]);
  return node.sequence([node.oid(extensionRequestOid), node.set([extensions])]);
}

function commonNames({ asn1 }: Forge, subject: Asn1 | undefined): string[] {
  return parts(subject)
    .flatMap(parts)
    .filter((attribute) => asn1.derToOid(String(parts(attribute)[0]?.value)) === commonNameOid)
    .map((attribute) => String(parts(attribute)[1]?.value));
}

function alternativeNames(forge: Forge, attributes: Asn1 | undefined): string[] {
  const { asn1 } = forge;
  return parts(attributes)
    .filter((attribute) => asn1.derToOid(String(parts(attribute)[0]?.value)) === extensionRequestOid)
    .flatMap((attribute) => parts(parts(attribute)[1]).flatMap(parts))
    .filter((extension) => asn1.derToOid(String(parts(extension)[0]?.value)) === subjectAltNameOid)
    .flatMap((extension) => parts(asn1.fromDer(String(parts(extension).at(-1)?.value))))
    .filter((name) => Number(name.tagClass) === 0x80 && Number(name.type) === 2)
    .map((name) => String(name.value));
}

/** forge reads contents whatever they are labelled as; other readers do not. */
function must(node: Asn1 | undefined, type: number): Asn1 {
  if (node === undefined || node.type !== type || node.tagClass !== 0) throw notPkcs10();
  return node;
}

function notPkcs10(cause?: unknown): CodedError {
  return new CodedError("csr-invalid", { cause, detail: "not a PKCS#10 structure" });
}

function parts(node: Asn1 | undefined): Asn1[] {
  return Array.isArray(node?.value) ? node.value : [];
}

function der({ asn1 }: Forge, node: Asn1 | undefined): Buffer {
  if (node === undefined) throw notPkcs10();
  return Buffer.from(asn1.toDer(node).getBytes(), "binary");
}

/** Bit strings stay as they are: forge would take a curve point for a structure when it looks like one. */
function decode({ asn1, util }: Forge, bytes: Uint8Array): Asn1 {
  const options = { strict: true, decodeBitStrings: false } as unknown as boolean;
  return asn1.fromDer(util.createBuffer(Buffer.from(bytes).toString("binary")), options);
}

function pem(bytes: Buffer): string {
  const body = bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE REQUEST-----\n${body}\n-----END CERTIFICATE REQUEST-----\n`;
}
