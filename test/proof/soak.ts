import { setTimeout as pause } from "node:timers/promises";
import type { FaultKind } from "../labs/ca/faults.ts";
import { readPlacements } from "../labs/common/placements.ts";
import { Customer } from "./customer.ts";
import {
  acknowledgedIsStored,
  installedOnce,
  keysAreSealed,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servedWithoutWebhooks,
  servesTheOrder,
} from "./invariants.ts";
import { type PanelName, PanelWorld } from "./panel-world.ts";
import { type Look, look } from "./watch-served.ts";

export interface SoakResult {
  readonly orders: number;
  /** How often each fault was put in, by what it is. */
  readonly faults: ReadonlyMap<string, number>;
  readonly verified: number;
  readonly handshakes: number;
  /** Seconds from the end of the last fault until nothing was left to do. */
  readonly settledAfter: number;
  /** Pieces of work that were still due, and such that nobody would have done any more. */
  readonly due: number;
  readonly parked: number;
  readonly breaches: readonly string[];
}

export interface SoakOptions {
  readonly panels: readonly PanelName[];
  /** Over all panels. */
  readonly orders: number;
  /** How long faults go on; orders come in during the first two thirds. */
  readonly seconds: number;
  /** The mean of the time between two faults on one server. */
  readonly faultEverySeconds: number;
  readonly random: () => number;
}

const patience = 15 * 60_000;
/**
 * Milliseconds from the issue to the handshake where no webhook is sent: five minutes between two sweeps of what is pending
 * (src/settings.ts), ten seconds by the clock of these agents, and as long again for the panel's queue and the web server.
 */
const bySweep = 20_000;
/** Milliseconds between two handshakes, which go round all websites of a panel. */
const lookEvery = 50;

/** Reads may be answered with anything; of an order's reply only what leaves it open whether it was taken. */
const caFaults: readonly FaultKind[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 503, retryAfter: 1 },
  { kind: "status", status: 429, retryAfter: 2 },
  { kind: "html" },
  { kind: "empty" },
  { kind: "garbage" },
  { kind: "half-body" },
  { kind: "short-content-length" },
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "slow-drip", everyMs: 20, bytes: 4 },
];
const caReadFaults: readonly FaultKind[] = [
  { kind: "wrong-id" },
  { kind: "other-order" },
  { kind: "wrong-types" },
  { kind: "error-inside-200" },
  { kind: "stale" },
  { kind: "status", status: 404 },
];
/** Where the panel is asked over HTTP. */
const overHttp: readonly object[] = [
  { kind: "status", status: 500 },
  { kind: "html" },
  { kind: "half" },
  { kind: "reset-before" },
  { kind: "reset-after" },
  { kind: "slow", ms: 1_000 },
];
/** Every panel's own; a lab ignores what its panel can't do wrong. */
const panelFaults: Readonly<Record<PanelName, readonly object[]>> = {
  directadmin: [...overHttp, { kind: "reloadFails", times: 1 }, { kind: "reloadDelayMs", ms: 800 }],
  cpanel: [...overHttp, { kind: "reloadDelayMs", ms: 800 }],
  plesk: [
    { kind: "slow", ms: 1_000 },
    { kind: "killed", done: false },
    { kind: "killed", done: true },
    { kind: "fails-after" },
    { kind: "exit", code: 1 },
    { kind: "reloadFails", times: 1 },
    { kind: "reloadDelayMs", ms: 800 },
  ],
};

