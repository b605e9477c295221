import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { certificateBlocks } from "../common/certificate-checks.ts";
import { readText, writeText } from "../common/text-files.ts";
import type { ServerFiles } from "./server-files.ts";
import { field, isSelfSigned } from "./x509-facts.ts";

/** Whom the server trusts: `/etc/ssl/lab-roots.pem`, written by the lab's options alone. */
export function trustRoots(files: ServerFiles, pem: string): void {
  const path = rootsPath(files);
  const known = readText(path) ?? "";
  const fresh = certificateBlocks(pem).filter((block) => !known.includes(block));
  writeText(path, known + fresh.join(""));
}

function rootsPath(files: ServerFiles): string {
  return files.var("ssl/trusted_roots.pem");
}

function certificatesOf(pem: string): X509Certificate[] {
  return certificateBlocks(pem).map((block) => new X509Certificate(block));
}

/** Bundles that earlier installs left behind (spec §4.5: where a missing one is looked for). */
export function storedBundles(files: ServerFiles): X509Certificate[] {
  const folder = files.var("ssl/installed/cabundles");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => certificatesOf(readText(join(folder, name)) ?? ""));
}

export function storeBundle(files: ServerFiles, id: string, bundle: string): void {
  writeText(files.var("ssl/installed/cabundles", `${id}.cabundle`), bundle);
}

export type TrustResult =
  | { trusted: true /** Intermediates to serve, PEM; found ones where none were given. */; bundle: string }
  | { trusted: false; problem: string };

/** The chain checks of an install, with the three texts of spec §4.7. */
export function checkTrust(
  files: ServerFiles,
  leaf: X509Certificate,
  givenBundle: string,
  now: Date,
): TrustResult {
  if (isSelfSigned(leaf)) return { trusted: true, bundle: givenBundle };
  const roots = certificatesOf(readText(rootsPath(files)) ?? "");
  const given = certificatesOf(givenBundle);
  if (given.length > 0 && !given.some((one) => issued(one, leaf))) {
    return { trusted: false, problem: "The given CA bundle does not match the given certificate." };
  }
  const known = given.length > 0 ? given : storedBundles(files);
  const chain = chainOf(leaf, known, now);
  const top = chain.at(-1) ?? leaf;
  const anchored = isSelfSigned(top) || roots.some((root) => issued(root, top));
  if (anchored) {
    const bundle =
      given.length > 0
        ? givenBundle
        : chain
            .filter((one) => !isSelfSigned(one))
            .map((one) => `${one.toString()}`)
            .join("");
    return { trusted: true, bundle };
  }
  if (given.length === 0) {
    const issuer = field(leaf.issuer, "CN") ?? "";
    return {
      trusted: false,
      problem: `Certificate verification failed!The system did not find the Certificate Authority Bundle that matches this certificate.Contact “${issuer}” to obtain the Certificate Authority Bundle.`,
    };
  }
  return {
    trusted: false,
    problem:
      "Certificate verification failed!  The system did not find the root certificate that corresponds to the supplied Certificate Authority Bundle’s intermediate certificate. Please supply a full Certificate Authority Bundle with the root certificate included.",
  };
}

/** Does the certificate lead to a root of the server, or to one that came with it? */
export function verifies(files: ServerFiles, leaf: X509Certificate, bundle: string, now: Date): boolean {
  return !isSelfSigned(leaf) && checkTrust(files, leaf, bundle, now).trusted && leaf.validToDate > now;
}

function chainOf(leaf: X509Certificate, known: readonly X509Certificate[], now: Date): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let last = leaf;
  while (chain.length < 8) {
    const next = known.find((one) => one !== last && issued(one, last) && one.validToDate > now);
    if (next === undefined || chain.includes(next)) return chain;
    chain.push(next);
    last = next;
  }
  return chain;
}

function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}
