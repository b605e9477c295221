import { existsSync } from "node:fs";
import { covers, leafOf } from "../common/certificate-checks.ts";
import { readLines, readText } from "../common/text-files.ts";
import { fileNameOf, type ServerFiles } from "./server-files.ts";
import { everyVhost, type Vhost } from "./websites.ts";

export interface SitePorts {
  address: string;
  httpPort: number;
  httpsPort: number;
}

/** Websites of the whole server in the language of the web server that plays Apache here (spec §5.1, §5.3). */
export function sitesConfig(files: ServerFiles, ports: SitePorts): string {
  return everyVhost(files)
    .map((vhost) => websiteConfig(files, vhost, ports) + serviceConfig(files, vhost, ports))
    .join("");
}

function websiteConfig(files: ServerFiles, vhost: Vhost, ports: SitePorts): string {
  const root = files.path(vhost.documentRoot);
  const content = vhost.suspended ? "return 503;" : "index index.html;";
  const rules = vhost.suspended ? "" : htaccessRules(root);
  const redirect = `return 301 https://$host${portSuffix(ports.httpsPort, 443)}$request_uri;`;
  const names = vhost.names.join(" ");
  const plain = server(
    ports.address,
    ports.httpPort,
    "",
    names,
    root,
    rules,
    vhost.sslRedirect ? redirect : content,
  );
  const pair = certificateOf(files, vhost);
  if (pair === undefined) return plain;
  return plain + server(ports.address, ports.httpsPort, " ssl", names, root, pair + rules, content);
}

/** Service names answer by redirecting to cpsrvd, but validation files come from the website's folder (spec §4.11). */
function serviceConfig(files: ServerFiles, vhost: Vhost, ports: SitePorts): string {
  const root = files.path(vhost.documentRoot);
  const validation = "  location /.well-known/pki-validation/ { }\n";
  return vhost.serviceNames
    .map((name) => {
      const domainTls = files.var("ssl/domain_tls", name, "combined");
      const pem = existsSync(domainTls) ? domainTls : files.var("ssl/cpanel/cpanel.pem");
      return (
        server(ports.address, ports.httpPort, "", name, root, validation, "return 302 https://$host:2083/;") +
        server(
          ports.address,
          ports.httpsPort,
          " ssl",
          name,
          root,
          pairLines(pem) + validation,
          "return 302 https://$host:2083/;",
        )
      );
    })
    .join("");
}

function server(
  address: string,
  port: number,
  flag: string,
  names: string,
  root: string,
  extra: string,
  content: string,
): string {
  return [
    "server {\n",
    `  listen ${address}:${port}${flag};\n`,
    `  server_name ${names};\n  root "${root}";\n`,
    extra,
    `  location / { ${content} }\n}\n`,
  ].join("");
}

function certificateOf(files: ServerFiles, vhost: Vhost): string | undefined {
  const pinned = pinnedPair(files, vhost.servername);
  if (pinned !== undefined) return pairLines(pinned);
  const path = files.var("ssl/apache_tls", fileNameOf(vhost.servername), "combined");
  if (!existsSync(path)) return undefined;
  return pairLines(readText(`${path}.served`) === undefined ? path : `${path}.served`);
}

/**
 * What an administrator's include in front of the websites pins for a name (spec §8): the first website of a name is the
 * one that Apache shows. Only a name and a file with certificate and key are read of it.
 */
function pinnedPair(files: ServerFiles, servername: string): string | undefined {
  const lines = readLines(files.path("etc/apache2/conf.d/includes/pre_virtualhost_global.conf"));
  const named = lines.findIndex((line) => line.trim() === `ServerName ${servername}`);
  const pair = /^\s*SSLCertificateFile\s+(\S+)/.exec(
    lines.find((line, at) => named >= 0 && at > named && line.includes("SSLCertificateFile")) ?? "",
  );
  return pair?.[1] === undefined ? undefined : files.path(pair[1]);
}

function pairLines(path: string): string {
  return `  ssl_certificate "${path}";\n  ssl_certificate_key "${path}";\n`;
}

/**
 * The two directives of `.htaccess` that break file validation most often (spec §4.11). Apache reads the file at every
 * request; here it takes a reload.
 */
function htaccessRules(root: string): string {
  return readLines(`${root}/.htaccess`)
    .map((line) => {
      const redirect = /^Redirect\s+30[12]\s+(\S+)\s+(\S+)$/i.exec(line.trim());
      if (redirect !== null) return `  rewrite "^${redirect[1]}(.*)$" "${redirect[2]}$1" permanent;\n`;
      const blocked = /^RedirectMatch\s+(403|404)\s+(\S+)$/i.exec(line.trim());
      return blocked === null ? "" : `  location ~ "${blocked[2]}" { return ${blocked[1]}; }\n`;
    })
    .join("");
}

function portSuffix(port: number, usual: number): string {
  return port === usual ? "" : `:${port}`;
}

/** Domain TLS (spec §5.3): names of a website that its certificate covers. */
export function domainTlsNames(vhost: Vhost, combined: string): string[] {
  const leaf = leafOf(combined);
  return [...vhost.names, ...vhost.serviceNames].filter((name) => covers(leaf, name));
}