/** Orders on all panels while something goes wrong every few seconds; then everything has to come right by itself. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const faults = new Map<string, number>();
  const share = Math.ceil(options.orders / options.panels.length);
  const results = await Promise.all(
    options.panels.map(async (name, index) => {
      const sites = Array.from(
        { length: Math.min(share, options.orders - index * share) },
        (_, site) => `${name}${site}.test`,
      );
      const world = await PanelWorld.open(name, sites);
      try {
        return await soakOne(world, sites, options, faults);
      } finally {
        await world.close();
      }
    }),
  );
  return {
    orders: options.orders,
    faults,
    verified: sum(results.map(({ verified }) => verified)),
    handshakes: sum(results.map(({ handshakes }) => handshakes)),
    due: sum(results.map(({ due }) => due)),
    parked: sum(results.map(({ parked }) => parked)),
    settledAfter: Math.max(...results.map(({ settledAfter }) => settledAfter)),
    breaches: results.flatMap(({ breaches }) => breaches),
  };
}

async function soakOne(
  world: PanelWorld,
  sites: readonly string[],
  { seconds, faultEverySeconds, random }: SoakOptions,
  faults: Map<string, number>,
): Promise<Omit<SoakResult, "orders" | "faults">> {
  const breaches: string[] = [];
  if ((await world.agent.ready) === null) throw new Error(`it does not start: ${world.agent.words}`);
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const customers = sites.map((site) => new Customer((...args) => world.call(...args), site));
  const arrivals = customers.map(() => begin + random() * seconds * 1_000 * (2 / 3)).sort((a, b) => a - b);
  let nextFault = begin + random() * faultEverySeconds * 1_000;
  let running = true;
  const watch = watchAll(world, sites);
  await using _watching = { [Symbol.asyncDispose]: () => watch.stop() };
  /** One customer after the other, so that an agent that is busy or gone is not asked by all at once. */
  const buying = (async () => {
    while (running) {
      for (const [index, customer] of customers.entries()) {
        if (!running || (arrivals[index] ?? 0) > performance.now()) break;
        await customer.see();
      }
      await pause(500);
    }
  })();
  while (performance.now() < end) {
    await pause(Math.max(0, Math.min(nextFault, end) - performance.now()));
    if (performance.now() >= end) break;
    nextFault += 2 * random() * faultEverySeconds * 1_000;
    const what = await goWrong(world, random, breaches);
    faults.set(what, (faults.get(what) ?? 0) + 1);
  }
  world.ca.clearFaults();
  world.server.lab.clearFaults();
  running = false;
  await buying;
  const over = performance.now();
  const left = await untilAllVerified(world, customers, over + patience);
  breaches.push(...left);
  await world.ca.idle();
  const { due, parked } = await untilNothingIsDue(world, over + patience);
  const settledAfter = (performance.now() - over) / 1_000;
  if (due > 0) breaches.push(`${world.name}: ${due} pieces of work are still due`);
  if (parked > 0) breaches.push(`${world.name}: ${parked} pieces of work are parked`);
  const replaced = left.length === 0 ? (customers[0] ?? null) : null;
  if (replaced !== null) breaches.push(...(await replaceWithoutWebhooks(world, replaced)));
  for (const customer of customers) {
    if (orderedOnce(world.ca, customer.domain, customer.asked).length === 0) continue;
    for (const request of await customer.requests())
      breaches.push(`one of several: ${JSON.stringify(request)}`);
  }
  await world.agent.stop();
  await watch.stop();
  const allIssued = sites.flatMap((site) => world.issuedFor(site));
  breaches.push(
    ...installedOnce(readPlacements(world.server.rootDir), allIssued),
    ...acknowledgedIsStored(world.stateDir, world.ca.deliveries),
    ...keysAreSealed(world.stateDir),
    ...nothingIsForgotten(world.stateDir),
  );
  let verified = 0;
  for (const [index, site] of sites.entries()) {
    const issued = world.issuedFor(site);
    const now = await look(world.server.address, world.server.httpsPort, site, world.ca.rootPem);
    const wrong = [
      ...servesTheOrder(now, issued.at(-1) ?? null),
      ...neverWithoutACertificate(watch.looks.get(site) ?? [], issued, { returns: false }),
      ...orderedOnce(world.ca, site, customers[index]?.asked ?? 0),
    ];
    if (wrong.length === 0) verified += 1;
    breaches.push(...wrong.map((one) => `${site}: ${one}`));
  }
  const handshakes = sum([...watch.looks.values()].map(({ length }) => length));
  return { verified, handshakes, settledAfter, due, parked, breaches };
}

