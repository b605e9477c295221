import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CertificateParts } from "../certificate-pool.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { CertificateRow } from "../records.ts";
import { applyEverywhere } from "../site-desk.ts";
import type { Utility, UtilityCall } from "./utility.ts";

const repository = ["domain", "admin"];
const contents = ["key-file", "cert-file", "cacert-file", "csr-file", "default"];

/** `plesk bin certificate` (spec plesk §3.2). */
export const certificateUtility: Utility = {
  flags: ["admin", "default"],
  commands: {
    "--create": {
      short: "-c",
      takes: "certificate_name",
      options: [...repository, ...contents],
      help: "Creates a certificate in a repository",
      async run(call) {
        const webspaceId = repositoryOf(call);
        const parts = readParts(call);
        if (parts.pvt === undefined || parts.cert === undefined) {
          throw new PanelRefusal(
            1019,
            "Unable to create certificate: the options -key-file and -cert-file are required.",
          );
        }
        const row = prefixed("Unable to create certificate", () =>
          call.state.pool.create(webspaceId, call.name, parts),
        );
        makeDefault(call, row);
        return `SSL/TLS certificate '${call.name}' was successfully created.\n`;
      },
    },
    "--update": {
      short: "-u",
      takes: "certificate_name",
      options: [...repository, ...contents, "new-name"],
      help: "Updates a certificate in place",
      async run(call) {
        const row = find(call, "Unable to update certificate");
        const parts = readParts(call);
        prefixed("Unable to update certificate", () =>
          call.state.pool.update(row, parts, call.options["new-name"]),
        );
        makeDefault(call, row);
        await applyEverywhere(call.state, row);
        return `SSL/TLS certificate '${row.name}' was successfully updated.\n`;
      },
    },
    "--remove": {
      short: "-r",
      takes: "certificate_name",
      options: repository,
      help: "Removes a certificate from a repository",
      async run(call) {
        const row = find(call, "Unable to remove certificate");
        const bound = call.state.database.tables.sites.filter((site) => site.certificateId === row.id);
        call.state.pool.remove(row);
        call.state.database.save();
        for (const site of bound) call.state.vhosts.write(site);
        if (bound.length > 0) await call.state.restarts.queue();
        return `SSL/TLS certificate '${call.name}' was successfully removed.\n`;
      },
    },
    "--list": {
      short: "-l",
      options: repository,
      help: "Lists the certificates of a repository",
      run: (call) => listText(call.state, repositoryOf(call), call.options["domain"]),
    },
    "--info": {
      short: "-i",
      takes: "certificate_name",
      options: repository,
      help: "Displays information about a certificate",
      run(call) {
        if (call.state.switches.certificateInfo === "none")
          throw new PanelRefusal(1019, "Unknown command: --info");
        return `Certificate name: ${find(call, "Unable to display certificate").name}\n`;
      },
    },
    "--assign-cert": {
      short: "-ac",
      takes: "certificate_name",
      options: [...repository, "ip"],
      help: "Assigns a certificate to an IP address",
      async run(call) {
        const row = find(call, "Unable to assign certificate");
        await assignToAddress(call.state, row, call.options["ip"] ?? "");
        return `The certificate '${call.name}' was assigned to the IP address.\n`;
      },
    },
  },
};

export async function assignToAddress(state: LabState, row: CertificateRow, ip: string): Promise<void> {
  const { ips } = state.database.tables;
  if (ips[ip] === undefined) throw new PanelRefusal(1013, `IP address ${ip} does not exist.`);
  ips[ip] = row.id;
  state.database.save();
  await applyEverywhere(state, row);
}

/** The table, names with their spaces and unquoted; the last column counts uses. */
function listText(state: LabState, webspaceId: number, domain: string | undefined): string {
  const { pool, switches, database } = state;
  const rows = [
    ...pool.list(webspaceId),
    ...(webspaceId !== 0 && switches.listShowsAdminPool ? pool.list(0) : []),
  ];
  const has = (text: string): string => (text === "" ? "N" : "Y");
  const lines = rows.map((row) => {
    const { csr, pvt, cert, ca } = pool.read(row);
    return columns([has(csr), has(pvt), has(cert), has(ca), row.name, String(database.usesOf(row))]);
  });
  const repositoryLine =
    domain === undefined ? "Administrator's repository" : `Repository of domain ${domain}`;
  return [
    ...(switches.listSaysRepository ? [`${repositoryLine}:`] : []),
    columns(["CSR", "Priv", "Cert", "CA", "Name", "Used"]),
    ...lines,
    "",
  ].join("\n");
}

function columns([csr = "", key = "", cert = "", ca = "", name = "", used = ""]: string[]): string {
  return csr.padEnd(7) + key.padEnd(8) + cert.padEnd(8) + ca.padEnd(6) + `${name} `.padEnd(30) + used;
}

/** Id of the subscription named with `-domain`, 0 for `-admin`. */
function repositoryOf({ state, options }: UtilityCall): number {
  const { domain, admin } = options;
  if ((domain === undefined) === (admin === undefined)) {
    throw new PanelRefusal(1019, "Specify the repository: either -domain <domain> or -admin.");
  }
  if (domain === undefined) return 0;
  const site = state.database.site(domain);
  if (site === undefined || (site.kind !== "main" && state.switches.certificateDomain === "main-only")) {
    throw new PanelRefusal(1015, `Unable to find domain with name '${domain}'`);
  }
  return site.webspaceId;
}

function find(call: UtilityCall, trouble: string): CertificateRow {
  const row = call.state.database.certificate(repositoryOf(call), call.name);
  if (row === undefined) {
    throw new PanelRefusal(
      1013,
      `${trouble}: Unable to find certificate '${call.name}': Certificate does not exist.`,
    );
  }
  return row;
}

/** The utility itself reads the files, as root. */
function readParts(call: UtilityCall): CertificateParts {
  const read = (option: string): string | undefined => {
    const given = call.options[option];
    if (given === undefined) return undefined;
    const path = resolve(call.cwd, given);
    if (!existsSync(path))
      throw new PanelRefusal(1019, `Unable to read file '${given}': No such file or directory`);
    try {
      return readFileSync(path, "utf8");
    } catch {
      throw new PanelRefusal(1019, `Unable to read file '${given}'`);
    }
  };
  return { pvt: read("key-file"), cert: read("cert-file"), ca: read("cacert-file"), csr: read("csr-file") };
}

function makeDefault({ state, options }: UtilityCall, row: CertificateRow): void {
  if (options["default"] === undefined) return;
  if (row.webspaceId !== 0) return;
  for (const ip of Object.keys(state.database.tables.ips)) state.database.tables.ips[ip] = row.id;
  state.database.save();
}

function prefixed<T>(trouble: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof PanelRefusal)) throw cause;
    throw new PanelRefusal(cause.code, `${trouble}: ${cause.message}`, cause.exit);
  }
}
