import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { Customer } from "./customer.ts";
import { keysAreSealed, nothingIsForgotten, orderedOnce, servesTheOrder } from "./invariants.ts";
import { PanelWorld } from "./panel-world.ts";
import { judge } from "./swaps.ts";
import { type Look, look } from "./watch-served.ts";

export interface KillResult {
  readonly kills: number;
  readonly acknowledged: number;
  readonly handshakes: number;
  readonly certificates: number;
  /** Milliseconds from each start until calls were taken. */
  readonly resumed: readonly number[];
  readonly breaches: readonly string[];
}

const senders = 4;
const patience = 180_000;

/**
 * Kills the agent at random moments while webhooks arrive without a pause, websites order and replace certificates, and
 * handshakes are made (spec reliability §5 row 2). After each restart what was acknowledged has to be there.
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
    await world.agent.stop();
    running = false;
    await watching;
    breaches.push(...keysAreSealed(world.stateDir), ...nothingIsForgotten(world.stateDir));
    for (const site of sites) {
      const seen = looks.get(site) ?? [];
      const issued = world.issuedFor(site);
      const { refused, older } = judge(seen, issued);
      if (older > 0) breaches.push(`I3: ${older} handshakes of ${site} showed an earlier certificate`);
      breaches.push(...refused.map((problem) => `I3: a handshake of ${site} failed: ${problem}`));
      const { address, httpsPort } = world.server;
      const now = await look(address, httpsPort, site, world.ca.rootPem);
      breaches.push(...servesTheOrder(now, issued.at(-1) ?? null), ...orderedOnce(world.ca, site));
    }
    return {
      kills,
      acknowledged: load.acknowledged,
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

/** Webhooks one after the other over several connections, each with a word of its own by which it is found again. */
class WebhookLoad {
  acknowledged = 0;
  private readonly world: PanelWorld;
  private sent = 0;
  private words: string[] = [];
  private lanes: Promise<void>[] = [];
  private running = false;

  constructor(world: PanelWorld) {
    this.world = world;
  }

  begin(): void {
    this.running = true;
    this.lanes = Array.from({ length: senders }, () => this.lane());
  }

  async end(): Promise<void> {
    this.running = false;
    await Promise.all(this.lanes);
    this.lanes = [];
  }

  /** What was acknowledged since it was last asked and is not in the store. */
  lost(): string[] {
    const db = new DatabaseSync(join(this.world.stateDir, "store.sqlite"), { readOnly: true });
    try {
      const find = db.prepare("SELECT count(*) AS n FROM hints WHERE state = ?");
      const lost = this.words.filter((word) => find.get(word)?.["n"] === 0);
      this.words = [];
      return lost.map((word) => `I1: acknowledged and not stored: ${word}`);
    } finally {
      db.close();
    }
  }

  private async lane(): Promise<void> {
    while (this.running) {
      this.sent += 1;
      const word = `W${this.sent}`;
      const url = `http://127.0.0.1:${this.world.port}/webhook?RequestId=${960_000_000 + (this.sent % 500)}&Status=Updated&State=${word}`;
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        if (answer.status === 200) {
          this.words.push(word);
          this.acknowledged += 1;
        }
        await answer.arrayBuffer();
      } catch {
        // Died before it answered, so nothing was promised.
        await pause(5);
      }
    }
  }
}