/** Handshakes with one website after the other, for as long as it goes. */
function watchAll(
  { server, ca }: PanelWorld,
  sites: readonly string[],
): { readonly looks: ReadonlyMap<string, Look[]>; stop(): Promise<void> } {
  const looks = new Map<string, Look[]>(sites.map((site) => [site, []]));
  let running = true;
  const loop = (async () => {
    while (running) {
      for (const [site, seen] of looks) {
        if (!running) return;
        seen.push(await look(server.address, server.httpsPort, site, ca.rootPem));
        await pause(lookEvery);
      }
    }
  })();
  return {
    looks,
    stop() {
      running = false;
      return loop;
    },
  };
}

async function untilNothingIsDue(
  world: PanelWorld,
  end: number,
): Promise<{ readonly due: number; readonly parked: number }> {
  for (;;) {
    const { queue } = (await world.call("status")) as { queue: { due: number; parked: number } };
    if (queue.due === 0 || performance.now() > end) return queue;
    await pause(200);
  }
}

/** I2: the CA sends no webhook any more, and one certificate is replaced. */
async function replaceWithoutWebhooks(world: PanelWorld, customer: Customer): Promise<string[]> {
  const { ca, server, name } = world;
  ca.set({ webhook: { url: null } });
  const before = world.issuedFor(customer.domain).length;
  const current = await customer.see();
  if (current === null || !(await customer.reissue(current.reference)))
    return [`${name}: the reissue without webhooks was not taken: ${String(customer.trouble)}`];
  const end = performance.now() + 4 * bySweep;
  let issuedAt: Date | null = null;
  while (performance.now() < end) {
    const issued = world.issuedFor(customer.domain);
    if (issued.length > before) issuedAt ??= new Date();
    const now = await look(server.address, server.httpsPort, customer.domain, ca.rootPem);
    if (issuedAt !== null && now.fingerprint === issued.at(-1)) {
      const wrong = servedWithoutWebhooks(issuedAt, new Date(), bySweep);
      return [...wrong, ...(await untilAllVerified(world, [customer], performance.now() + bySweep))];
    }
    await pause(100);
  }
  return issuedAt === null
    ? [`${name}: without webhooks nothing was issued`]
    : servedWithoutWebhooks(issuedAt, null, bySweep);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** One thing goes wrong; says what. */
async function goWrong(world: PanelWorld, random: () => number, breaches: string[]): Promise<string> {
  const kind = random();
  if (kind < 0.15) {
    await world.agent.kill();
    const ready = await world.start().ready;
    if (ready === null) breaches.push(`${world.name}: it does not start again: ${world.agent.words}`);
    return "the agent is killed";
  }
  if (kind < 0.5) {
    const fault = pick(caFaults, random);
    world.ca.fault({ ...fault, times: 1 + Math.floor(random() * 4) });
    return `CA: ${words(fault)}`;
  }
  if (kind < 0.7) {
    const fault = pick(caReadFaults, random);
    world.ca.fault({ ...fault, match: { method: "GET" }, times: 1 + Math.floor(random() * 2) });
    return `CA, reading: ${words(fault)}`;
  }
  const fault = pick(panelFaults[world.name], random);
  // Delays stay until they are taken away, like a slow web server.
  if (random() < 0.5) world.server.lab.clearFaults();
  world.server.lab.fault(fault as never);
  return `${world.name}: ${words(fault)}`;
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

function words(fault: object): string {
  return Object.values(fault).join(" ");
}

async function untilAllVerified(
  world: PanelWorld,
  customers: readonly Customer[],
  end: number,
): Promise<string[]> {
  let left: unknown[] = [];
  while (performance.now() < end) {
    left = [];
    for (const customer of customers) {
      const request = await customer.see();
      const done =
        request?.state === "installed" && request.installations.every(({ state }) => state === "verified");
      if (!done) left.push(request ?? String(customer.trouble));
    }
    if (left.length === 0) return [];
    await pause(1_000);
  }
  return left.map((what) => `${world.name}: it does not come to its end: ${JSON.stringify(what)}`);
}
