import { cpSync, statSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { CodedError } from "../../src/errors.ts";
import { openKeyStore } from "../../src/keys/key-store.ts";
import { Capture } from "./capture.ts";
import { DrillFleet, type DrillServer } from "./drill-fleet.ts";
import { KeySearch } from "./key-search.ts";
import { createRandom, Strikes } from "./strikes.ts";

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
const [orders = 40, serverCount = 4, seed = 1] = positionals.map(Number);
/**
 * Milliseconds between two wishes on average, and how long the last may take. Faster, and all of it on one machine, the wishes
 * are only a queue for its processors: fewer things happen at a time, not more.
 */
const pace = 1_000;
const patience = 480_000;

interface Wish {
  readonly server: DrillServer;
  readonly domain: string;
}

/** What the drill saw. */
interface Findings {
  readonly seconds: number;
  readonly served: number;
  readonly ordered: number;
  readonly orderedTwice: number;
  readonly installedTwice: number;
  readonly captured: { messages: number; bytes: number };
  readonly stored: number;
  readonly keys: number;
  readonly keyBytes: number;
  readonly calls: number;
  /** Wishes that were refused, with the code that was said. */
  readonly refused: readonly string[];
  readonly strikes: Readonly<Record<string, number>>;
  /** How far the world that everything stands in was itself busy: the share of its time, and the longest that it answered nobody. */
  readonly world: { readonly busy: number; readonly longestMs: number };
}

const begun = performance.now();
const turns = monitorEventLoopDelay({ resolution: 20 });
turns.enable();
function say(line: string): void {
  console.log(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
}

async function main(): Promise<boolean> {
  const random = createRandom(seed);
  const fleet = await DrillFleet.open(serverCount);
  const { stage } = fleet;
  try {
    const heard: Buffer[] = [];
    const capture = await Capture.open(stage.cluster, (message) => heard.push(message));
    say(`${orders} orders on ${serverCount} servers, two hubs, three bus servers, seed ${seed}`);
    const strikes = new Strikes(fleet, random, say);
    let over = false;
    const striking = strikes.run(() => over);
    const wishes = Array.from({ length: orders }, (_unused, index): Wish => {
      const server = fleet.servers[index % fleet.servers.length] as DrillServer;
      const domain = `d${index}.test`;
      stage.addDomain(server.joined.panel, domain);
      return { server, domain };
    });
    const refused: string[] = [];
    const placing = Promise.all(wishes.map((wish) => place(wish, random() * orders * pace)));
    const all = placing.then((refusals) => {
      refused.push(...refusals.filter((refusal) => refusal !== null));
      over = true;
      say("all orders are at the CA; nothing new is hit");
    });
    const open = new Set(wishes);
    const served = await Promise.all([all, untilServed(fleet, open, () => over)]).then(
      () => wishes.length - open.size,
    );
    await striking;
    say(`${served} of ${orders} websites are served`);
    // Whatever is on its way a second time has arrived by then.
    await pause(20_000);
    await capture.close();
    const pems = (await Promise.all(fleet.servers.map(readKeys))).flat();
    const search = new KeySearch(pems);
    const files = stage.cluster.nodes.map(({ storeDir }) => search.countInFiles(storeDir));
    const ordered = stage.namesOrdered();
    const findings: Findings = {
      seconds: Math.round((performance.now() - begun) / 1_000),
      served,
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
      keyBytes: search.count(Buffer.concat(heard)) + files.reduce((sum, { found }) => sum + found, 0),
      calls: stage.ca.requests.length,
      refused,
      strikes: strikes.counts,
      world: { busy: performance.eventLoopUtilization().utilization, longestMs: turns.max / 1e6 },
    };
    for (const line of Object.values(describe(findings))) console.log(line);
    for (const [kind, count] of Object.entries(strikes.counts)) {
      console.log(`${String(count).padStart(4)} × ${kind}`);
    }
    for (const { domain, server } of wishes) {
      if (ordered.filter((name) => name === domain).length < 2) continue;
      for (const { reference, id, state, timeline } of await server.listFor(domain)) {
        say(`twice: ${domain} ${server.joined.node} ${reference} ${id} ${state} ${JSON.stringify(timeline)}`);
      }
    }
    for (const { domain, server } of open) say(`not served: ${domain} on ${server.joined.node}`);
    const held =
      open.size === 0 &&
      refused.length === 0 &&
      findings.ordered === orders &&
      findings.orderedTwice === 0 &&
      findings.installedTwice === 0 &&
      pems.length >= orders &&
      findings.keyBytes === 0;
    if (values.report !== undefined) writeFileSync(values.report, report(findings, held));
    return held;
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

/**
 * Orders like a person who tries again when told that nothing was sent, or when nobody answers at all, looks at what became of
 * it, and orders anew when told that it never was placed. Returns what else was said; null once the CA has it.
 */
async function place({ server, domain }: Wish, wait: number): Promise<string | null> {
  await pause(wait);
  let reference: string | null = null;
  for (;;) {
    try {
      // Whoever got no answer looks whether it was ordered before ordering again.
      reference ??= (await server.listFor(domain)).find(({ state }) => state !== "failed")?.reference ?? null;
      reference ??= await server.order(domain);
      const { id, state, reason } = await server.show(reference);
      if (id !== null) return null;
      if (state === "failed") {
        reference = null;
        if (reason?.code !== "order-not-placed") return refusal(server, domain, `failed ${reason?.code}`);
      }
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      if (thrown.code === "already-ordered") reference = thrown.detail;
      else if (!triedAgain.includes(thrown.code)) return refusal(server, domain, thrown.code);
    }
    await pause(3_000);
  }
}

/** Nothing was sent, or nobody was there. */
const triedAgain: readonly string[] = ["bus-unreachable", "ca-unreachable", "agent-unreachable"];

function refusal({ joined }: DrillServer, domain: string, what: string): string {
  say(`refused: ${domain} on ${joined.node}: ${what}`);
  return `${domain}: ${what}`;
}

/** Looks at the websites until each shows a certificate that the CA made for it; what does not is left in the set. */
async function untilServed({ stage }: DrillFleet, open: Set<Wish>, placed: () => boolean): Promise<void> {
  let end = Number.POSITIVE_INFINITY;
  let told = performance.now();
  while (open.size > 0 && performance.now() < end) {
    await pause(3_000);
    if (placed() && end === Number.POSITIVE_INFINITY) end = performance.now() + patience;
    const { certificates } = stage.ca.describe() as { certificates: { serial: string; names: string[] }[] };
    const serials = new Map(certificates.map(({ serial, names }) => [names[0] ?? "", digits(serial)]));
    for (const wish of open) {
      const serial = serials.get(wish.domain);
      if (serial === undefined) continue;
      const shown = await wish.server.served(wish.domain);
      if (shown !== null && digits(shown) === serial) open.delete(wish);
    }
    if (performance.now() - told < 15_000) continue;
    told = performance.now();
    say(`${orders - open.size} of ${orders} are served`);
  }
}

/** A serial number without the zeros and colons that it may be written with. */
function digits(serial: string): string {
  return serial.replaceAll(":", "").replace(/^0+/, "").toUpperCase();
}

function countTwice(list: readonly string[]): number {
  return list.length - new Set(list).size;
}

async function readKeys({ joined }: DrillServer): Promise<string[]> {
  const store = await openKeyStore(joined.settings.stateDir);
  return Promise.all((await store.list()).map(async (id) => (await store.read(id)).reveal()));
}

function describe({ world, captured, ...found }: Findings): Record<string, string> {
  const busy = `${Math.round(world.busy * 100)} % of the time`;
  return {
    served: `${found.served} of ${orders} websites show the certificate that the CA made for them`,
    ordered: `${found.ordered} orders at the CA, ${found.orderedTwice} of them for a name that had one; ${found.refused.length} wishes refused`,
    installed: `${found.installedTwice} installations on a website that had its certificate`,
    bus: `${captured.messages} messages (${megabytes(captured.bytes)}) heard on the bus and ${megabytes(found.stored)} on its disks: something of ${found.keys} private keys ${found.keyBytes} times`,
    calls: `${found.calls} calls at the CA in ${found.seconds} s`,
    world: `the world outside was busy ${busy} and answered nobody for ${Math.round(world.longestMs)} ms at the most`,
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function report(findings: Findings, held: boolean): string {
  const { served, ordered, installed, bus, calls, world } = describe(findings);
  return `# A fleet under attack

\`scripts/fleet-drill ${orders} ${serverCount} ${seed}\`, ${new Date().toISOString().slice(0, 10)}: **${held ? "held" : "FAILED"}**.

Three bus servers, two hubs (each \`intake\` and \`gateway\`) and the agents of all ${serverCount} servers are processes of the compiled
program. Each bus server, each hub and each of the groups of servers is a machine of its own: a network namespace on one switch.
While orders come in, processes are killed with SIGKILL, cables are pulled, and packets between two sides are dropped; several
things are broken at a time. CA, name server and panels stand outside and stay: simulated panels with a real web server each, to
which an agent speaks over a socket as to the root side.

| Looked for outside | Found |
| --- | --- |
| Handshakes with every website | ${served} |
| The CA's books | ${ordered} |
| The panels' books | ${installed} |
| The bus, heard with a credential that may hear everything, and its servers' disks | ${bus} |

${calls}; the CA's own limit of calls an hour was lifted. An order came every ${pace / 1_000} s on average; ${world}.

| Done to it | Times |
| --- | --- |
${Object.entries(findings.strikes)
  .map(([kind, count]) => `| ${kind} | ${count} |`)
  .join("\n")}

Whoever listens is cut off as well at times; what it misses lies on the disks. Keys are looked for as bytes, in hexadecimal, in
base64 at each offset and by the lines of their files. Which moments are hit depends on the machine; the seed decides what is hit.
A short form is among the tests (\`test/fleet/drill.test.ts\`).
`;
}

main().then(
  (held) => {
    console.log(held ? "None lost, none twice." : "THE DRILL FAILED.");
    process.exit(held ? 0 : 1);
  },
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.stack : thrown);
    process.exit(1);
  },
);
