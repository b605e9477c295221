import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPageAssets } from "../../../scripts/packing/page-assets.ts";
import { type CpanelLab, type CpanelLabOptions, startCpanelLab } from "../../labs/cpanel/cpanel-lab.ts";
import { account, type DemoServer, domain, neighbour, type PluginPage } from "./demo-server.ts";

const pluginSource = join(import.meta.dirname, "../../../plugin/cpanel");
const templates = join(import.meta.dirname, "../../../templates");
/** A reseller, who owns the neighbour. */
export const reseller = "rita";

export interface CpanelServer extends DemoServer {
  readonly lab: CpanelLab;
}

export async function openCpanelServer(
  folder: string,
  options: Partial<CpanelLabOptions> = {},
): Promise<CpanelServer> {
  const rootDir = join(folder, "server");
  const lab = await startCpanelLab({ rootDir, deferredEveryMs: 1_000, restartDelayMs: 500, ...options });
  await lab.addAccount({ name: account, domain });
  await lab.addDomain(account, `shop.${domain}`, { kind: "sub" });
  await lab.addAccount({ name: reseller, domain: "rita.test", acls: ["list-accts", "ssl"] });
  await lab.addAccount({ name: neighbour, domain: "eve.test", owner: reseller });
  await lab.settled();
  return {
    lab,
    panel: "cpanel",
    rootDir,
    // Where the server's own programs see it as /run/xolphin-ssl.
    runDir: join(rootDir, "run/xolphin-ssl"),
    apiUrl: `${lab.whmUrl}/`,
    credential: `root:${lab.createToken("whm", "root")}`,
    trustPem: lab.panelCaPem,
    trustCa: (pem) => lab.trust(pem),
    address: lab.address,
    httpPort: lab.httpPort,
    httpsPort: lab.httpsPort,
    dnsAddress: lab.dnsAddress,
    welcome: {
      url: `https://${lab.address}:${lab.cpanelPort}/ (cPanel) and https://${lab.address}:${lab.whmPort}/ (WHM)`,
      logins: [
        { name: account, password: `${account}-Passw0rd`, who: "the account holder, in cPanel" },
        { name: reseller, password: `${reseller}-Passw0rd`, who: "a reseller, in WHM" },
        { name: "root", password: "root-Passw0rd", who: "the administrator, in WHM" },
      ],
    },
    installPlugin: () => installPlugin(lab),
    async visit(page) {
      const service = page.level === "account" ? "cpanel" : "whm";
      const { cookie, token } = lab.login(service, page.level === "administrator" ? "root" : page.account);
      const [name = "", value = ""] = cookie.split("=");
      const url = `${service === "whm" ? lab.whmUrl : lab.cpanelUrl}${token}${addressOf(page)}`;
      return {
        shellUrl: url,
        frame: null,
        pageUrl: url,
        cookies: { [name]: value },
        address: lab.address,
        trustPem: lab.panelCaPem,
      };
    },
    stop: () => lab.stop(),
  };
}

function addressOf({ level, path, query }: PluginPage): string {
  const script =
    level === "account" ? "/frontend/jupiter/xolphin_ssl/index.live.pl" : "/cgi/xolphin_ssl/index.cgi";
  const page = path === "/" ? {} : { page: path.slice(1) };
  const parameters = new URLSearchParams({ ...page, ...query }).toString();
  return `${script}${parameters === "" ? "" : `?${parameters}`}`;
}

/** Unpacks the plugin on the server and runs its installer there, as an administrator does. */
export async function installPlugin(lab: CpanelLab): Promise<void> {
  const unpacked = "/root/xolphin-ssl-cpanel";
  const folder = join(lab.rootDir, unpacked);
  cpSync(pluginSource, folder, { recursive: true });
  mkdirSync(join(folder, "assets"), { recursive: true });
  for (const { name, content } of readPageAssets(templates))
    writeFileSync(join(folder, "assets", name), content);
  const done = await lab.run([`${unpacked}/install.sh`]);
  if (done.code !== 0) throw new Error(`the plugin was not installed: ${done.stdout}${done.stderr}`);
}
