import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { withExtensions } from "../../labs/plesk/extensions/extension-host.ts";
import { type PleskLab, type PleskLabOptions, startPleskLab } from "../../labs/plesk/plesk-lab.ts";
import { account, type DemoServer, domain, neighbour, type PluginPage } from "./demo-server.ts";
import { packPleskExtension } from "./plesk-package.ts";

const run = promisify(execFile);
/** A reseller, who owns the neighbour. */
export const reseller = "rita";

export interface PleskServer extends DemoServer {
  readonly lab: PleskLab;
}

export async function openPleskServer(
  folder: string,
  options: Partial<PleskLabOptions> = {},
): Promise<PleskServer> {
  const rootDir = join(folder, "server");
  const lab = await startPleskLab({ secondMs: 100, ...options, rootDir, extensions: withExtensions });
  await lab.addAccount({ login: account, name: "Bob Bakker" });
  await lab.addAccount({ login: reseller, role: "reseller", name: "Rita" });
  await lab.addAccount({ login: neighbour, owner: reseller });
  await lab.addDomain(account, domain, { subdomains: ["shop"] });
  await lab.addDomain(neighbour, "eve.test");
  await lab.settle();
  return {
    lab,
    panel: "plesk",
    rootDir,
    apiUrl: null,
    credential: null,
    pagesGid: groupOfPages(rootDir),
    trustPem: lab.panelCaPem,
    address: lab.address,
    httpPort: lab.httpPort,
    httpsPort: lab.httpsPort,
    dnsAddress: lab.dnsAddress,
    welcome: {
      url: `https://${lab.address}:${lab.port}/`,
      logins: [
        { name: account, password: `${account}-Passw0rd`, who: "the account holder" },
        { name: reseller, password: `${reseller}-Passw0rd`, who: "a reseller" },
        { name: "admin", password: "admin-Passw0rd", who: "the administrator" },
      ],
    },
    installPlugin: ({ folder: place, runDir }) => installPlugin(lab, place, runDir),
    async visit(page) {
      const url = `${lab.url}${addressOf(page)}`;
      return {
        shellUrl: url,
        frame: null,
        pageUrl: url,
        cookies: { PLESKSESSID: lab.login(page.level === "administrator" ? "admin" : page.account).id },
        address: lab.address,
        trustPem: lab.panelCaPem,
      };
    },
    stop: () => lab.stop(),
  };
}

function addressOf({ path, query }: PluginPage): string {
  const page = path === "/" ? {} : { page: path.slice(1) };
  const parameters = new URLSearchParams({ ...page, ...query }).toString();
  return `/modules/xolphin-ssl/index.php/index/index${parameters === "" ? "" : `?${parameters}`}`;
}

/** Packs the extension as it lies in the sources and has the panel install it, as an administrator does. */
async function installPlugin(lab: PleskLab, folder: string, runDir: string): Promise<void> {
  await run(lab.command, ["bin", "extension", "--install", packPleskExtension(folder)]);
  // On a real server the sockets are where everything looks for them.
  for (const place of ["var/modules/xolphin-ssl", "admin/sbin/modules/xolphin-ssl"]) {
    writeFileSync(join(lab.rootDir, "opt/psa", place, "run-dir"), `${runDir}\n`);
  }
}

/** The number of the group that the panel's PHP runs as. */
function groupOfPages(rootDir: string): number {
  const groups = readFileSync(join(rootDir, "etc/group"), "utf8").split("\n");
  return Number(groups.find((line) => line.startsWith("psaadm:"))?.split(":")[2]);
}
