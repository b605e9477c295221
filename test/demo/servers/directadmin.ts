import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { readPageAssets } from "../../../scripts/packing/page-assets.ts";
import { type DirectAdminLab, startDirectAdminLab } from "../../labs/directadmin/directadmin-lab.ts";
import { createPluginRuntime } from "../../labs/directadmin/plugin-runtime.ts";
import type { Profile } from "../../labs/directadmin/switches.ts";
import { panelFetch } from "../panel-browser.ts";
import { account, type DemoServer, domain, neighbour, type PluginPage } from "./demo-server.ts";

const run = promisify(execFile);
const pluginSource = join(import.meta.dirname, "../../../plugin/directadmin");
const templates = join(import.meta.dirname, "../../../templates");
const addresses = {
  account: "CMD_PLUGINS",
  reseller: "CMD_PLUGINS_RESELLER",
  administrator: "CMD_PLUGINS_ADMIN",
} as const;

export interface DirectAdminServer extends DemoServer {
  readonly lab: DirectAdminLab;
}

/**
 * `taskEveryMs`: how often the panel's own queue runs; a minute on a real server, a second for those who wait. `profile`: what
 * the panel can do.
 */
export async function openDirectAdminServer(
  folder: string,
  { taskEveryMs = 1_000, profile = "current" }: { taskEveryMs?: number; profile?: Profile } = {},
): Promise<DirectAdminServer> {
  const lab = await startDirectAdminLab({
    rootDir: join(folder, "server"),
    plugins: createPluginRuntime,
    taskEveryMs,
    switches: { profile },
  });
  await lab.addAccount({ name: account });
  await lab.addDomain(account, domain);
  await lab.addAccount({ name: neighbour });
  await lab.runTaskQueue();
  return {
    lab,
    panel: "directadmin",
    rootDir: lab.rootDir,
    apiUrl: `${lab.url}/`,
    credential: null,
    trustPem: lab.panelCaPem,
    address: lab.address,
    httpPort: lab.httpPort,
    httpsPort: lab.httpsPort,
    dnsAddress: lab.dnsAddress,
    welcome: {
      url: `https://${lab.address}:${lab.port}/`,
      logins: [
        { name: account, password: `${account}-Passw0rd`, who: "the account holder" },
        { name: "admin", password: "admin-Passw0rd", who: "the administrator" },
      ],
    },
    installPlugin: ({ folder: place, runDir }) => installPlugin(lab, place, runDir),
    async visit(page) {
      const session = await lab.login(page.account);
      const address = addressOf(page);
      return {
        shellUrl: `${lab.url}/evo/plugin?src=${encodeURIComponent(address)}`,
        frame: 'iframe[name="plugin"]',
        pageUrl: `${lab.url}/${address}`,
        cookies: { session: session.id, key: session.key },
        address: lab.address,
        trustPem: lab.panelCaPem,
      };
    },
    stop: () => lab.stop(),
  };
}

function addressOf({ level, path, query }: PluginPage): string {
  const page = path === "/" ? {} : { page: path.slice(1) };
  const parameters = new URLSearchParams({ ...page, ...query }).toString();
  return `${addresses[level]}/xolphin_ssl/index.html${parameters === "" ? "" : `?${parameters}`}`;
}

/** Packs the plugin as it lies in the sources and uploads it to the plugin manager. */
async function installPlugin(lab: DirectAdminLab, folder: string, runDir: string): Promise<void> {
  const staging = join(folder, "plugin");
  await run("cp", ["-r", pluginSource, staging]);
  for (const { name, content } of readPageAssets(templates)) {
    writeFileSync(join(staging, "images", name), content);
  }
  writeFileSync(join(staging, "run-dir"), `${runDir}\n`);
  const archive = join(folder, "xolphin_ssl.tar.gz");
  await run("tar", ["-czf", archive, "-C", staging, "."]);
  const form = new FormData();
  form.set("file", new Blob([readFileSync(archive)]), "xolphin_ssl.tar.gz");
  const encoded = new Response(form);
  const { stdout } = await run(join(lab.rootDir, "usr/local/directadmin/directadmin"), [
    "api-url",
    "--user=admin",
  ]);
  const { username, password, origin } = new URL(stdout.trim());
  const login = [username, password].map(decodeURIComponent).join(":");
  const answer = await panelFetch(`${origin}/api/plugin-manager/plugins/install-file`, {
    address: lab.address,
    trustPem: lab.panelCaPem,
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(login).toString("base64")}`,
      "content-type": encoded.headers.get("content-type") ?? "",
    },
    body: Buffer.from(await encoded.arrayBuffer()),
  });
  if (answer.status !== 204) {
    throw new Error(`the plugin manager refuses the plugin: HTTP ${answer.status} ${answer.text}`);
  }
}
