import { chmodSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned } from "../common/lab-certificates.ts";
import { readPairs, writePairs, writeText } from "../common/text-files.ts";
import type { ServerFiles } from "./server-files.ts";

/** Version that the lab's server claims to be (spec §9.1). */
export const panelVersion = "11.138.0.10";

/** Folder → mode; the rest of the tree hangs below these. */
const folders: Readonly<Record<string, number>> = {
  "usr/local/cpanel/bin/admin": 0o755,
  "usr/local/cpanel/scripts": 0o755,
  "usr/local/cpanel/3rdparty/bin": 0o755,
  "usr/local/cpanel/base/frontend/jupiter/dynamicui": 0o755,
  "usr/local/cpanel/base/frontend/jupiter/_assets": 0o755,
  "usr/local/cpanel/whostmgr/docroot/cgi": 0o755,
  "usr/local/cpanel/whostmgr/docroot/addon_plugins": 0o755,
  "usr/local/cpanel/whostmgr/docroot/templates/master_templates": 0o755,
  "usr/local/cpanel/whostmgr/addonfeatures": 0o755,
  "usr/local/cpanel/Cpanel/API": 0o755,
  "usr/local/cpanel/logs": 0o711,
  "usr/local/sbin": 0o755,
  "usr/local/bin": 0o755,
  "var/cpanel/users": 0o711,
  "var/cpanel/userdata": 0o711,
  "var/cpanel/features": 0o755,
  "var/cpanel/perl/Cpanel/Admin/Modules": 0o755,
  "var/cpanel/perl5/lib": 0o755,
  "var/cpanel/logs/autossl": 0o700,
  "var/cpanel/ssl/apache_tls": 0o711,
  "var/cpanel/ssl/domain_tls": 0o711,
  "var/cpanel/ssl/installed/cabundles": 0o711,
  "var/cpanel/ssl/cpanel": 0o711,
  "var/cpanel/authn": 0o700,
  "var/cpanel/sessions": 0o711,
  "var/named": 0o755,
  "var/lib": 0o755,
  "var/log": 0o755,
  home: 0o711,
  root: 0o700,
  opt: 0o755,
  run: 0o755,
  "run/proof": 0o1777,
  tmp: 0o1777,
};

/**
 * Lays out a fresh server below the root folder (spec §9.1). What is already there stays, so a lab can go on where an
 * earlier one stopped.
 */
export function layOutServer(
  files: ServerFiles,
  options: { hostName: string; address: string; now: Date },
): void {
  for (const [folder, mode] of Object.entries(folders)) {
    mkdirSync(files.path(folder), { recursive: true });
    chmodSync(files.path(folder), mode);
  }
  // A server's root is open to its users; a temporary folder is not.
  chmodSync(files.root, 0o755);
  link("/usr/local/cpanel/scripts", files.path("scripts"));
  link("/usr/bin/perl", files.cpanel("3rdparty/bin/perl"));
  writeText(files.cpanel("version"), `${panelVersion}\n`);
  cpSync(join(import.meta.dirname, "perl"), files.cpanel(), { recursive: true });
  writeOnce(
    files.path("etc/passwd"),
    "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/false\n",
  );
  writeOnce(files.path("etc/group"), "root:x:0:\nnobody:x:65534:\n");
  // The engine itself; installers look for it, and nobody runs it by hand (spec §1.10, §9.1).
  writeOnce(files.cpanel("cpanel"), "#!/bin/sh\nexit 1\n", 0o755);
  writeOnce(files.path("etc/userdomains"), "*: nobody\n");
  writeOnce(files.path("etc/trueuserdomains"), "");
  writeOnce(files.path("etc/shadow"), "", 0o600);
  writeOnce(files.var("resellers"), "");
  writeOnce(files.var("features/default"), "");
  writeOnce(files.path("etc/wwwacct.conf"), `ADDR ${options.address}\nHOST ${options.hostName}\n`);
  const usual = {
    allowcpsslinstall: "1",
    min_time_between_apache_graceful_restarts: "10",
    xframecpsrvd: "1",
  };
  writePairs(files.var("cpanel.config"), { ...usual, ...readPairs(files.var("cpanel.config")) });
  const service = files.var("ssl/cpanel/cpanel.pem");
  if (existsSync(service)) return;
  const { key, cert } = selfSigned([options.hostName], options.now, 3650);
  writeText(service, key + cert, 0o600);
}

function writeOnce(path: string, text: string, mode = 0o644): void {
  mkdirSync(join(path, ".."), { recursive: true });
  if (!existsSync(path)) writeFileSync(path, text, { mode });
}

function link(target: string, path: string): void {
  if (!existsSync(path)) symlinkSync(target, path);
}
