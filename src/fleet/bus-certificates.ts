import { generateKeyPair, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import type forge from "node-forge";
import { Secret } from "../secret.ts";

/** A certificate with its key, in PEM. */
export interface CertificatePair {
  readonly certificate: string;
  readonly key: Secret;
}

const day = 86_400_000;
const authorityYears = 20;
const nodeYears = 5;
const bits = 3072;

/**
 * The fleet's own authority: it signs the certificates of the bus servers and nothing else, and every participant trusts
 * it alone for the bus. RSA, because node-forge writes certificates for nothing else.
 */
export async function makeBusAuthority(now: Date): Promise<CertificatePair> {
  const writer = await loadForge();
  const { pki } = writer;
  const keys = await makeKeys();
  const subject = [{ name: "commonName", value: "Xolphin SSL fleet bus" }];
  const certificate = begin(pki, keys.publicKey, now, authorityYears);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  signCertificate(writer, certificate, keys.privateKey);
  return { certificate: pki.certificateToPem(certificate), key: new Secret(keys.privateKey) };
}

/** A bus server's certificate for the names and addresses that it is reached by, by participants and by its peers. */
export async function makeBusCertificate(
  authority: CertificatePair,
  hosts: readonly string[],
  now: Date,
): Promise<CertificatePair> {
  const writer = await loadForge();
  const { pki } = writer;
  const keys = await makeKeys();
  const certificate = begin(pki, keys.publicKey, now, nodeYears);
  certificate.setSubject([{ name: "commonName", value: hosts[0] ?? "bus" }]);
  certificate.setIssuer(pki.certificateFromPem(authority.certificate).subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    // A bus server is a client of its peers as well.
    { name: "extKeyUsage", serverAuth: true, clientAuth: true },
    {
      name: "subjectAltName",
      altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
    },
  ]);
  signCertificate(writer, certificate, authority.key.reveal());
  return { certificate: pki.certificateToPem(certificate), key: new Secret(keys.privateKey) };
}

/** Loaded where it is needed, because it is large. */
async function loadForge(): Promise<{ readonly pki: CertificateWriter; readonly asn1: typeof forge.asn1 }> {
  const { pki, asn1 } = (await import("node-forge")).default;
  return { pki: pki as CertificateWriter, asn1 };
}

async function makeKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** Missing in the package's types. */
type CertificateWriter = typeof forge.pki & {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1;
};

/** As with certificate requests, node-forge writes the structure and `node:crypto` signs: its own signing takes seconds. */
function signCertificate(
  { pki, asn1 }: Awaited<ReturnType<typeof loadForge>>,
  certificate: forge.pki.Certificate,
  key: string,
): void {
  const oid = String(pki.oids["sha256WithRSAEncryption"]);
  certificate.signatureOid = oid;
  certificate.siginfo.algorithmOid = oid;
  certificate.tbsCertificate = pki.getTBSCertificate(certificate);
  const toBeSigned = Buffer.from(asn1.toDer(certificate.tbsCertificate).getBytes(), "binary");
  certificate.signature = sign("sha256", toBeSigned, key).toString("binary");
}

function begin(pki: typeof forge.pki, publicKey: string, now: Date, years: number): forge.pki.Certificate {
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  // Positive, and without zeros in front, which not every reader of certificates takes.
  certificate.serialNumber = `01${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(now.getTime() - day);
  certificate.validity.notAfter = new Date(now.getTime() + years * 365 * day);
  return certificate;
}
