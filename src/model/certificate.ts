import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { CodedError, type ErrorCode } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { asHostName, covers, type HostName } from "./host-name.ts";
import { readPkcs7 } from "./pkcs7.ts";

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

/** Certificates that a chain may end in, found by their subject. */
export interface TrustedRoots {
  bySubject(subject: string): readonly X509Certificate[];
}

/** A chain from the leaf's issuer to the last certificate below a trusted root. */
export interface Chain {
  readonly chain: readonly Certificate[];
  /** It ends in a trusted root, every signature verified. */
  readonly complete: boolean;
  readonly problem: "chain-incomplete" | "chain-expired" | null;
}

/** Far more than a leaf with its chain needs (spec reliability T-12). */
const maxSize = 65_536;
const maxChain = 6;
const pemBlock = /-----BEGIN (CERTIFICATE|PKCS7)-----([A-Za-z0-9+/=\s]+?)-----END \1-----/g;
const day = 86_400_000;
const serverAuth = "1.3.6.1.5.5.7.3.1";

/**
 * All certificates in a file: PEM blocks anywhere in a text, one DER, or PKCS#7 in either form. Empty when there are
 * none. Throws `certificate-unreadable` when a block is broken, or the file is too large.
 */
export function parseCertificates(input: string | Uint8Array): Certificate[] {
  if (input.length > maxSize) throw new CodedError("certificate-unreadable", { detail: "larger than 64 kB" });
  if (typeof input !== "string" && input[0] === 0x30) return parseDer(input);
  const text = typeof input === "string" ? input : Buffer.from(input).toString("latin1");
  return [...text.matchAll(pemBlock)].flatMap(([, label, body = ""]) => {
    const der = Buffer.from(body, "base64");
    return label === "PKCS7" ? readPkcs7(der).map(parseOne) : [parseOne(der)];
  });
}

/**
 * Sorts what came along into the chain of `leaf`: by verified signature, not by name, because a look-alike CA bears the
 * same name. Roots, strangers, duplicates and the leaf itself are left out. Of several ways (cross-signed CAs) the one
 * that ends in a trusted root is taken, the shortest first.
 */
export function buildChain(
  leaf: Certificate,
  pool: readonly Certificate[],
  roots: TrustedRoots,
  now?: Date,
): Chain {
  const candidates = [...new Map(pool.map((certificate) => [certificate.fingerprint, certificate])).values()]
    .filter((certificate) => certificate.fingerprint !== leaf.fingerprint && !certificate.selfSigned)
    .map((certificate) => ({ certificate, parsed: parsedOf(certificate) }))
    .filter(({ parsed }) => parsed.ca);
  let longest: Certificate[] = [];
  let expired: Certificate[] | null = null;
  const queue: Certificate[][] = [[]];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const last = path.at(-1) ?? leaf;
    if (signedByRoot(last, roots)) {
      if (now === undefined || path.every((certificate) => certificate.notAfter > now)) {
        return { chain: path, complete: true, problem: null };
      }
      expired ??= path;
      continue;
    }
    if (path.length > longest.length) longest = path;
    if (path.length >= maxChain) continue;
    for (const { certificate, parsed } of candidates) {
      if (!path.includes(certificate) && signed(parsedOf(last), parsed)) queue.push([...path, certificate]);
    }
  }
  if (expired !== null) return { chain: expired, complete: true, problem: "chain-expired" };
  return { chain: longest, complete: false, problem: "chain-incomplete" };
}

/**
 * Why this certificate can't be installed, or null when it is good. `certificate-not-yet-valid` passes by itself. Whether
 * the names fit is a matter of planning, but a certificate without any wanted name is not the ordered one.
 */
export function judgeCertificate(
  leaf: Certificate,
  chain: Chain,
  wanted: { readonly now: Date; readonly ownKeyId: string | null; readonly wantedNames: readonly HostName[] },
): ErrorCode | null {
  const parsed = parsedOf(leaf);
  if (wanted.ownKeyId !== null && leaf.keyId !== wanted.ownKeyId) return "key-mismatch";
  if (parsed.ca || saysItIsCa(parsed) || leaf.names.length === 0) return "certificate-wrong-use";
  const usages = parsed.keyUsage ?? [];
  if (!usages.includes(serverAuth)) return "certificate-wrong-use";
  if (isWeakKey(parsed.publicKey) || isWeakSignature(parsed)) return "certificate-weak";
  if (wanted.wantedNames.length > 0 && !wanted.wantedNames.some((name) => certificateCovers(leaf, name))) {
    return "names-not-covered";
  }
  if (leaf.notAfter <= wanted.now) return "certificate-expired";
  if (leaf.notAfter.getTime() - wanted.now.getTime() < day) return "certificate-expires-soon";
  if (chain.problem !== null) return chain.problem;
  return leaf.notBefore > wanted.now ? "certificate-not-yet-valid" : null;
}

export function certificateCovers(certificate: Certificate, name: HostName): boolean {
  return certificate.names.some((pattern) => covers(pattern, name));
}

/** SHA-256 of a public key's SPKI DER, hex: the id under which its private key is kept. */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** PEM blocks one after the other, each ending in a line break. */
export function pemBundle(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}

