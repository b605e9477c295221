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
  const { pki, md } = await loadForge();
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
  signCertificate(certificate, keys.privateKey, md);
  return { certificate: pki.certificateToPem(certificate), key: new Secret(keys.privateKey) };
}

/** A bus server's certificate for the names and addresses that it is reached by, by participants and by its peers. */
export async function makeBusCertificate(
  authority: CertificatePair,
  hosts: readonly string[],
  now: Date,
): Promise<CertificatePair> {
  const { pki, md } = await loadForge();
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
  signCertificate(certificate, authority.key.reveal(), md);
  return { certificate: pki.certificateToPem(certificate), key: new Secret(keys.privateKey) };
}

/** Loaded where it is needed, because it is large. */
async function loadForge(): Promise<typeof forge> {
  return (await import("node-forge")).default;
}

async function makeKeys(): Promise<{ publicKey: string; privateKey: string }> {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
}

/** node-forge puts the certificate together; OpenSSL signs, in constant time and a hundred times faster. */
function signCertificate(certificate: forge.pki.Certificate, key: string, md: typeof forge.md): void {
  let toBeSigned = "";
  const digest = md.sha256.create();
  const update = digest.update.bind(digest);
  digest.update = (bytes, encoding) => {
    toBeSigned += bytes;
    return update(bytes, encoding);
  };
  const signer = {
    sign: () => sign("sha256", Buffer.from(toBeSigned, "latin1"), key).toString("latin1"),
  };
  certificate.sign(signer as unknown as forge.pki.rsa.PrivateKey, digest);
}

function begin(pki: typeof forge.pki, publicKey: string, now: Date, years: number): forge.pki.Certificate {
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  // Positive, whatever the first bit is.
  certificate.serialNumber = `00${randomBytes(16).toString("hex")}`;
  certificate.validity.notBefore = new Date(now.getTime() - day);
  certificate.validity.notAfter = new Date(now.getTime() + years * 365 * day);
  return certificate;
}
