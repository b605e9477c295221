import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { DemoStage } from "../demo/demo-stage.ts";
import { account, type DemoServer } from "../demo/servers/demo-server.ts";
import { atMost, type Figure, plain } from "./aim.ts";
import type { BenchPanel } from "./bench-panels.ts";
import { installMany } from "./many.ts";
import { cpuMs, median, rssMb } from "./measure.ts";
import { order, orderBare, quiet, untilInstalled } from "./orders.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "bare-install.sh");
const manySites = 100;
/** The script looks until it sees what it installed. */
const barePatience = 60_000;

interface Subject<Server extends DemoServer> {
  readonly panel: BenchPanel<Server>;
  readonly stage: DemoStage<Server>;
}

/** After this long without an installation the next one does not have to wait. */
const rowOver = 61_000;

/** From the CA's webhook to the handshake: processor time, wall time beside curl and openssl, and reloads for many at once. */
export async function benchInstall<Server extends DemoServer>(
  panel: BenchPanel<Server>,
  stage: DemoStage<Server>,
  turns: number,
): Promise<Figure[]> {
  const { ca } = stage;
  const subject = { panel, stage };
  const webhook = ca.switches.webhook.url;
  ca.set({ preValidated: ["test"], issueDelayMs: null });
  const [ours, bare, cpu]: [number[], number[], number[]] = [[], [], []];
  for (let turn = -1; turn < turns; turn += 1) {
    // The web server is left alone for a while after two batches in a row; what that is good for is measured with many.
    if (turn > 0 && turn % 2 === 1) await pause(rowOver);
    const one = await installOnce(subject, `ours-${turn + 1}.test`);
    ca.set({ webhook: { url: null } });
    const other = await installBare(subject, `bare-${turn + 1}.test`);
    ca.set({ webhook: { url: webhook } });
    // The first turn warms up.
    if (turn < 0) continue;
    ours.push(one.wall);
    cpu.push(one.cpu);
    bare.push(other);
  }
  const many = await installMany(
    panel,
    stage,
    Array.from({ length: manySites }, (_, index) => `many-${index}.test`),
  );
  return [
    plain("webhook to verified, the agent", median(ours), " ms"),
    plain("the same calls with curl and openssl", median(bare), " ms"),
    atMost("agent : curl and openssl", median(ours) / median(bare), 1.5, ""),
    atMost("own processor time per installation, one at a time", median(cpu), 150, " ms"),
    atMost(`own processor time per installation, ${manySites} at once`, many.cpu / manySites, 150, " ms"),
    atMost(`reloads for ${manySites} installations on one account`, many.reloads, 5, ""),
    plain(`${manySites} webhooks to ${manySites} verified`, many.wall / 1000, " s"),
    plain("resident memory of the agent afterwards", rssMb(stage.pids[0] ?? 0), " MB"),
  ];
}

async function installOnce<Server extends DemoServer>(
  { panel, stage }: Subject<Server>,
  name: string,
): Promise<{ wall: number; cpu: number }> {
  await panel.addSites(stage.server, [name]);
  const { reference, id } = await order(stage, name);
  await quiet(stage);
  const before = cpuMs(stage.pids);
  stage.ca.issue(id ?? 0);
  const done = await untilInstalled(stage, reference);
  await quiet(stage);
  // The clocks are the same machine's: when the CA called, and when the last handshake was judged.
  const call = stage.ca.deliveries.findLast(({ call: { RequestId } }) => RequestId === id);
  const verified = done.timeline.findLast(({ kind }) => kind === "verified");
  return {
    wall: Date.parse(verified?.at ?? "") - (call?.at.getTime() ?? Number.NaN),
    cpu: cpuMs(stage.pids) - before,
  };
}

async function installBare<Server extends DemoServer>(
  { panel, stage }: Subject<Server>,
  name: string,
): Promise<number> {
  const { ca, server, folder } = stage;
  await panel.addSites(server, [name]);
  const work = join(folder, name);
  mkdirSync(work);
  const id = await orderBare(stage, name, work);
  const certificate = ca.issue(id);
  const place = (file: string, text: string): string => {
    writeFileSync(join(work, file), text);
    return join(work, file);
  };
  const environment = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    CA_URL: ca.url,
    CA_LOGIN: `${ca.credentials.userName}:${ca.credentials.password}`,
    CA_ROOT: place("ca-root.pem", ca.tlsRootPem),
    ID: String(id),
    KEY: join(work, "key.pem"),
    DOMAIN: name,
    ACCOUNT: account,
    ...panelAddress(server, place("panel-root.pem", server.trustPem)),
    INSTALL: join(import.meta.dirname, panel.script),
    ...panel.environment(server, work),
    HTTPS: `${server.address}:${server.httpsPort}`,
    ROOTS: place("roots.pem", ca.rootPem),
    WORK: work,
  };
  const start = performance.now();
  const { stdout } = await run(script, [], { env: environment, timeout: barePatience });
  const wall = performance.now() - start;
  const served = stdout
    .trim()
    .split("\n")
    .map((line) => line.split("=")[1] ?? "");
  const wanted = new X509Certificate(certificate.issued.pem).fingerprint256;
  if (served.length !== 2 || served.some((print) => print !== wanted))
    throw new Error("the script did not install");
  return wall;
}

/** Where the panel's API is, for panels that are asked over the network. */
function panelAddress({ apiUrl, address }: DemoServer, trust: string): Readonly<Record<string, string>> {
  if (apiUrl === null) return {};
  const { host, hostname, port } = new URL(apiUrl);
  return {
    PANEL_URL: `https://${host}`,
    PANEL_ROOT: trust,
    PANEL_ADDRESS: `${hostname}:${port}:${address}`,
  };
}
