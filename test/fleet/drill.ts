import { cpSync, statSync, writeFileSync } from "node:fs";
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
/** Milliseconds between two wishes on average, and how long the last may take. */
const pace = 350;
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
  readonly strikes: Readonly<Record<string, number>>;
}

const begun = performance.now();
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
    const placing = Promise.all(wishes.map((wish) => place(wish, random() * orders * pace)));
    const all = placing.then(() => {
      over = true;
      say("all orders are written down; nothing new is hit");
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
      strikes: strikes.counts,
    };
    for (const line of describe(findings)) console.log(line);
    for (const { domain, server } of open) say(`not served: ${domain} on ${server.joined.node}`);
    const held =
      open.size === 0 &&
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

/** Orders like a person who tries again when told that nothing was sent, or when nobody answers at all. */
async function place({ server, domain }: Wish, wait: number): Promise<void> {
  await pause(wait);
  for (;;) {
    try {
      await server.order(domain);
      return;
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      if (thrown.code === "already-ordered") return;
      if (!["bus-unreachable", "ca-unreachable", "agent-unreachable"].includes(thrown.code)) throw thrown;
    }
    await pause(3_000);
  }
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

function describe(findings: Findings): string[] {
  return [
    `${findings.served} of ${orders} websites show the certificate that the CA made for them`,
    `${findings.ordered} orders at the CA, ${findings.orderedTwice} of them for a name that had one`,
    `${findings.installedTwice} installations on a website that had its certificate`,
    `${findings.calls} calls at the CA in ${findings.seconds} s`,
    `${findings.captured.messages} messages (${megabytes(findings.captured.bytes)}) heard on the bus and ${megabytes(findings.stored)} on its disks: something of ${findings.keys} private keys ${findings.keyBytes} times`,
    ...Object.entries(findings.strikes).map(([kind, count]) => `${String(count).padStart(4)} × ${kind}`),
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function report(findings: Findings, held: boolean): string {
  const [first, second, third, fourth, fifth, ...strikes] = describe(findings);
  return `# A fleet under attack

\`scripts/fleet-drill ${orders} ${serverCount} ${seed}\`, ${new Date().toISOString().slice(0, 10)}: **${held ? "held" : "FAILED"}**.

Three bus servers, two hubs (each \`intake\` and \`gateway\`) and the agents of all ${serverCount} servers are processes of the compiled
program. Each bus server, each hub and each of the groups of servers is a machine of its own: a network namespace on one switch.
While orders come in, processes are killed with SIGKILL, cables are pulled, and packets between two sides are dropped; several
things are broken at a time. CA, name server and panels stand outside and stay: simulated panels with a real web server each, to
which an agent speaks over a socket as to the root side.

| Looked for outside | Found |
| --- | --- |
| Handshakes with every website | ${first} |
| The CA's books | ${second} |
| The panels' books | ${third} |
| The bus, heard with a credential that may hear everything, and its servers' disks | ${fifth} |

${fourth}; the CA's own limit of calls an hour was lifted.

| Done to it | Times |
| --- | --- |
${strikes
  .map((line) => line.trim().split(" × "))
  .map(([count, kind]) => `| ${kind} | ${count} |`)
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
