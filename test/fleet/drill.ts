import { cpSync, statSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { Capture } from "./capture.ts";
import { DrillFleet, type DrillServer } from "./drill-fleet.ts";
import { type DrillPlan, describe, type Findings, held, report } from "./drill-report.ts";
import { KeySearch } from "./key-search.ts";
import { createRandom, Strikes } from "./strikes.ts";
import { untilStill } from "./until-still.ts";
import { Wishes } from "./wishes.ts";

/*
 * drill.ts [orders] [servers] [seed] [--report FILE] [--logs FOLDER]: orders on a fleet of processes on machines of their own while hubs, bus
 * servers and agents are killed and cables are pulled. What came of it is looked for outside: in the CA's books, at the websites
 * and in the panels. Exits 0 only if every wish is one order and its certificate is served. Run in a world of its own
 * (network.ts).
 */

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { report: { type: "string" }, logs: { type: "string" } },
});
const [orders = 40, servers = 4, seed = 1] = positionals.map(Number);
/** Faster, and all of it on one machine, the wishes are only a queue for its processors: fewer things happen at a time, not more. */
const pace = 1_000;
/** Things are done to the fleet while orders come in, and for so long at least, that every kind of thing is done a few times. */
const leastStruck = 60_000;
/** Longer than an order is looked for that a hub wrote down and then died over (`place-once.ts`). */
const minutesAtOnce = 75;
/** Looked for in vain, an order is looked for once more before it counts as none, and then it is ordered anew. */
const mostMoves = 3;
/** Nothing that is under way by itself takes as long as this to get on: what is cut off is connected again, what was sent arrives. */
const still = 60_000;
const plan: DrillPlan = { orders, servers, seed, pace, minutesAtOnce };

const begun = performance.now();
const turns = monitorEventLoopDelay({ resolution: 20 });
turns.enable();
function say(line: string): void {
  console.log(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
}

async function main(): Promise<boolean> {
  const random = createRandom(seed);
  const fleet = await DrillFleet.open(servers);
  const { stage } = fleet;
  try {
    const heard: Buffer[] = [];
    const capture = await Capture.open(stage.cluster, (message) => heard.push(message));
    say(`${orders} orders on ${servers} servers, two hubs, three bus servers, seed ${seed}`);
    const strikes = new Strikes(fleet, random, say);
    let over = false;
    const striking = strikes.run(() => over);
    const wishes = new Wishes(fleet, orders, orders * pace, random, say);
    const moved: number[] = [];
    const drive = async (): Promise<void> => {
      await pause(Math.max(orders * pace, leastStruck));
      over = true;
      say(`${wishes.placed} orders are at the CA, ${wishes.served} are served; nothing new is hit`);
      await striking;
      while (!(await untilStill(() => wishes.placed + wishes.served, 2 * orders, still))) {
        if (moved.length === mostMoves) break;
        moved.push(wishes.open.size);
        say(`${wishes.open.size} wait: it is ${minutesAtOnce} minutes later`);
        fleet.passTime(minutesAtOnce * 60_000);
      }
      wishes.end();
    };
    const telling = setInterval(() => say(`${wishes.served} of ${orders} are served`), 15_000);
    await Promise.all([wishes.run(), drive()]).finally(() => clearInterval(telling));
    say(`${wishes.served} of ${orders} websites are served`);
    // Whatever is on its way a second time has arrived by then.
    await pause(20_000);
    await capture.close();
    const pems = (await Promise.all(fleet.servers.map(readKeys))).flat();
    const search = new KeySearch(pems);
    const files = stage.cluster.nodes.map(({ storeDir }) => search.countInFiles(storeDir));
    const ordered = stage.namesOrdered();
    const findings: Findings = {
      seconds: Math.round((performance.now() - begun) / 1_000),
      served: wishes.served,
      ordered: ordered.length,
      orderedTwice: ordered.length - new Set(ordered).size,
      installedTwice: countTwice(
        fleet.servers.flatMap(({ joined: { panel } }) =>
          panel.calls.flatMap(({ method, detail }) =>
            method === "installCertificates" ? detail.split(",") : [],
          ),
        ),
      ),
      captured: { messages: capture.messages, bytes: capture.bytes },
      stored: files.reduce((sum, { bytes }) => sum + bytes, 0),
      keys: pems.length,
      keyBytes:
        heard.reduce((sum, message) => sum + search.count(message), 0) +
        files.reduce((sum, { found }) => sum + found, 0),
      calls: stage.ca.requests.length,
      refused: wishes.refused,
      strikes: strikes.counts,
      moved,
      world: { busy: performance.eventLoopUtilization().utilization, longestMs: turns.max / 1e6 },
    };
    for (const line of Object.values(describe(plan, findings))) console.log(line);
    for (const [kind, count] of Object.entries(strikes.counts)) {
      console.log(`${String(count).padStart(4)} × ${kind}`);
    }
    for (const { domain, server } of wishes.list) {
      if (ordered.filter((name) => name === domain).length < 2) continue;
      for (const { reference, id, state, timeline } of await server.listFor(domain)) {
        say(`twice: ${domain} ${server.joined.node} ${reference} ${id} ${state} ${JSON.stringify(timeline)}`);
      }
    }
    for (const { domain, server } of wishes.open) {
      say(`not served: ${domain} on ${server.joined.node}`);
      for (const { reference, id, state, reason, timeline } of await server.listFor(domain)) {
        say(`  ${reference} ${id} ${state} ${reason?.code} ${JSON.stringify(timeline)}`);
      }
    }
    if (values.report !== undefined) writeFileSync(values.report, report(plan, findings));
    return held(plan, findings);
  } finally {
    if (values.logs !== undefined)
      cpSync(stage.cluster.folder, values.logs, { recursive: true, filter: isLog });
    await fleet.close();
  }
}

/** Folders, and what processes wrote about themselves. */
function isLog(path: string): boolean {
  return /\/store(\/|$)/.test(path) ? false : statSync(path).isDirectory() || /log$/.test(path);
}

function countTwice(list: readonly string[]): number {
  return list.length - new Set(list).size;
}

async function readKeys({ joined }: DrillServer): Promise<string[]> {
  const store = await openKeyStore(joined.settings.stateDir);
  return Promise.all((await store.list()).map(async (id) => (await store.read(id)).reveal()));
}

main().then(
  (well) => {
    console.log(well ? "None lost, none twice." : "THE DRILL FAILED.");
    process.exit(well ? 0 : 1);
  },
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exit(1);
  },
);
