import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { CrashPoint } from "../../src/crash-point.ts";
import { readPlacements } from "../labs/common/placements.ts";
import { type CrashResult, type Death, type DeathPlace, judgeDeath } from "./crash-death.ts";
import { Customer } from "./customer.ts";
import {
  acknowledgedIsStored,
  installedOnce,
  keysAreSealed,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servesTheOrder,
} from "./invariants.ts";
import { PanelWorld } from "./panel-world.ts";
import type { ProcessLife } from "./process-life.ts";
import { look, ServedWatch } from "./watch-served.ts";

type PleskDeath = Death & { readonly inside: CrashPoint };

export const pleskDeaths: readonly PleskDeath[] = [
  { id: "X-22", what: "on record, web server not restarted", inside: "X-22" },
];

export const pleskProblem = existsSync("/usr/bin/php-cgi") ? null : "needs php-cgi";

/** Each death has a website of its own. */
export const pleskSites = 10;
const patience = 90_000;

/** Websites of one Plesk account, each of which gets its first certificate through a death. */
export class CrashPlesk implements DeathPlace<PleskDeath> {
  private readonly world: PanelWorld;
  private readonly sites: Iterator<string>;

  private constructor(world: PanelWorld, sites: readonly string[]) {
    this.world = world;
    this.sites = sites.values();
  }

  static async open(): Promise<CrashPlesk> {
    const sites = Array.from({ length: pleskSites }, (_, index) => `site${index + 1}.test`);
    const world = await PanelWorld.open("plesk", sites);
    await using opened = new AsyncDisposableStack();
    opened.defer(() => world.close());
    if ((await world.agent.ready) === null) throw new Error(`it does not start: ${world.agent.words}`);
    await world.agent.stop();
    opened.move();
    return new CrashPlesk(world, sites);
  }

  async die({ id, inside }: PleskDeath): Promise<CrashResult> {
    const { world } = this;
    const { ca } = world;
    const { address, httpsPort } = world.server;
    const site = String(this.sites.next().value);
    const customer = new Customer((...args) => world.call(...args), site);
    const watch = new ServedWatch(address, httpsPort, site, ca.rootPem, 40);
    const deliveriesBefore = ca.deliveries.length;
    const breaches: string[] = [];
    try {
      const first = world.start({ name: inside, times: 1 });
      if ((await first.ready) === null) breaches.push(`it does not start: ${first.words}`);
      void keepWanting(customer, first);
      breaches.push(...(await judgeDeath(first, { id, inside, patience })));
      const second = world.start();
      const resumedAfter = (await second.ready) ?? Number.POSITIVE_INFINITY;
      if (resumedAfter === Number.POSITIVE_INFINITY)
        breaches.push(`it does not start again: ${second.words}`);
      else breaches.push(...(await untilInstalled(customer)));
      await ca.idle();
      await second.stop();
      await watch.stop();
      const now = await look(address, httpsPort, site, ca.rootPem);
      const issued = world.issuedFor(site);
      breaches.push(
        ...servesTheOrder(now, issued.at(-1) ?? null),
        ...neverWithoutACertificate(watch.looks, issued, { returns: false }),
        ...installedOnce(readPlacements(world.server.rootDir), issued),
        ...acknowledgedIsStored(world.stateDir, ca.deliveries.slice(deliveriesBefore)),
        ...orderedOnce(ca, site),
        ...keysAreSealed(world.stateDir),
        ...nothingIsForgotten(world.stateDir),
      );
      return { breaches, resumedAfter, handshakes: watch.looks.length };
    } catch (thrown) {
      breaches.push(`the run itself failed: ${String(thrown)}`);
      return { breaches, resumedAfter: 0, handshakes: watch.looks.length };
    } finally {
      await watch.stop();
      await world.agent.kill();
    }
  }

  async close(): Promise<void> {
    await this.world.close();
  }
}

/** Orders, and looks again and again as long as this life lasts. */
async function keepWanting(customer: Customer, life: ProcessLife): Promise<void> {
  let over = false;
  void life.ended.then(() => {
    over = true;
  });
  while (!over) {
    await customer.see();
    await pause(100);
  }
}

async function untilInstalled(customer: Customer): Promise<string[]> {
  const end = performance.now() + patience;
  let last = await customer.see();
  while (last?.state !== "installed") {
    if (performance.now() > end) return [`it does not come to its end: ${JSON.stringify(last)}`];
    await pause(50);
    last = await customer.see();
  }
  return [];
}
