import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { selfSigned } from "../common/lab-certificates.ts";
import { readPairs, writePairs } from "../common/text-files.ts";
import { giveTo } from "../common/unix-owner.ts";
import type { PanelFiles } from "./panel-files.ts";

/**
 * Lays out a fresh server below the root folder (spec §7.1.1): configuration, host certificate, empty lists. What is
 * already there stays, so a lab can go on where an earlier one stopped.
 */
export function layOutServer(
  files: PanelFiles,
  options: { hostName: string; port: number; httpPort: number; httpsPort: number; now: Date },
): void {
  for (const folder of [
    files.panel("conf"),
    files.panel("data/admin"),
    files.panel("data/users"),
    files.panel("plugins"),
    files.panel("scripts/custom"),
    files.panel("custombuild"),
    files.path("home"),
    files.path("etc/virtual"),
    files.path("etc/bind"),
    files.path("etc/nginx/ssl.crt"),
    files.path("etc/nginx/ssl.key"),
    files.path("var/www/html/.well-known/acme-challenge"),
    files.path("run"),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  writePanelConfig(files, options);
  writeOnce(files.panel("custombuild/options.conf"), "webserver=nginx\nphp1_release=8.3\n");
  writeOnce(files.path("etc/virtual/domainowners"), "");
  writeOnce(files.path("etc/shadow"), "", 0o600);
  writeHostCertificate(files, options.hostName, options.now);
}

function writePanelConfig(
  files: PanelFiles,
  options: { hostName: string; port: number; httpPort: number; httpsPort: number },
): void {
  const path = files.panel("conf/directadmin.conf");
  const usual = {
    admin_ssl_replace_all_expired_invalid: "0",
    dnssec: "0",
    force_hostname: options.hostName,
    language: "en",
    letsencrypt: "1",
    mail_sni: "1",
    plugins_allowed_run_as: "1",
    timeout: "60",
    cacert: "/usr/local/directadmin/conf/cacert.pem",
    cakey: "/usr/local/directadmin/conf/cakey.pem",
    carootcert: "/usr/local/directadmin/conf/carootcert.pem",
  };
  writePairs(path, {
    ...usual,
    ...readPairs(path),
    port: String(options.port),
    port_80: String(options.httpPort),
    port_443: String(options.httpsPort),
    servername: options.hostName,
    ssl: "1",
  });
}

/** Certificate and key of the panel's own listener, and the copies the web server shows for domains without any. */
function writeHostCertificate(files: PanelFiles, hostName: string, now: Date): void {
  if (existsSync(files.panel("conf/cacert.pem"))) return;
  storeHostCertificate(files, selfSigned([hostName], now, 3650));
}

export function storeHostCertificate(files: PanelFiles, pair: { key: string; cert: string }): void {
  const secrets = [files.panel("conf/cakey.pem"), files.path("etc/nginx/ssl.key/server.key")];
  for (const path of secrets) writeFileSync(path, pair.key, { mode: 0o600 });
  const open = [files.panel("conf/cacert.pem"), files.path("etc/nginx/ssl.crt/server.crt.combined")];
  for (const path of open) writeFileSync(path, pair.cert);
  for (const name of ["cakey.pem", "cacert.pem"]) giveTo(files.panel("conf", name), "diradmin");
}

function writeOnce(path: string, text: string, mode = 0o644): void {
  if (!existsSync(path)) writeFileSync(path, text, { mode });
}
