import { setTimeout as pause } from "node:timers/promises";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import type { CrashPoint } from "../../src/crash-point.ts";
import { FleetLives } from "../fleet/fleet-lives.ts";
import { type CrashResult, type Death, type DeathPlace, judgeDeath } from "./crash-death.ts";
import { Customer } from "./customer.ts";
import {
  acknowledgedHasArrived,
  keysAreSealed,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servesTheOrder,
} from "./invariants.ts";
import { issuedFor } from "./issued-for.ts";
import type { ProcessLife } from "./process-life.ts";
import { look, ServedWatch } from "./watch-served.ts";

const node = "web01";

type FleetDeath = Death & {
  readonly dies: "gateway" | "intake" | typeof node;
  /** Where inside that part; null: when the CA has taken the order and its answer is on the way. */
  readonly inside: CrashPoint | null;
  /** It gets there by itself, without an order. */
  readonly atStart?: boolean;
};

export const fleetDeaths: readonly FleetDeath[] = [
  { id: "X-04", what: "at the hub: webhook on the bus, not answered", dies: "intake", inside: "X-04" },
  { id: "X-32", what: "at the hub: order taken by the CA, reply lost", dies: "gateway", inside: null },
  {
    id: "X-33",
    what: "at the hub: reply to the order read, not written to the bus",
    dies: "gateway",
    inside: "X-33",
  },
  {
    id: "X-46",
    what: "at the hub: webhook sent on to its server, not acknowledged",
    dies: "gateway",
    inside: "X-46",
  },
  { id: "X-46", what: "on a server: wake-up stored, not acknowledged", dies: node, inside: "X-46" },
  {
    id: "X-47",
    what: "at the hub: order written to the bus, server not told",
    dies: "gateway",
    inside: "X-47",
  },
  {
    id: "X-48",
    what: "on a server: session renewed at the hub, not noted",
    dies: node,
    inside: "X-48",
    atStart: true,
  },
];

/**
 * How much faster than the real one the server's clock runs: whoever asked a hub that died waits for almost three minutes until
 * no answer can come any more, and then looks for itself.
 */
const factor = 10;
const patience = 120_000;

/** A fleet of one hub and one server as processes, on a real bus of three; its panel and the CA stay whatever dies. */
export class CrashFleet implements DeathPlace<FleetDeath> {
  private readonly fleet: FleetLives;
  private runs = 0;

  private constructor(fleet: FleetLives) {
    this.fleet = fleet;
  }

  static async open(): Promise<CrashFleet> {
    return new CrashFleet(await FleetLives.open([node], factor));
  }

  async die(death: FleetDeath): Promise<CrashResult> {
    const { fleet } = this;
    const { ca, local } = fleet.stage;
    const { panel, folder } = fleet.server(node).joined;
    const stateDir = fleet.stateDir(node);
    this.runs += 1;
    const domain = `run${this.runs}.test`;
    fleet.stage.addDomain(panel, domain);
    const deliveriesBefore = ca.deliveries.length;
    const breaches: string[] = [];
    const watch = new ServedWatch(local, panel.httpsPort, domain, ca.rootPem, 40);
    const customer = new Customer((...args) => fleet.call(node, ...args), domain);
    try {
      await this.dieAt(death, customer, breaches);
      const second = fleet.start(death.dies);
      const resumedAfter = (await second.ready) ?? Number.POSITIVE_INFINITY;
      if (resumedAfter === Number.POSITIVE_INFINITY)
        breaches.push(`it does not start again: ${second.words}`);
      else breaches.push(...(await this.finish(customer)));
      await ca.idle();
      await watch.stop();
      const now = await look(local, panel.httpsPort, domain, ca.rootPem);
      const issued = issuedFor(ca, domain);
      const installed = panel.calls.filter(
        ({ method, detail }) => method === "installCertificates" && detail.split(",").includes(domain),
      ).length;
      if (installed !== 1) breaches.push(`I5: ${domain} was installed ${installed} times`);
      breaches.push(
        ...servesTheOrder(now, issued.at(-1) ?? null),
        ...neverWithoutACertificate(watch.looks, issued, { returns: false }),
        ...orderedOnce(ca, domain),
        ...keysAreSealed(folder),
        // What is still on its way through the bus is not lost.
        ...(await settled(() => [
          ...acknowledgedHasArrived(stateDir, ca.deliveries.slice(deliveriesBefore)),
          ...nothingIsForgotten(stateDir),
        ])),
      );
      return { breaches, resumedAfter, handshakes: watch.looks.length };
    } catch (thrown) {
      breaches.push(`the run itself failed: ${String(thrown)}`);
      return { breaches, resumedAfter: 0, handshakes: watch.looks.length };
    } finally {
      await watch.stop();
      ca.clearFaults();
      await this.mend(death.dies);
    }
  }

  close(): Promise<void> {
    return this.fleet.close();
  }

  private async dieAt(
    { id, dies, inside, atStart }: FleetDeath,
    customer: Customer,
    breaches: string[],
  ): Promise<void> {
    await this.fleet.life(dies).stop();
    const life = this.fleet.start(dies, inside === null ? null : { name: inside, times: 1 });
    const ready = await life.ready;
    if (atStart !== true) {
      if (ready === null) {
        breaches.push(`it does not start: ${life.words}`);
        return;
      }
      void customer.see();
      if (inside === null) await this.atOrder(life);
    }
    breaches.push(...(await judgeDeath(life, { id, inside, patience })));
  }

  /** Kills it when the CA has the order and lets its answer drip. */
  private async atOrder(life: ProcessLife): Promise<void> {
    const match = { method: "POST", path: /\/requests$/ };
    const planned = this.fleet.stage.ca.fault({ kind: "slow-drip", everyMs: 50, match });
    const end = performance.now() + patience;
    while (planned.hits === 0 && performance.now() < end) await pause(2);
    await pause(25);
    planned.remove();
    await life.kill();
  }

  private async finish(customer: Customer): Promise<string[]> {
    const end = performance.now() + patience;
    let last: RequestReport | null = null;
    while (performance.now() < end) {
      last = (await customer.see()) ?? last;
      if (last?.state === "installed") return [];
      await pause(100);
    }
    return [`it does not come to its end: ${JSON.stringify(last ?? String(customer.trouble))}`];
  }

  /** Whatever became of a death, the next one finds everything running. */
  private async mend(part: string): Promise<void> {
    const { exitCode, signalCode } = this.fleet.life(part).child;
    if (exitCode !== null || signalCode !== null) await this.fleet.start(part).ready;
  }
}

/** What is wrong for longer than a while. */
async function settled(wrong: () => string[]): Promise<string[]> {
  const end = performance.now() + patience;
  for (;;) {
    const found = wrong();
    if (found.length === 0 || performance.now() > end) return found;
    await pause(200);
  }
}
