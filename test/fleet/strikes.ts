import { setTimeout as pause } from "node:timers/promises";
import type { DrillFleet } from "./drill-fleet.ts";

/** Always the same for one seed (mulberry32). */
export function createRandom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** With more broken at a time nothing moves at all, and nothing is tried. */
const mostAtOnce = 3;
/** Two of three are no majority: that happens as well, but not all the time. */
const mostBusServers = 1;

interface Strike {
  /** What is hit; nothing else may be done to it meanwhile. */
  readonly target: string;
  readonly kind: string;
  hit(): Promise<void> | void;
  /** Sets it right again after so many milliseconds. */
  readonly lasts: number;
  mend(): Promise<void> | void;
}

/** Hits machines and processes of the fleet, now one, now several at a time, and mends each after a while. */
export class Strikes {
  readonly counts: Record<string, number> = {};
  private readonly fleet: DrillFleet;
  private readonly random: () => number;
  private readonly say: (line: string) => void;
  private readonly held = new Set<string>();
  private readonly mending = new Set<Promise<void>>();

  constructor(fleet: DrillFleet, random: () => number, say: (line: string) => void) {
    this.fleet = fleet;
    this.random = random;
    this.say = say;
  }

  /** Goes on until told, then waits until everything is mended. */
  async run(over: () => boolean): Promise<void> {
    while (!over()) {
      await pause(1_500 + this.random() * 3_000);
      if (!over() && this.held.size < mostAtOnce) await this.strike(this.choose());
    }
    await Promise.all(this.mending);
  }

  private async strike(strike: Strike): Promise<void> {
    this.held.add(strike.target);
    this.counts[strike.kind] = (this.counts[strike.kind] ?? 0) + 1;
    this.say(`${strike.kind}: ${strike.target}`);
    await strike.hit();
    const mended = pause(strike.lasts).then(async () => {
      await strike.mend();
      this.held.delete(strike.target);
      this.mending.delete(mended);
    });
    this.mending.add(mended);
  }

  /** One of the kinds that there were fewest of, so that a short run has them all. */
  private choose(): Strike {
    const busy = [...this.held].filter((target) => target.startsWith("bus")).length;
    const kinds = this.kinds().filter(
      ({ target }) => !this.held.has(target) && !(target.startsWith("bus") && busy >= mostBusServers),
    );
    const fewest = Math.min(...kinds.map(({ kind }) => this.counts[kind] ?? 0));
    return this.pick(kinds.filter(({ kind }) => (this.counts[kind] ?? 0) === fewest));
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  private kinds(): Strike[] {
    const { network, stage, hubs, servers, groups } = this.fleet;
    const hub = this.pick(hubs);
    const { name: bus } = this.pick(stage.cluster.nodes);
    const others = stage.cluster.nodes.map(({ name }) => name).filter((name) => name !== bus);
    const group = this.pick(groups);
    const server = this.pick(servers);
    const long = 5_000 + this.random() * 20_000;
    const nothing = (): void => undefined;
    const pulled = (target: string, kind: string): Strike => ({
      target,
      kind,
      hit: () => network.unplug(target),
      lasts: long,
      mend: () => network.plug(target),
    });
    return [
      {
        target: hub.name,
        kind: "kill -9 of a hub",
        hit: () => hub.kill(),
        lasts: 3_000,
        mend: () => hub.start(),
      },
      {
        target: hub.name,
        kind: "kill -9 of a gateway",
        hit: () => hub.kill("gateway"),
        lasts: 2_000,
        mend: () => hub.start(),
      },
      {
        target: bus,
        kind: "kill -9 of a bus server",
        hit: () => stage.cluster.killNode(bus),
        lasts: 4_000,
        mend: () => stage.cluster.startNode(bus),
      },
      {
        target: bus,
        kind: "bus server hangs",
        hit: () => stage.cluster.signalNode(bus, "SIGSTOP"),
        lasts: 6_000,
        mend: () => stage.cluster.signalNode(bus, "SIGCONT"),
      },
      pulled(bus, "cable of a bus server pulled"),
      {
        target: bus,
        kind: "bus server parted from its peers alone",
        hit: () => network.part(bus, others),
        lasts: long,
        mend: () => network.join(bus),
      },
      pulled(hub.name, "cable of a hub pulled"),
      {
        target: hub.name,
        kind: "hub parted from the bus alone",
        hit: () => network.part(hub.name, [bus, ...others]),
        lasts: long,
        mend: () => network.join(hub.name),
      },
      pulled(group, "cable of a group of servers pulled"),
      {
        target: server.joined.node,
        kind: "kill -9 of a server's agent",
        hit: () => server.kill(),
        lasts: 500,
        mend: () => server.start(),
      },
      {
        target: "streams",
        kind: "both streams deleted",
        hit: () => this.fleet.loseStreams(),
        lasts: 20_000,
        mend: nothing,
      },
    ];
  }
}
