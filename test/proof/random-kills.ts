import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readPlacements } from "../labs/common/placements.ts";
import { Customer } from "./customer.ts";
import {
  forgedLeftNothing,
  installedOnce,
  keysAreSealed,
  knownAgain,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servesTheOrder,
} from "./invariants.ts";
import { PanelWorld } from "./panel-world.ts";
import { type Look, look } from "./watch-served.ts";
import { WebhookLoad } from "./webhook-load.ts";

export interface KillResult {
  readonly kills: number;
  readonly acknowledged: number;
  /** Webhooks from an address that is not the CA's. */
  readonly forged: number;
  readonly handshakes: number;
  readonly certificates: number;
  /** Milliseconds from each start until calls were taken. */
  readonly resumed: readonly number[];
  readonly breaches: readonly string[];
}

const patience = 180_000;

/**
 * Kills the agent at random moments while webhooks arrive without a pause, websites order and replace certificates, and
 * handshakes are made (spec reliability §5 row 2). After each restart what was acknowledged has to be there; in the end the store
 * is deleted, and everything has to be known again with nothing ordered and nothing installed.
 */
export async function killAtRandom(kills: number, random: () => number): Promise<KillResult> {
  const sites = Array.from({ length: 6 }, (_, index) => `kill${index}.test`);
  const world = await PanelWorld.open("directadmin", sites);
  const customers = sites.map((site) => new Customer((...args) => world.call(...args), site));
  const breaches: string[] = [];
  const resumed: number[] = [];
  const looks = new Map<string, Look[]>(sites.map((site) => [site, []]));
  const load = new WebhookLoad(world);
  let running = true;
  const watching = Promise.all(
    sites.map(async (site) => {
      const { address, httpsPort } = world.server;
      while (running) {
        looks.get(site)?.push(await look(address, httpsPort, site, world.ca.rootPem));
        await pause(150);
      }
    }),
  );
  try {
    for (let life = 0; ; life += 1) {
      if (life > 0) world.start();
      const ready = await world.agent.ready;
      if (ready === null) {
        breaches.push(`life ${life}: it does not start: ${world.agent.words}`);
        break;
      }
      if (life > 0) resumed.push(ready);
      breaches.push(...load.lost().map((lost) => `life ${life}: ${lost}`));
      if (life === kills) break;
      const end = performance.now() + random() * 1_500;
      load.begin();
      while (performance.now() < end) {
        const customer = customers[Math.floor(random() * customers.length)] as Customer;
        const request = await customer.see();
        if (request?.state === "installed" && random() < 0.3) await customer.reissue(request.reference);
        await pause(random() * 50);
      }
      world.agent.child.kill("SIGKILL");
      await load.end();
      await world.agent.ended;
    }
    if (breaches.length === 0) breaches.push(...(await untilAllInstalled(customers)));
    await world.ca.idle();
    const reissues = await Promise.all(customers.map((customer) => customer.owed()));
    await world.agent.stop();
    breaches.push(
      ...keysAreSealed(world.stateDir),
      ...nothingIsForgotten(world.stateDir),
      ...forgedLeftNothing(world.stateDir, load.forged),
    );
    if (breaches.length === 0) breaches.push(...(await loseTheStore(world, customers)));
    running = false;
    await watching;
    const allIssued = sites.flatMap((site) => world.issuedFor(site));
    breaches.push(...installedOnce(readPlacements(world.server.rootDir), allIssued));
    for (const [index, site] of sites.entries()) {
      const issued = world.issuedFor(site);
      const { address, httpsPort } = world.server;
      const now = await look(address, httpsPort, site, world.ca.rootPem);
      const { asked = 0 } = customers[index] ?? {};
      const owed = reissues[index] ?? 0;
      const wrong = [
        ...neverWithoutACertificate(looks.get(site) ?? [], issued, { returns: false }),
        ...servesTheOrder(now, issued.at(-1) ?? null),
        ...orderedOnce(world.ca, site, owed),
        ...(owed > asked ? [`I5: ${owed} reissues were taken up, ${asked} wished for`] : []),
      ];
      breaches.push(...wrong.map((one) => `${site}: ${one}`));
    }
    return {
      kills,
      acknowledged: load.acknowledged,
      forged: load.forged.length,
      handshakes: [...looks.values()].reduce((sum, { length }) => sum + length, 0),
      certificates: sites.reduce((sum, site) => sum + world.issuedFor(site).length, 0),
      resumed,
      breaches,
    };
  } finally {
    running = false;
    await watching;
    await load.end();
    await world.close();
  }
}

async function untilAllInstalled(customers: readonly Customer[]): Promise<string[]> {
  const end = performance.now() + patience;
  let waiting: string[] = [];
  while (performance.now() < end) {
    const requests = await Promise.all(customers.map((customer) => customer.see()));
    waiting = requests.flatMap((request, index) =>
      request?.state === "installed" ? [] : [`${customers[index]?.domain}: ${JSON.stringify(request)}`],
    );
    if (waiting.length === 0) return [];
    await pause(200);
  }
  return waiting.map((what) => `it does not come to its end: ${what}`);
}

/** The store is deleted, and the next life has only keys, CA and panel to learn from. */
async function loseTheStore(world: PanelWorld, customers: readonly Customer[]): Promise<string[]> {
  for (const end of ["", "-wal", "-shm"]) rmSync(join(world.stateDir, `store.sqlite${end}`), { force: true });
  if ((await world.start().ready) === null) return [`I9: it does not start: ${world.agent.words}`];
  const expected = new Map(customers.map(({ domain }) => [domain, world.issuedFor(domain).at(-1) ?? null]));
  const end = performance.now() + patience;
  for (;;) {
    const known = (await Promise.all(customers.map((customer) => customer.requests()))).flat();
    const wrong = knownAgain(expected, known);
    if (wrong.length === 0 || performance.now() > end) {
      await world.agent.stop();
      return [...wrong, ...nothingIsForgotten(world.stateDir)];
    }
    await pause(200);
  }
}
