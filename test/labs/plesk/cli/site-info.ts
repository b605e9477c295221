import type { LabState } from "../lab-state.ts";
import type { SiteRow } from "../records.ts";
import { defaultCertificateFile } from "../vhosts.ts";

const labelWidth = 40;

const hostingTypes = {
  virtual: "Physical hosting",
  standard_forwarding: "Standard forwarding",
  frame_forwarding: "Frame forwarding",
  none: "None",
};

/** `--info` of a site: titled blocks, labels padded to a column and glued to the value when too long (spec plesk §3.3). */
export function siteInfo(state: LabState, site: SiteRow): string {
  const { database } = state;
  const owner = database.clientById(site.clientId);
  const home = `/var/www/vhosts/${database.webspaceOf(site).name}`;
  const physical = site.hosting === "virtual";
  return [
    block("General", [
      ["Domain name", site.name],
      ["Owner's contact name", `${owner?.pname ?? ""} (${owner?.login ?? ""})`],
      ["Domain status", statusText(state, site)],
      ["Creation date", site.created],
      ["Total size of backup files in local repository", "0 B"],
    ]),
    block("Hosting", [
      ["Hosting type", hostingTypes[site.hosting]],
      ...(site.hosting === "none" ? [] : ([["IP Address", site.ip]] as const)),
      ...(physical
        ? ([
            ["FTP Login", site.sysUser],
            ...certificateLine(state, site),
            ["SSL/TLS support", onOff(site.ssl)],
            ["Permanent SEO-safe 301 redirect from HTTP to HTTPS", onOff(site.sslRedirect)],
            ["PHP support", "On"],
          ] as const)
        : []),
    ]),
    block("Mail", [["Mail service", onOff(site.mail)]]),
    block("Logrotation info", physical ? [["--WWW-Root--", `${home}/${site.wwwRoot}`]] : []),
  ].join("\n");
}

function certificateLine(state: LabState, site: SiteRow): [string, string][] {
  const own = state.database.certificateById(site.certificateId);
  if (own !== undefined) return [["Certificate", own.name]];
  if (!state.switches.infoShowsDefaultCertificate) return [];
  const file = defaultCertificateFile(state.database, state.files);
  const shared = state.database.tables.certificates.find((one) => file.endsWith(`/${one.keyFile}`));
  return shared === undefined ? [] : [["Certificate", shared.name]];
}

function statusText(state: LabState, site: SiteRow): string {
  if (site.status & 16) return "Suspended by administrator";
  return state.database.isSuspended(site) ? "Suspended" : "OK";
}

function block(title: string, lines: readonly (readonly [string, string])[]): string {
  const rows = lines.map(([label, value]) => `${`${label}:`.padEnd(labelWidth)}${value}\n`);
  return `${title}\n=============================\n${rows.join("")}`;
}

function onOff(value: boolean): string {
  return value ? "On" : "Off";
}
