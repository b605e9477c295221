import { generateKeyPair, randomBytes } from "node:crypto";
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
 * it alone for the bus. RSA, because node-forge signs with nothing else.
 */
export async function makeBusAuthority(now: Date): Promise<CertificatePair> {
  const { pki, md } = await loadForge();
  const keys = await makeKeys(pki);
  const subject = [{ name: "commonName", value: "Xolphin SSL fleet bus" }];
  const certificate = begin(pki, keys.publicKey, now, authorityYears);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(keys.privateKey, md.sha256.create());
  return toPair(pki, certificate, keys);
}

/** A bus server's certificate for the names and addresses that it is reached by, by participants and by its peers. */
export async function makeBusCertificate(
  authority: CertificatePair,
  hosts: readonly string[],
  now: Date,
): Promise<CertificatePair> {
  const { pki, md } = await loadForge();
  const keys = await makeKeys(pki);
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
  certificate.sign(pki.privateKeyFromPem(authority.key.reveal()), md.sha256.create());
  return toPair(pki, certificate, keys);
}

/** Loaded where it is needed, because it is large. */
async function loadForge(): Promise<typeof forge> {
  return (await import("node-forge")).default;
}

async function makeKeys(pki: typeof forge.pki): Promise<forge.pki.rsa.KeyPair> {
  const made = await promisify(generateKeyPair)("rsa", {
    modulusLength: bits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return {
    publicKey: pki.publicKeyFromPem(made.publicKey),
    privateKey: pki.privateKeyFromPem(made.privateKey),
  };
}

function begin(
  pki: typeof forge.pki,
  publicKey: forge.pki.rsa.PublicKey,
  now: Date,
  years: number,
): forge.pki.Certificate {
  const certificate = pki.createCertificate();
  certificate.publicKey = publicKey;
  // Positive, whatever the first bit is.
  certificate.serialNumber = `00${randomBytes(16).toString("hex")}`;
  certificate.validity.notBefore = new Date(now.getTime() - day);
  certificate.validity.notAfter = new Date(now.getTime() + years * 365 * day);
  return certificate;
}

function toPair(
  pki: typeof forge.pki,
  certificate: forge.pki.Certificate,
  keys: forge.pki.rsa.KeyPair,
): CertificatePair {
  return {
    certificate: pki.certificateToPem(certificate),
    key: new Secret(pki.privateKeyToPem(keys.privateKey)),
  };
}
