import { existsSync } from "node:fs";
import { notePlacement } from "../common/placements.ts";
import { readText, removeFile, writeText } from "../common/text-files.ts";
import { giveTo } from "../common/unix-owner.ts";
import type { DomainFiles, PanelFiles } from "./panel-files.ts";

/** The certificate files of one host: a domain, or a subdomain or pointer with a certificate of its own (§3.6). */
export interface HostCertificate {
  readonly host: string;
  readonly key: string;
  readonly cert: string;
  readonly cacert: string;
  /** Unix seconds of `.cert.creation_time`; undefined when the certificate isn't managed by ACME. */
  readonly createdByAcme: string | undefined;
}

/** Reads; undefined when the host has no certificate of its own. */
export function readCertificate(
  files: PanelFiles,
  account: string,
  host: string,
): HostCertificate | undefined {
  const read = (kind: string): string | undefined => readText(files.domainFile(account, `${host}.${kind}`));
  const key = read("key");
  const cert = read("cert");
  if (key === undefined || cert === undefined) return undefined;
  return { host, key, cert, cacert: read("cacert") ?? "", createdByAcme: read("cert.creation_time")?.trim() };
}

/** Writes the parts given, and what follows from them: `.cert.combined` and the lines of `D.conf`. */
export function storeCertificate(
  files: PanelFiles,
  domain: DomainFiles,
  host: string,
  parts: { key?: string; cert?: string; cacert?: string },
): void {
  const { account } = domain;
  for (const [kind, text] of Object.entries(parts)) {
    if (kind === "cacert" && text === "") removeFile(files.domainFile(account, `${host}.cacert`));
    else write(files, account, `${host}.${kind}`, text);
  }
  const stored = readCertificate(files, account, host);
  if (stored === undefined) return;
  if (parts.cert !== undefined) notePlacement(files.rootDir, host, stored.cert);
  write(files, account, `${host}.cert.combined`, withEnd(stored.cert) + stored.cacert);
  if (host === domain.domain && parts.cert !== undefined) useOwnCertificate(files, domain);
  if (host === domain.domain && parts.cacert !== undefined) nameAuthorityFile(files, domain);
}

/** `D.conf` names the files while the domain uses its own certificate. */
function useOwnCertificate(files: PanelFiles, { account, domain }: DomainFiles): void {
  const real = `/usr/local/directadmin/data/users/${account}/domains/${domain}`;
  files.setDomain(account, domain, {
    SSLCertificateFile: `${real}.cert`,
    SSLCertificateKeyFile: `${real}.key`,
  });
}

function nameAuthorityFile(files: PanelFiles, { account, domain }: DomainFiles): void {
  const there = existsSync(files.domainFile(account, `${domain}.cacert`));
  const real = `/usr/local/directadmin/data/users/${account}/domains/${domain}.cacert`;
  files.setDomain(account, domain, { SSLCACertificateFile: there ? real : undefined });
}

/** Back to the certificate all domains of the server share; the domain's own files stay. */
export function useSharedCertificate(files: PanelFiles, { account, domain }: DomainFiles): void {
  files.setDomain(account, domain, {
    SSLCertificateFile: undefined,
    SSLCertificateKeyFile: undefined,
    SSLCACertificateFile: undefined,
  });
  notePlacement(files.rootDir, domain, null);
}

export function usesOwnCertificate(domain: DomainFiles): boolean {
  return domain.conf["SSLCertificateFile"] !== undefined;
}

export function removeCertificate(files: PanelFiles, domain: DomainFiles, host: string): void {
  for (const kind of ["key", "cert", "cacert", "cert.combined", "cert.creation_time"]) {
    removeFile(files.domainFile(domain.account, `${host}.${kind}`));
  }
  if (host === domain.domain) useSharedCertificate(files, domain);
  else notePlacement(files.rootDir, host, null);
}

/** Marks a certificate as managed by ACME, or takes the mark away. */
export function markCreatedByAcme(
  files: PanelFiles,
  account: string,
  host: string,
  at: Date | undefined,
): void {
  const name = `${host}.cert.creation_time`;
  if (at === undefined) removeFile(files.domainFile(account, name));
  else write(files, account, name, `${Math.floor(at.getTime() / 1000)}\n`);
}

function write(files: PanelFiles, account: string, name: string, text: string): void {
  const path = files.domainFile(account, name);
  writeText(path, withEnd(text), 0o640);
  giveTo(path, "diradmin", "access");
}

function withEnd(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
