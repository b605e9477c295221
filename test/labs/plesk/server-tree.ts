import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { selfSigned } from "../common/lab-certificates.ts";
import { writeText } from "../common/text-files.ts";
import type { CertificatePool } from "./certificate-pool.ts";
import type { Database } from "./database.ts";
import type { ServerFiles } from "./server-files.ts";

const defaultCertificateName = "default certificate";

/** Lays out the folders of a fresh server; what is already there stays (spec plesk §1.1, §7). */
export function layOutServer(files: ServerFiles): void {
  for (const folder of [
    files.path("usr/sbin"),
    files.path("usr/local"),
    files.psa("admin/bin/modules"),
    files.psa("admin/sbin/modules"),
    files.psa("admin/plib/modules"),
    files.psa("admin/htdocs/modules"),
    files.psa("admin/conf"),
    files.psa("var/modules"),
    files.psa("var/certificates"),
    files.psa("var/run"),
    files.path("var/www/vhosts/system"),
    files.path("var/www/vhosts/default/htdocs/.well-known/acme-challenge"),
    files.path("var/log/plesk"),
    files.path("etc/nginx/plesk.conf.d/vhosts"),
    files.path("etc/nginx/plesk.conf.d/webmails"),
    files.path("etc/nginx/plesk.conf.d/wildcards"),
    files.path("run"),
    files.path("tmp"),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  files.linkOnce(files.psa(), files.path("usr/local/psa"));
  const settings = files.psa("admin/conf/panel.ini");
  if (!existsSync(settings)) writeFileSync(settings, "[ext-catalog]\nextensionUpload = true\n");
  const version = files.psa("version");
  if (!existsSync(version)) writeFileSync(version, "18.0.78 Debian 12.0 1800260505.10\n");
  const log = files.path("var/log/plesk/panel.log");
  if (!existsSync(log)) writeFileSync(log, "");
  files.give(log, "psaadm");
}

/** The certificate a fresh panel makes for itself: of the panel, of mail and of every address. */
export function makeDefaultCertificate(
  database: Database,
  pool: CertificatePool,
  files: ServerFiles,
  server: { hostName: string; address: string; now: Date },
): void {
  const { tables } = database;
  if (tables.panelCertificateId === 0) {
    const { key, cert } = selfSigned([server.hostName], server.now, 365);
    const row = pool.create(0, defaultCertificateName, { pvt: key, cert });
    tables.panelCertificateId = row.id;
    tables.mailCertificateId = row.id;
    tables.ips[server.address] = row.id;
    writeText(files.psa("admin/conf/httpsd.pem"), key + cert, 0o400);
  }
  if (tables.panelKey === "") tables.panelKey = randomBytes(16).toString("hex");
  // The sites of an earlier lab in this folder may have had another address.
  tables.ips[server.address] ??= tables.panelCertificateId;
  tables.preferences = { "restart-apache": "0", "ssl-protocols": "TLSv1.2 TLSv1.3", ...tables.preferences };
  database.save();
}
