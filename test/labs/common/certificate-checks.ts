import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Why the panel does not take a certificate; its message is what the caller reads. */
export class UnusableCertificate extends Error {}

const keyBlock = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----\r?\n[^-]+-----END \1-----/;
const certificateBlock = /-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, one block each, in the order they stand there. */
export function certificateBlocks(text: string): string[] {
  return (text.match(certificateBlock) ?? []).map((block) => `${block.replaceAll("\r", "")}\n`);
}

/** The first certificate of a PEM text. */
export function leafOf(text: string): X509Certificate {
  const block = certificateBlocks(text)[0];
  if (block === undefined) throw new UnusableCertificate("No certificate was found.");
  return parse(block);
}

/** The field `certificate` of a paste: key first, then the certificate and perhaps its chain (spec §3.4.2). */
export function splitPaste(text: string): { key: string; certificates: string[] } {
  const key = keyBlock.exec(text);
  const certificates = certificateBlocks(text);
  if (key === null) throw new UnusableCertificate("No private key was found in the pasted text.");
  if (certificates.length === 0)
    throw new UnusableCertificate("No certificate was found in the pasted text.");
  if (text.indexOf("-----BEGIN CERTIFICATE-----") < key.index) {
    throw new UnusableCertificate("The private key must come before the certificate.");
  }
  return { key: `${key[0].replaceAll("\r", "")}\n`, certificates };
}

export interface CheckOptions {
  /** One of these names must be covered; none when empty. */
  hosts: readonly string[];
  now: Date;
  refusesPkcs8: boolean;
}

/** Everything a server checks before it takes key and certificate (spec §7.2.9). */
export function checkPair(key: string, certificate: string, options: CheckOptions): void {
  checkKeyMatches(key, certificate, options.refusesPkcs8);
  const leaf = leafOf(certificate);
  if (leaf.validToDate <= options.now) throw new UnusableCertificate("The certificate has expired.");
  if (leaf.validFromDate > options.now) throw new UnusableCertificate("The certificate is not yet valid.");
  if (options.hosts.length > 0 && !options.hosts.some((host) => covers(leaf, host))) {
    throw new UnusableCertificate(`The certificate is not valid for ${options.hosts[0]}.`);
  }
}

export function checkKeyMatches(key: string, certificate: string, refusesPkcs8: boolean): void {
  const privateKey = readKey(key, refusesPkcs8);
  if (!leafOf(certificate).checkPrivateKey(privateKey)) {
    throw new UnusableCertificate("The private key and the certificate do not match.");
  }
}

/** Certificates of a chain; each must be readable, in any order (spec §7.2.9). */
export function checkChain(text: string): string[] {
  const blocks = certificateBlocks(text);
  if (blocks.length === 0) throw new UnusableCertificate("No certificate was found.");
  for (const block of blocks) parse(block);
  return blocks;
}

export function covers(certificate: X509Certificate, host: string): boolean {
  return certificate.checkHost(host, { subject: "never" }) !== undefined;
}

/** dNSName entries of a certificate. */
export function dnsNamesOf(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "")
    .split(", ")
    .filter((entry) => entry.startsWith("DNS:"))
    .map((entry) => entry.slice("DNS:".length));
}

function readKey(text: string, refusesPkcs8: boolean): KeyObject {
  if (/ENCRYPTED/.test(text)) throw new UnusableCertificate("The private key is encrypted.");
  if (refusesPkcs8 && text.includes("-----BEGIN PRIVATE KEY-----")) {
    throw new UnusableCertificate("The private key could not be read.");
  }
  try {
    return createPrivateKey(text);
  } catch {
    throw new UnusableCertificate("The private key could not be read.");
  }
}

function parse(block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new UnusableCertificate("The certificate could not be read.");
  }
}