/** The usual roots and those of `extraPem`. Built once; only subjects are kept until one is asked for. */
export function trustedRoots(extraPem: readonly string[] = [], withSystem = true): TrustedRoots {
  let index: Map<string, X509Certificate[]> | null = null;
  return {
    bySubject(subject) {
      if (index === null) {
        index = new Map();
        const extra = extraPem.flatMap(
          (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
        );
        for (const pem of [...extra, ...(withSystem ? rootCertificates : [])]) {
          const root = new X509Certificate(pem);
          index.set(root.subject, [...(index.get(root.subject) ?? []), root]);
        }
      }
      return index.get(subject) ?? [];
    },
  };
}

function signedByRoot(certificate: Certificate, roots: TrustedRoots): boolean {
  const parsed = parsedOf(certificate);
  return roots.bySubject(parsed.issuer).some((root) => signed(parsed, root));
}

function signed(certificate: X509Certificate, issuer: X509Certificate): boolean {
  if (certificate.issuer !== issuer.subject) return false;
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // A key type that OpenSSL can't use has signed nothing that we could trust.
    return false;
  }
}

function parseDer(der: Uint8Array): Certificate[] {
  try {
    return [parseOne(der)];
  } catch (error) {
    const found = readPkcs7(der);
    if (found.length === 0) throw error;
    return found.map(parseOne);
  }
}

/**
 * The certificates that were read last. One installation reads the same leaf and chain from the CA, the store, the panel and
 * the wire, two dozen times; a certificate never changes.
 */
const lastRead = new Map<string, Certificate>();
const remembered = 32;

const parsedCertificates = new WeakMap<Certificate, X509Certificate>();

function parsedOf(certificate: Certificate): X509Certificate {
  let parsed = parsedCertificates.get(certificate);
  if (parsed === undefined) {
    parsed = new X509Certificate(certificate.pem);
    parsedCertificates.set(certificate, parsed);
  }
  return parsed;
}

function parseOne(der: Uint8Array): Certificate {
  const fingerprint = createHash("sha256").update(der).digest("hex");
  const known = lastRead.get(fingerprint);
  if (known !== undefined) return known;
  const certificate = read(der, fingerprint);
  const [oldest] = lastRead.keys();
  if (lastRead.size >= remembered && oldest !== undefined) lastRead.delete(oldest);
  lastRead.set(fingerprint, certificate);
  return certificate;
}

function read(der: Uint8Array, fingerprint: string): Certificate {
  let parsed: X509Certificate;
  let publicKey: KeyObject;
  try {
    parsed = new X509Certificate(der);
    publicKey = parsed.publicKey;
  } catch (cause) {
    throw new CodedError("certificate-unreadable", { cause, detail: "not an X.509 certificate" });
  }
  // Bytes behind the certificate are no part of it, and what they are nobody has checked.
  if (parsed.raw.length !== der.length) {
    throw new CodedError("certificate-unreadable", { detail: "bytes behind the certificate" });
  }
  const certificate: Certificate = {
    pem: pemOf(parsed.raw),
    fingerprint,
    keyId: keyIdOf(publicKey),
    serial: parsed.serialNumber,
    subject: parsed.subject ?? "",
    issuer: parsed.issuer ?? "",
    names: readNames(parsed.subjectAltName),
    notBefore: parsed.validFromDate,
    notAfter: parsed.validToDate,
    selfSigned: parsed.subject === parsed.issuer && signed(parsed, parsed),
  };
  parsedCertificates.set(certificate, parsed);
  return certificate;
}

/** Node writes `DNS:a, DNS:"b, c", IP Address:…`; a quoted entry holds what no host name holds. */
function readNames(text: string | undefined): HostName[] {
  const names = (text ?? "")
    .split(", ")
    .filter((entry) => entry.startsWith("DNS:"))
    .map((entry) => asHostName(entry.slice(4)))
    .filter((name) => name !== null);
  return [...new Set(names)];
}

function isWeakKey(key: KeyObject): boolean {
  const { modulusLength, namedCurve, publicExponent } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa") {
    return (modulusLength ?? 0) < 2048 || (modulusLength ?? 0) > 8192 || (publicExponent ?? 0n) < 65_537n;
  }
  return (
    key.asymmetricKeyType !== "ec" || !["prime256v1", "secp384r1", "secp521r1"].includes(namedCurve ?? "")
  );
}

/**
 * `basicConstraints` with CA:TRUE (RFC 5280 §4.2.1.9), also where the key usage contradicts it: `X509Certificate.ca` is
 * false then.
 */
function saysItIsCa(parsed: X509Certificate): boolean {
  const oid = Buffer.from("0603551d13", "hex");
  const at = parsed.raw.indexOf(oid);
  if (at === -1) return false;
  const critical = Buffer.from("0101ff", "hex");
  let value = parsed.raw.subarray(at + oid.length);
  if (value.subarray(0, critical.length).equals(critical)) value = value.subarray(critical.length);
  // OCTET STRING, SEQUENCE, then BOOLEAN TRUE when it is a CA.
  return value[0] === 0x04 && value[2] === 0x30 && value.subarray(4, 7).equals(critical);
}

/** OIDs of signatures with MD5 or SHA-1, as DER; none of them may sign a server certificate. */
const weakSignatures = [
  "06092a864886f70d010104",
  "06092a864886f70d010105",
  "06072a8648ce3d0401",
  "06072a8648ce380403",
].map((hex) => Buffer.from(hex, "hex"));

function isWeakSignature(parsed: X509Certificate): boolean {
  // The algorithm stands in the first bytes of the to-be-signed part, behind version and serial number.
  const head = parsed.raw.subarray(0, 80);
  return weakSignatures.some((oid) => head.includes(oid));
}

function pemOf(der: Uint8Array): string {
  const body = Buffer.from(der).toString("base64").replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
}

/** Whether it should serve rather than the other. A reissue ends when its order ends: of two with the same end the one issued later counts. */
export function isNewer(one: Certificate, other: Certificate): boolean {
  const longer = one.notAfter.getTime() - other.notAfter.getTime();
  return longer === 0 ? one.notBefore > other.notBefore : longer > 0;
}
