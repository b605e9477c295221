import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fingerprint, openssl } from "../openssl.ts";
import { command } from "../program.ts";
import { account } from "../servers/demo-server.ts";
import {
  type FleetDemoStage,
  type HubProcesses,
  openFleetDemoStage,
  type RunningServer,
} from "./fleet-demo-stage.ts";
import { showMove } from "./show-move.ts";

interface Report {
  readonly id: number;
  readonly reference: string;
  readonly state: string;
  readonly fingerprint: string | null;
  readonly timeline: readonly { at: string; kind: string; source: string; data: Record<string, unknown> }[];
}

const patience = 150_000;
/** The CA takes so long to announce: that is when hub and bus server are killed. */
const announceDelay = 4_000;
/** The parts of a time line that tell the story. */
const told = ["ordered", "dcv-published", "hint", "issued", "collected", "applied", "verified"];

/** Orders on three servers, kills a hub and a bus server in the middle, and proves by handshakes what came of it. */
export async function showFleet(once: boolean): Promise<number> {
  const stage = await openFleetDemoStage(say);
  try {
    const held = await showOrders(stage);
    if (!once) {
      say(`\nLogs are in ${stage.folder}. Ctrl-C ends it.`);
      await new Promise<void>((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
      });
    }
    return held ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function showOrders(stage: FleetDemoStage): Promise<boolean> {
  const story: { at: string; who: string; what: string }[] = [];
  const note = (who: string, what: string): void => {
    story.push({ at: new Date().toISOString(), who, what });
  };
  stage.ca.set({ webhook: { delayMs: announceDelay } });
  say("\nOrdering a certificate on each server …");
  const orders = await Promise.all(
    stage.servers.map(async (server) => ({ server, placed: await order(server) })),
  );
  const [victim, survivor] = stage.hubs;
  if (victim === undefined || survivor === undefined) throw new Error("it takes two hubs");
  await stage.killHub(victim);
  note(victim.name, "KILLED (kill -9, gateway and intake)");
  await stage.cluster.killNode("bus1");
  note("bus1", "KILLED (kill -9)");
  say("Killed hub1 (both roles) and bus1 with kill -9, before the CA has announced anything.");
  const done = await Promise.all(
    orders.map(async ({ server, placed }) => ({ server, report: await follow(server, placed.reference) })),
  );
  for (const { server, report } of done) {
    for (const { at, kind, data } of report.timeline) {
      if (!told.includes(kind)) continue;
      const facts = ["id", "status", "name", "names", "vhost", "source"].flatMap((key) =>
        data[key] === undefined ? [] : [`${key}=${String(data[key]).replaceAll("\n", ", ")}`],
      );
      story.push({ at, who: server.node, what: `${kind} ${facts.join(" ")}` });
    }
  }
  say("\nTime line (UTC)");
  for (const { at, who, what } of story.sort((a, b) => a.at.localeCompare(b.at))) {
    say(`  ${at.slice(11, 23)}  ${who.padEnd(6)} ${what}`);
  }
  let held = true;
  say("\nHandshake proof (openssl s_client), each server by itself");
  const roots = join(stage.folder, "issued-by.pem");
  writeFileSync(roots, stage.ca.rootPem);
  for (const { server, report } of done) held = (await prove(server, report, roots)) && held;
  const bought = stage.ca.requestsTo("POST", /\/requests$/).length;
  say(`\nOrders placed at the CA: ${bought}, for ${done.length} wishes`);
  held &&= bought === done.length;
  const overview = (await fleetStatus(survivor)).map(({ node, state }) => `${node} ${state}`).join(", ");
  say(`fleet status, from the hub that is left: ${overview}`);
  const moving = done.find(({ server }) => server.server.panel === "directadmin");
  if (moving !== undefined) held = (await showMove(stage, moving.report.reference, say)) && held;
  say(held ? "\nNothing was lost, nothing was done twice." : "\nTHE PROOF DOES NOT HOLD.");
  return held;
}

async function order({ domain, command }: RunningServer): Promise<Report> {
  return (await command(
    "order",
    ...["--account", account, "--name", domain, "--product", "EssentialSSL", "--years", "1", "--dcv", "dns"],
  )) as Report;
}

async function follow({ command }: RunningServer, reference: string): Promise<Report> {
  const end = Date.now() + patience;
  for (;;) {
    const report = (await command("request", "show", reference)) as Report;
    if (report.state === "installed" || Date.now() > end) return report;
    await pause(500);
  }
}

async function prove(
  { node, domain, server }: RunningServer,
  report: Report,
  roots: string,
): Promise<boolean> {
  const look = await openssl(
    ...["s_client", "-connect", `${server.address}:${server.httpsPort}`, "-servername", domain],
    ...["-verify_hostname", domain, "-CAfile", roots, "-no-CApath", "-no-CAstore", "-showcerts"],
  );
  const sent = look.match(/-----BEGIN CERTIFICATE-----/g)?.length ?? 0;
  const print = await fingerprint(look);
  const good =
    report.state === "installed" &&
    look.includes("Verify return code: 0 (ok)") &&
    sent >= 2 &&
    print === report.fingerprint;
  say(`  ${node} (${server.panel}) ${domain}: ${report.state}, request ${report.id}`);
  say(`    ${print}, chain of ${sent}: ${good ? "as issued" : "NOT AS ISSUED"}`);
  return good;
}

/** The bus may still be choosing who leads what the killed one led. */
async function fleetStatus({
  gatewayConfig,
}: HubProcesses): Promise<readonly { node: string; state: string }[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const overview = (await command(gatewayConfig, "fleet", "status")) as {
        servers: { node: string; state: string }[];
      };
      return overview.servers;
    } catch (thrown) {
      if (attempt === 10) throw thrown;
      await pause(2_000);
    }
  }
}

function say(line: string): void {
  console.log(line);
}
