import type { ChildProcess } from "node:child_process";
import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { readPageAssets } from "../../scripts/packing/page-assets.ts";
import { type FakeCa, startFakeCa } from "../labs/ca/fake-ca.ts";
import { type DirectAdminLab, startDirectAdminLab } from "../labs/directadmin/directadmin-lab.ts";
import { createPluginRuntime } from "../labs/directadmin/plugin-runtime.ts";
import { command, startRole, stopRole, type UnixUser, unixUser } from "./program.ts";

const run = promisify(execFile);
const pluginSource = join(import.meta.dirname, "../../plugin/directadmin");
const templates = join(import.meta.dirname, "../../templates");
const serviceUser = "xolphin-ssl";

export const account = "bob";
export const domain = "example.test";

/**
 * The demo's server: CA lab, panel lab with the plugin installed by its plugin manager, and the program as it runs in
 * production, executor as root and agent as its own user. Without root everything runs as ourselves in one process.
 */
export interface DemoStage {
  readonly folder: string;
  readonly config: string;
  readonly ca: FakeCa;
  readonly lab: DirectAdminLab;
  /** One command of the program. */
  command(...args: string[]): Promise<unknown>;
  close(): Promise<void>;
}

export async function openDemoStage(): Promise<DemoStage> {
  const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-demo-"));
  chmodSync(folder, 0o755);
  const roles: ChildProcess[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const role of roles.reverse()) await stopRole(role);
    for (const one of closers.reverse()) await one();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const lab = await startDirectAdminLab({
      rootDir: join(folder, "server"),
      plugins: createPluginRuntime,
      taskEveryMs: 1_000,
    });
    closers.push(() => lab.stop());
    await lab.addAccount({ name: account });
    await lab.addDomain(account, domain, { subdomains: ["shop"] });
    await lab.runTaskQueue();
    const ca = await startFakeCa({
      dnsServers: [lab.dnsAddress],
      hosts: { "*": { address: lab.address, port: lab.httpPort } },
      pollMs: 2_000,
    });
    closers.push(() => ca.stop());
    await installPlugin(lab, folder);
    const user = await unixUser(serviceUser);
    const port = await freePort();
    const config = writeConfig({ folder, lab, ca, port, user });
    ca.set({ webhook: { url: `http://127.0.0.1:${port}/webhook`, localAddress: "127.0.0.1", retries: 5 } });
    const runDir = join(folder, "run");
    if (user !== null) {
      roles.push(await startRole("executor", config, { user: null, logFile: join(folder, "executor.log") }));
      await answers(join(runDir, "executor.sock"));
    }
    roles.push(await startRole("agent", config, { user, logFile: join(folder, "agent.log") }));
    await answers(join(runDir, "pages.sock"));
    return { folder, config, ca, lab, command: (...args) => command(config, ...args), close };
  } catch (thrown) {
    const said = ["executor.log", "agent.log"].map((name) => readOrEmpty(join(folder, name))).join("");
    await close();
    throw new Error(`the demo did not start\n${said}`, { cause: thrown });
  }
}

/** Packs the plugin as it lies in the sources and installs it as an administrator would, through the plugin manager. */
async function installPlugin(lab: DirectAdminLab, folder: string): Promise<void> {
  const staging = join(folder, "plugin");
  await run("cp", ["-r", pluginSource, staging]);
  for (const { name, content } of readPageAssets(templates)) {
    writeFileSync(join(staging, "images", name), content);
  }
  writeFileSync(join(staging, "run-dir"), `${join(folder, "run")}\n`);
  const archive = join(folder, "xolphin_ssl.tar.gz");
  await run("tar", ["-czf", archive, "-C", staging, "."]);
  const form = new FormData();
  form.set("file", new Blob([readFileSync(archive)]), "xolphin_ssl.tar.gz");
  const { stdout } = await run(join(lab.rootDir, "usr/local/directadmin/directadmin"), [
    "api-url",
    "--user=admin",
  ]);
  const { Agent, fetch } = await import("undici");
  const url = new URL(stdout.trim());
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString("base64")}`;
  const encoded = new Response(form);
  const answer = await fetch(`https://${url.host}/api/plugin-manager/plugins/install-file`, {
    method: "POST",
    headers: { authorization, "content-type": encoded.headers.get("content-type") ?? "" },
    body: Buffer.from(await encoded.arrayBuffer()),
    dispatcher: new Agent({
      connect: {
        ca: lab.panelCaPem,
        servername: lab.hostName,
        lookup: (_name, options, done) =>
          options.all === true
            ? done(null, [{ address: lab.address, family: 4 }])
            : done(null, lab.address, 4),
      },
    }),
  });
  if (answer.status !== 204) {
    throw new Error(`the plugin manager refuses the plugin: HTTP ${answer.status} ${await answer.text()}`);
  }
}

function writeConfig(parts: {
  folder: string;
  lab: DirectAdminLab;
  ca: FakeCa;
  port: number;
  user: UnixUser | null;
}): string {
  const { folder, lab, ca, port, user } = parts;
  const owner = user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const place = (name: string, text: string, mode: number): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode });
    chownSync(path, owner.uid, owner.gid);
    return path;
  };
  for (const [name, mode] of [
    ["state", 0o700],
    ["run", 0o755],
  ] as const) {
    mkdirSync(join(folder, name), { mode });
    chownSync(join(folder, name), owner.uid, owner.gid);
  }
  const password = place("ca-password", `${ca.credentials.password}\n`, 0o600);
  const caTrust = place("ca-roots.pem", ca.tlsRootPem + ca.rootPem, 0o644);
  const panelTrust = place("panel-root.pem", lab.panelCaPem, 0o644);
  return place(
    "config.yaml",
    `ca:
  baseUrl: ${ca.url}
  username: ${ca.credentials.userName}
  passwordFile: ${password}
  trustFile: ${caTrust}
webhook:
  listen: ["127.0.0.1:${port}"]
  tls: false
  allowedSources: [127.0.0.1]
panel:
  kind: directadmin
  rootDir: ${lab.rootDir}
  apiUrl: ${lab.url}/
  trustFile: ${panelTrust}
  executor: ${user === null ? "in-process" : "socket"}
verify: { address: null, httpsPort: ${lab.httpsPort}, httpPort: ${lab.httpPort} }
dns: { servers: ["${lab.dnsAddress}"] }
stateDir: ${join(folder, "state")}
runDir: ${join(folder, "run")}
`,
    0o640,
  );
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Waits until somebody accepts on a Unix socket. */
async function answers(path: string): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => {
        socket.destroy();
        resolve(true);
      }).on("error", () => resolve(false));
    });
    if (accepted) return;
    await pause(50);
  }
  throw new Error(`nothing answers at ${path}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === "object" && bound !== null ? bound.port : 0));
    });
  });
}
