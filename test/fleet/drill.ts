import { setTimeout as pause } from "node:timers/promises";
import { CodedError } from "../../src/errors.ts";
import { eventually } from "./bus-cluster.ts";
import { type FleetServer, FleetStage } from "./fleet-stage.ts";
import { HubProcess } from "./hub-process.ts";

/*
 * drill.ts [orders] [servers] [seed]: orders on simulated servers while hubs, bus servers and agents are killed or hang. At the
 * end every wish must be one paid order, and every certificate must be served. Exits 0 only then.
 */

const [orders = 40, serverCount = 4, seed = 1] = process.argv.slice(2).map(Number);
const patience = 600_000;

/** Always the same for one seed (mulberry32). */
function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = createRandom(seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

async function main(): Promise<boolean> {
  const hubs: HubProcess[] = [];
  const stage = await FleetStage.open({
    hubs: 0,
    intakePorts: () => hubs.map(({ webhookPort }) => webhookPort),
  });
  const begun = performance.now();
  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1);
  try {
    for (const name of ["hub1", "hub2"]) hubs.push(await HubProcess.start(name, stage.cluster));
    for (const hub of hubs) await eventually(`${hub.name} takes webhooks`, () => hub.isReady());
    for (let count = 1; count <= serverCount; count += 1)
      await stage.addServer(`web${count}`, `web${count}.test`);
    console.log(`${orders} orders on ${serverCount} servers, two hubs, three bus servers, seed ${seed}`);
    const done = { yes: false };
    const strikes = strike(stage, hubs, done, seconds);
    const wishes = Array.from({ length: orders }, (_unused, index) => ({
      server: stage.servers[index % stage.servers.length] as FleetServer,
      domain: `d${index}.test`,
    }));
    const references = await Promise.all(wishes.map(({ server, domain }) => wish(stage, server, domain)));
    console.log(`${seconds()} s: all orders are written down`);
    const end = performance.now() + patience;
    let open = references.length;
    while (open > 0 && performance.now() < end) {
      await pause(1_000);
      open = wishes.filter(
        ({ server }, index) =>
          server.agent.context.store.requests.get(references[index] ?? "")?.state !== "installed",
      ).length;
    }
    done.yes = true;
    const struck = await strikes;
    const placed = stage.namesOrdered();
    const twice = new Set(placed.filter((name, index) => placed.indexOf(name) !== index));
    console.log(`${seconds()} s: ${references.length - open} of ${references.length} installed and served`);
    console.log(`orders at the CA: ${placed.length}; names ordered twice: ${twice.size}`);
    console.log(`strikes: ${JSON.stringify(struck)}`);
    return open === 0 && twice.size === 0 && placed.length === references.length;
  } finally {
    for (const hub of hubs) await hub.kill();
    await stage.close();
  }
}

/** Orders like a person who tries again when told that nothing was sent. */
async function wish(stage: FleetStage, server: FleetServer, domain: string): Promise<string> {
  stage.addDomain(server.panel, domain);
  for (;;) {
    await pause(random() * 20_000);
    try {
      return await stage.order(server, domain);
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      if (thrown.code === "already-ordered") return thrown.detail;
      if (!["bus-unreachable", "ca-unreachable"].includes(thrown.code)) throw thrown;
    }
  }
}

/** Hits something every few seconds, and sets it right again. */
async function strike(
  stage: FleetStage,
  hubs: readonly HubProcess[],
  done: { readonly yes: boolean },
  seconds: () => string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const end = performance.now() + 90_000;
  while (!done.yes && performance.now() < end) {
    await pause(2_000 + random() * 3_000);
    const kind = pick(["kill hub", "kill bus server", "hang bus server", "lose streams"]);
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (kind === "kill hub") {
      const hub = pick(hubs);
      console.log(`${seconds()} s: kill -9 ${hub.name}`);
      await hub.kill();
      await pause(2_000);
      await hub.start();
    } else if (kind === "kill bus server") {
      const { name } = pick(stage.cluster.nodes);
      console.log(`${seconds()} s: kill -9 ${name}`);
      await stage.cluster.killNode(name);
      await pause(2_000);
      stage.cluster.startNode(name);
    } else if (kind === "hang bus server") {
      const { name } = pick(stage.cluster.nodes);
      console.log(`${seconds()} s: ${name} hangs`);
      stage.cluster.signalNode(name, "SIGSTOP");
      await pause(4_000);
      stage.cluster.signalNode(name, "SIGCONT");
    } else {
      console.log(`${seconds()} s: both streams are deleted`);
      await stage.loseStreams().catch(() => undefined);
    }
  }
  return counts;
}

main().then(
  (held) => {
    console.log(held ? "None lost, none twice." : "THE DRILL FAILED.");
    process.exitCode = held ? 0 : 1;
  },
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exitCode = 1;
  },
);
