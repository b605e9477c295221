import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { writeText } from "../common/text-files.ts";
import { listenAt } from "../nginx/nginx.ts";
import type { Database } from "./database.ts";
import type { CertificateRow, SiteRow } from "./records.ts";
import type { ServerFiles } from "./server-files.ts";

const warning = [
  "#ATTENTION!",
  "#",
  "#DO NOT MODIFY THIS FILE BECAUSE IT WAS GENERATED AUTOMATICALLY,",
  "#SO ALL YOUR CHANGES WILL BE LOST THE NEXT TIME THE FILE IS GENERATED.",
  "",
].join("\n");

export interface VhostSettings {
  httpPort: number;
  httpsPort: number;
  /** Certificates to show in place of the one on record, by site (fault `breakNext`). */
  foreignCertificates: ReadonlyMap<string, string>;
  /** Lines that extensions add inside a site's servers (hook `WebServer`), by site. */
  extensionLines: ReadonlyMap<string, string>;
}

/** The web server's files for each site, written as a whole and never read back (spec plesk §3.1). */
export class Vhosts {
  private readonly database: Database;
  private readonly files: ServerFiles;
  private readonly settings: VhostSettings;

  constructor(database: Database, files: ServerFiles, settings: VhostSettings) {
    this.database = database;
    this.files = files;
    this.settings = settings;
  }

  write(site: SiteRow): void {
    const folder = `${this.files.systemFolder(folderOf(site))}/conf`;
    mkdirSync(folder, { recursive: true });
    const path = `${folder}/nginx.conf`;
    writeText(path, warning + this.servers(site), 0o600);
    const group = site.name.startsWith("*.") ? "wildcards" : "vhosts";
    this.files.linkOnce(path, this.included(group, `${folderOf(site)}.conf`));
    const webmail = this.included("webmails", `${folderOf(site)}_webmail.conf`);
    if (site.mail && site.kind !== "subdomain") writeText(webmail, warning + this.webmail(site), 0o600);
    else rmSync(webmail, { force: true });
  }

  remove(site: SiteRow): void {
    rmSync(this.files.systemFolder(folderOf(site)), { recursive: true, force: true });
    for (const [group, name] of [
      ["vhosts", `${folderOf(site)}.conf`],
      ["wildcards", `${folderOf(site)}.conf`],
      ["webmails", `${folderOf(site)}_webmail.conf`],
    ] as const) {
      rmSync(this.included(group, name), { force: true });
    }
  }

  /** Includes of the main configuration; wildcard sites come last. */
  includes(): string {
    return ["vhosts", "webmails", "wildcards"]
      .filter((group) => readdirSync(this.files.path("etc/nginx/plesk.conf.d", group)).length > 0)
      .map((group) => `  include "${this.files.path("etc/nginx/plesk.conf.d", group)}/*.conf";\n`)
      .join("");
  }

  private included(group: string, name: string): string {
    return this.files.path("etc/nginx/plesk.conf.d", group, name);
  }

  private servers(site: SiteRow): string {
    if (site.hosting === "none") return "";
    return this.plain(site) + (site.ssl ? this.secure(site) : "");
  }

  private plain(site: SiteRow): string {
    const target = `https://$host${this.settings.httpsPort === 443 ? "" : `:${this.settings.httpsPort}`}$request_uri`;
    const redirects = site.ssl && site.sslRedirect && !this.database.isSuspended(site);
    return this.server(site, this.settings.httpPort, "", "", redirects ? `return 301 ${target};` : undefined);
  }

  private secure(site: SiteRow): string {
    const file =
      this.settings.foreignCertificates.get(site.name) ?? this.certificateFile(site.certificateId, site.ip);
    return this.server(site, this.settings.httpsPort, " ssl", certificateLines(file), undefined);
  }

  private server(
    site: SiteRow,
    port: number,
    flag: string,
    tls: string,
    instead: string | undefined,
  ): string {
    const challenges = this.files.path("var/www/vhosts/default/htdocs");
    return [
      "server {\n",
      `  listen ${listenAt(site.ip, port)}${flag};\n`,
      `  server_name ${namesOf(this.database, site).join(" ")};\n`,
      tls,
      `  root "${this.files.home(this.database.webspaceOf(site).name)}/${site.wwwRoot}";\n`,
      "  #extension letsencrypt begin\n",
      `  location ^~ /.well-known/acme-challenge/ { root "${challenges}"; default_type text/plain; }\n`,
      "  #extension letsencrypt end\n",
      this.settings.extensionLines.get(site.name) ?? "",
      `  location / { ${instead ?? this.content(site)} }\n`,
      "}\n",
    ].join("");
  }

  private content(site: SiteRow): string {
    if (this.database.isSuspended(site)) return "return 503;";
    if (site.hosting !== "virtual") return `return 301 ${site.forwardTo}$request_uri;`;
    switch (site.front) {
      case "application":
        return 'return 404 "Cannot GET\\n";';
      case "password":
        return "return 401;";
      case "firewall":
        return "if ($uri ~ /\\.) { return 403; } index index.html;";
      case "files":
        return "index index.html;";
    }
  }

  private webmail(site: SiteRow): string {
    const { httpPort, httpsPort } = this.settings;
    const file = this.certificateFile(site.webmailCertificateId, site.ip);
    const name = `webmail.${site.name}`;
    return `server {
  listen ${listenAt(site.ip, httpPort)};
  server_name ${name};
  location / { return 200 "webmail\\n"; }
}
server {
  listen ${listenAt(site.ip, httpsPort)} ssl;
  server_name ${name};
${certificateLines(file)}  location / { return 200 "webmail\\n"; }
}
`;
  }

  /** A site without a certificate of its own shows that of its address. */
  private certificateFile(id: number | undefined, ip: string): string {
    const own: CertificateRow | undefined = this.database.certificateById(id ?? this.database.tables.ips[ip]);
    const path = this.files.certificateFile(own?.keyFile ?? "");
    return own !== undefined && own.keyFile !== "" && existsSync(path)
      ? path
      : defaultCertificateFile(this.database, this.files);
  }
}

/** The certificate of the server itself, there from the first day. */
export function defaultCertificateFile(database: Database, files: ServerFiles): string {
  const first = database.tables.certificates.find((one) => one.webspaceId === 0 && one.keyFile !== "");
  return files.certificateFile(first?.keyFile ?? "");
}

/** Every name a site answers to: its own, `www.`, and those of its aliases (spec plesk §3.8). */
export function namesOf(database: Database, site: SiteRow): string[] {
  const aliases = database.aliasesOf(site.id).filter((alias) => alias.web);
  return [site.name, ...aliases.map((alias) => alias.name)].flatMap((name) =>
    name.startsWith("*.") ? [name] : [name, `www.${name}`],
  );
}

/** `_wildcard_.example.nl` for `*.example.nl`. */
export function folderOf(site: { name: string }): string {
  return site.name.replace(/^\*\./, "_wildcard_.");
}

function certificateLines(file: string): string {
  return `  ssl_certificate "${file}";\n  ssl_certificate_key "${file}";\n`;
}
