import { existsSync } from "node:fs";
import { listenAt } from "../nginx/nginx.ts";
import { usesOwnCertificate } from "./certificate-files.ts";
import type { SiteHost } from "./hosts.ts";
import { hostsOf } from "./hosts.ts";
import type { DomainFiles, PanelFiles } from "./panel-files.ts";

export interface VhostSettings {
  httpPort: number;
  httpsPort: number;
  /** Address of domains whose `ip_list` is empty. */
  address: string;
  forceHttps: boolean;
  /** Up to 1.694 TLS sites had a folder of their own. */
  privateHtml: boolean;
  /** Files to show in place of a domain's own certificate, by domain. */
  foreignCertificates: ReadonlyMap<string, { cert: string; key: string }>;
}

/** `nginx.conf` of an account, made from its files (spec §7.4.15). */
export function accountConfig(files: PanelFiles, account: string, settings: VhostSettings): string {
  const suspended = files.account(account)?.["suspended"] === "yes";
  const sslAllowed = files.account(account)?.["ssl"] === "ON";
  return files
    .domainsOf(account)
    .flatMap((name) => files.domain(account, name) ?? [])
    .flatMap((domain) => hostsOf(domain).map((site) => ({ domain, site })))
    .map(({ domain, site }) => {
      const ssl = sslAllowed && domain.conf["ssl"] === "ON";
      const sites = new SiteConfig(files, domain, site, settings, suspended);
      return sites.plain(ssl) + (ssl ? sites.secure() : "");
    })
    .join("");
}

export function addressesOf(files: PanelFiles, address: string): string[] {
  return [...new Set([address, ...files.everyDomain().flatMap((domain) => domain.addresses)])];
}

class SiteConfig {
  private readonly files: PanelFiles;
  private readonly domain: DomainFiles;
  private readonly site: SiteHost;
  private readonly settings: VhostSettings;
  private readonly suspended: boolean;

  constructor(
    files: PanelFiles,
    domain: DomainFiles,
    site: SiteHost,
    settings: VhostSettings,
    suspended: boolean,
  ) {
    this.files = files;
    this.domain = domain;
    this.site = site;
    this.settings = settings;
    this.suspended = suspended;
  }

  plain(ssl: boolean): string {
    const force = ssl && (this.settings.forceHttps || this.domain.conf["force_ssl"] === "yes");
    const target = `https://$host${portSuffix(this.settings.httpsPort, 443)}$request_uri`;
    return this.server(
      this.settings.httpPort,
      "",
      "public_html",
      force ? `return 301 ${target};` : undefined,
    );
  }

  secure(): string {
    const { cert, key } = this.certificate();
    const folder = this.settings.privateHtml ? "private_html" : "public_html";
    return this.server(
      this.settings.httpsPort,
      " ssl",
      folder,
      undefined,
      `  ssl_certificate ${quote(cert)};\n  ssl_certificate_key ${quote(key)};\n`,
    );
  }

  private server(port: number, flag: string, folder: string, instead?: string, extra = ""): string {
    const { site, settings } = this;
    const addresses = this.domain.addresses.length > 0 ? this.domain.addresses : [settings.address];
    const listens = addresses.map((address) => `  listen ${listenAt(address, port)}${flag};\n`).join("");
    const root = this.files.site(this.domain.account, this.domain.domain, folder);
    return [
      "server {\n",
      listens,
      `  server_name ${site.names.join(" ")};\n`,
      `  root ${quote(site.folder === "" ? root : `${root}/${site.folder}`)};\n`,
      extra,
      this.challenges(),
      `  location / { ${instead ?? this.content(port)} }\n`,
      "}\n",
    ].join("");
  }

  /** `/.well-known/acme-challenge` belongs to the server while `letsencrypt=1` (spec §3.8). */
  private challenges(): string {
    if (this.files.config("letsencrypt") !== "1") return "";
    const folder = this.files.path("var/www/html/.well-known/acme-challenge/");
    return `  location /.well-known/acme-challenge/ { alias ${quote(folder)}; }\n`;
  }

  private content(port: number): string {
    if (this.suspended) return "return 503;";
    if (this.site.kind !== "pointer") return "index index.html;";
    const secure = port === this.settings.httpsPort;
    const suffix = portSuffix(port, secure ? 443 : 80);
    return `return 301 ${secure ? "https" : "http"}://${this.domain.domain}${suffix}$request_uri;`;
  }

  /** The host's own files, else the domain's, else what the whole server shares (spec §3.7). */
  private certificate(): { cert: string; key: string } {
    const foreign = this.settings.foreignCertificates.get(this.domain.domain);
    if (foreign !== undefined) return foreign;
    const own = this.filesOf(this.site.host);
    if (this.site.host !== this.domain.domain && existsSync(own.cert)) return own;
    if (usesOwnCertificate(this.domain)) return this.filesOf(this.domain.domain);
    return {
      cert: this.files.path("etc/nginx/ssl.crt/server.crt.combined"),
      key: this.files.path("etc/nginx/ssl.key/server.key"),
    };
  }

  private filesOf(host: string): { cert: string; key: string } {
    const file = (kind: string): string => this.files.domainFile(this.domain.account, `${host}.${kind}`);
    return { cert: file("cert.combined"), key: file("key") };
  }
}

function portSuffix(port: number, usual: number): string {
  return port === usual ? "" : `:${port}`;
}

function quote(path: string): string {
  return `"${path}"`;
}
