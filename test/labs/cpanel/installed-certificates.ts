import { createPrivateKey } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { certificateBlocks, covers, leafOf } from "../common/certificate-checks.ts";
import { selfSigned } from "../common/lab-certificates.ts";
import { notePlacement } from "../common/placements.ts";
import { removeFile, writeText } from "../common/text-files.ts";
import { fileNameOf, type ServerFiles } from "./server-files.ts";
import type { Vhost } from "./websites.ts";
import { writeYaml } from "./yaml.ts";

/** What lies on a website, PEM; the bundle is empty where there is none. */
export interface InstalledCertificate {
  key: string;
  cert: string;
  bundle: string;
}

const keyBlock = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[\s\S]+?-----END (?:[A-Z]+ )?PRIVATE KEY-----\n?/;

/** Puts key and certificate where Apache finds them at its next restart (spec §5.2). */
export function storeInstalled(
  files: ServerFiles,
  servername: string,
  pair: { key: string; cert: string; bundle?: string },
): void {
  const folder = files.certificateFolder(servername);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const key = createPrivateKey(pair.key).export({ format: "pem", type: "pkcs8" }).toString();
  const certificates = [...certificateBlocks(pair.cert).slice(0, 1), ...certificateBlocks(pair.bundle ?? "")];
  writeText(join(folder, "combined"), key + certificates.join(""), 0o600);
  removeFile(join(folder, "combined.served"));
  notePlacement(files.root, servername, pair.cert);
}

export function readInstalled(files: ServerFiles, servername: string): InstalledCertificate | undefined {
  const text = files.installed(servername);
  if (text === undefined) return undefined;
  const [cert = "", ...bundle] = certificateBlocks(text);
  return { key: keyBlock.exec(text)?.[0] ?? "", cert, bundle: bundle.join("") };
}

export function removeInstalled(files: ServerFiles, vhost: Vhost): void {
  rmSync(files.certificateFolder(vhost.servername), { recursive: true, force: true });
  rmSync(files.var("userdata", vhost.account, `${fileNameOf(vhost.servername)}_SSL`), { force: true });
  for (const name of [...vhost.names, ...vhost.serviceNames]) removeDomainTls(files, name);
  notePlacement(files.root, vhost.servername, null);
}

/** The lab's fault: what is stored is right, another certificate is what Apache will show. */
export function breakInstalled(files: ServerFiles, servername: string, now: Date): void {
  const other = selfSigned(["broken.lab.invalid"], now);
  writeText(join(files.certificateFolder(servername), "combined.served"), other.key + other.cert, 0o600);
}

/** The vhost's data with TLS, as `userdata` has it beside the plain one. */
export function writeSslUserdata(files: ServerFiles, vhost: Vhost): void {
  const website = files.website(vhost.account, vhost.servername) ?? {};
  const combined = `/var/cpanel/ssl/apache_tls/${fileNameOf(vhost.servername)}/combined`;
  const path = files.var("userdata", vhost.account, `${fileNameOf(vhost.servername)}_SSL`);
  writeText(path, writeYaml({ ...website, port: "443", sslcertificatefile: combined }));
}

/** Domain TLS (spec §5.3): one certificate for each name that it covers; only such as verify. */
export function feedDomainTls(files: ServerFiles, vhost: Vhost, verifies: boolean): void {
  const combined = files.installed(vhost.servername);
  if (combined === undefined) return;
  const leaf = leafOf(combined);
  for (const name of [...vhost.names, ...vhost.serviceNames]) {
    if (!verifies || !covers(leaf, name)) continue;
    const folder = files.var("ssl/domain_tls", fileNameOf(name));
    mkdirSync(folder, { recursive: true });
    writeText(join(folder, "combined"), combined, 0o600);
  }
}

function removeDomainTls(files: ServerFiles, name: string): void {
  rmSync(files.var("ssl/domain_tls", fileNameOf(name)), { recursive: true, force: true });
}
