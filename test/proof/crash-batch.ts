import { existsSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import type { CrashPoint } from "../../src/crash-point.ts";
import type { CpanelServer } from "../demo/servers/cpanel.ts";
import type { Fault } from "../labs/common/faults.ts";
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
import { look, ServedWatch } from "./watch-served.ts";

type BatchDeath = Death & ({ readonly inside: CrashPoint } | { readonly call: "hang" | "half" });

export const batchDeaths: readonly BatchDeath[] = [
  { id: "X-18", what: "panel call sent, nothing queued", call: "hang" },
  { id: "X-19", what: "in the panel's queue, nothing on record", inside: "X-19" },
  { id: "X-20", what: "queued, reply cut off", call: "half" },
  { id: "X-22", what: "on record, web server not restarted", inside: "X-22" },
];

export const batchProblem = existsSync("/usr/bin/perl") ? null : "needs perl";

/** More than go one by one (panels/cpanel/deferred-installs.ts), also when they come in two halves. */
const siteCount = 12;
/**
 * The batch waits ten seconds of the agent's clock for certificates that are still being collected, and the panel's queue is
 * worked off in real time: a clock that runs faster than this would leave neither the time that they have.
 */
const factor = 5;
const patience = 120_000;

/** Twelve websites of one cPanel account, whose certificates are all replaced at once in each run. */
export class CrashBatch implements DeathPlace<BatchDeath> {
  private readonly world: PanelWorld;
  private readonly sites: readonly string[];

  private constructor(world: PanelWorld, sites: readonly string[]) {
    this.world = world;
    this.sites = sites;
  }

  /** With a first certificate on each website, and no agent. */
  static async open(): Promise<CrashBatch> {
    const sites = Array.from({ length: siteCount }, (_, index) => `site${index + 1}.test`);
    const world = await PanelWorld.open("cpanel", sites, factor);
    await using opened = new AsyncDisposableStack();
    opened.defer(() => world.close());
    if ((await world.agent.ready) === null) throw new Error(`it does not start: ${world.agent.words}`);
    const customers = sites.map((site) => new Customer((...args) => world.call(...args), site));
    const end = performance.now() + patience;
    for (let left = customers; left.length > 0; ) {
      const seen = await Promise.all(left.map(async (one) => ({ one, request: await one.see() })));
      left = seen.flatMap(({ one, request }) => (request?.state === "installed" ? [] : [one]));
      if (performance.now() > end) throw new Error(`not installed at first: ${JSON.stringify(left)}`);
      await pause(200);
    }
    await world.agent.stop();
    opened.move();
    return new CrashBatch(world, sites);
  }

  async die(death: BatchDeath): Promise<CrashResult> {
    const { world, sites } = this;
    const { address, httpsPort } = world.server;
    const { ca } = world;
    const before = new Map(sites.map((site) => [site, world.issuedFor(site)]));
    const watches = sites.map((site) => new ServedWatch(address, httpsPort, site, ca.rootPem, 100));
    const breaches: string[] = [];
    try {
      await this.dieAt(death, before, breaches);
      const second = world.start();
      const resumedAfter = (await second.ready) ?? Number.POSITIVE_INFINITY;
      if (resumedAfter === Number.POSITIVE_INFINITY)
        breaches.push(`it does not start again: ${second.words}`);
      else breaches.push(...(await this.finish(before)));
      await ca.idle();
      await second.stop();
      await Promise.all(watches.map((watch) => watch.stop()));
      for (const [index, site] of sites.entries()) {
        const now = await look(address, httpsPort, site, ca.rootPem);
        const { looks } = watches[index] as ServedWatch;
        const issued = world.issuedFor(site);
        const wrong = [
          ...servesTheOrder(now, issued.at(-1) ?? null),
          ...neverWithoutACertificate(looks, issued, { returns: false }),
          // One for each that it had before: of those the first was an order, and one came now.
          ...orderedOnce(ca, site, before.get(site)?.length ?? 0),
        ];
        breaches.push(...wrong.map((one) => `${site}: ${one}`));
      }
      breaches.push(
        ...installedOnce(
          readPlacements(world.server.rootDir),
          sites.flatMap((site) => world.issuedFor(site)),
        ),
        ...acknowledgedIsStored(world.stateDir, ca.deliveries),
        ...keysAreSealed(world.stateDir),
        ...nothingIsForgotten(world.stateDir),
      );
      return { breaches, resumedAfter, handshakes: count(watches) };
    } catch (thrown) {
      breaches.push(`the run itself failed: ${String(thrown)}`);
      return { breaches, resumedAfter: 0, handshakes: count(watches) };
    } finally {
      await Promise.all(watches.map((watch) => watch.stop()));
      world.server.lab.clearFaults();
      await world.agent.kill();
    }
  }

  async close(): Promise<void> {
    await this.world.close();
  }

  /** Everything is replaced at once, until the agent dies of it. */
  private async dieAt(
    death: BatchDeath,
    before: ReadonlyMap<string, readonly string[]>,
    breaches: string[],
  ): Promise<void> {
    const { world } = this;
    const first = world.start("inside" in death ? { name: death.inside, times: 1 } : null);
    if ((await first.ready) === null) {
      breaches.push(`it does not start: ${first.words}`);
      return;
    }
    const killed = "call" in death ? this.atQueue(death.call).then(() => first.kill()) : null;
    void this.replace(before);
    const inside = "inside" in death ? death.inside : null;
    breaches.push(...(await judgeDeath(first, { id: death.id, inside, killed, patience })));
  }

  /** Resolves when the panel got the batch. */
  private async atQueue(kind: "hang" | "half"): Promise<void> {
    const { lab } = this.world.server as CpanelServer;
    const before = lab.calls.length;
    const fault: Fault = { kind, match: { path: /enqueue_deferred_ssl_installations/ } };
    lab.fault(fault);
    const end = performance.now() + patience;
    while (!lab.calls.slice(before).some(({ path }) => path.includes("enqueue_deferred"))) {
      if (performance.now() > end) throw new Error("nothing was put into the panel's queue");
      await pause(2);
    }
    lab.clearFaults();
  }

  /** Asks for another certificate where none is on its way yet. */
  private async replace(before: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const all = await this.requests().catch(() => []);
    await Promise.all(
      this.sites.map(async (site) => {
        const own = all.filter(({ names }) => names.includes(site));
        const current = own.find(({ fingerprint }) => fingerprint === before.get(site)?.at(-1));
        const followed = own.some(({ predecessor }) => predecessor === current?.reference);
        if (current === undefined || followed) return;
        await this.world.call("reissue", current.reference).catch(() => undefined);
      }),
    );
  }

  /** The second life goes on until every website has its next certificate. */
  private async finish(before: ReadonlyMap<string, readonly string[]>): Promise<string[]> {
    const { world, sites } = this;
    const end = performance.now() + patience;
    let all: RequestReport[] = [];
    while (performance.now() < end) {
      await this.replace(before);
      all = await this.requests();
      const left = sites.filter((site) => {
        const issued = world.issuedFor(site);
        const installed = all.some(
          ({ state, fingerprint }) => state === "installed" && fingerprint === issued.at(-1),
        );
        return issued.length === before.get(site)?.length || !installed;
      });
      if (left.length === 0) return [];
      await pause(100);
    }
    const states = all.map(({ names, state, reason }) => `${names[0]} ${state} ${reason?.code ?? ""}`);
    return [`it does not come to its end: ${states.join(", ")}`];
  }

  private async requests(): Promise<RequestReport[]> {
    const everything = { account: null, state: null, limit: 10_000 };
    return (await this.world.call("listRequests", everything)) as RequestReport[];
  }
}

function count(watches: readonly ServedWatch[]): number {
  return watches.reduce((sum, watch) => sum + watch.looks.length, 0);
}
