import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { type CaPriority, caPriorities } from "../model/ca-priority.ts";
import { chooseTurn, type Head } from "./turn-rules.ts";

interface Waiting extends Head {
  /** By the clock that never jumps: nobody waits for it any more after that. */
  readonly until: number;
  readonly start: () => void;
  readonly refuse: (error: CodedError) => void;
}

/** The servers' questions that need the CA, a few under way at a time; whose turn it is, `turn-rules.ts` says. */
export class FairQueue {
  private readonly places: number;
  private readonly clock: Clock;
  /** Of each server and priority, oldest first. */
  private readonly lines = new Map<string, Waiting[]>();
  private readonly active = Object.fromEntries(caPriorities.map((priority) => [priority, 0])) as Record<
    CaPriority,
    number
  >;
  private readonly lastTurn = new Map<string, number>();
  private begun = 0;
  private arrived = 0;
  private closed = false;

  constructor(places: number, clock: Clock) {
    this.places = places;
    this.clock = clock;
  }

  /** How many wait. */
  get length(): number {
    return [...this.lines.values()].reduce((sum, line) => sum + line.length, 0);
  }

  /**
   * Does the work when its turn comes. Throws `ca-busy` when that takes longer than `patience` milliseconds: whoever asked has
   * given up by then, and an answer that nobody hears would cost the others a part of the budget.
   */
  async run<T>(node: string, priority: CaPriority, patience: number, work: () => Promise<T>): Promise<T> {
    await this.turn(node, priority, patience);
    try {
      return await work();
    } finally {
      this.active[priority] -= 1;
      this.next();
    }
  }

  /** Refuses whoever waits, and whoever comes, with `ca-busy`: nothing of it was begun. What was begun ends. */
  close(): void {
    this.closed = true;
    const waiting = [...this.lines.values()].flat();
    this.lines.clear();
    for (const { refuse } of waiting) refuse(stopping());
  }

  private turn(node: string, priority: CaPriority, patience: number): Promise<void> {
    if (this.closed) return Promise.reject(stopping());
    return new Promise((resolve, reject) => {
      const key = `${priority} ${node}`;
      const line = this.lines.get(key) ?? [];
      this.arrived += 1;
      line.push({
        node,
        priority,
        arrived: this.arrived,
        until: this.clock.monotonic() + patience,
        start: resolve,
        refuse: reject,
      });
      this.lines.set(key, line);
      this.next();
    });
  }

  private next(): void {
    for (;;) {
      this.dropLate();
      const heads = [...this.lines.values()].flatMap((line) => line.slice(0, 1));
      const { active, places, begun, lastTurn } = this;
      const chosen = chooseTurn(heads, { active, places, begun, lastTurn });
      if (chosen === null) return;
      this.removeFirst(`${chosen.priority} ${chosen.node}`);
      this.active[chosen.priority] += 1;
      this.begun += 1;
      this.lastTurn.set(chosen.node, this.begun);
      chosen.start();
    }
  }

  private dropLate(): void {
    const now = this.clock.monotonic();
    for (const [key, line] of this.lines) {
      while (line[0] !== undefined && line[0].until <= now) {
        line[0].refuse(new CodedError("ca-busy", { detail: "nobody waits for it any more" }));
        this.removeFirst(key);
      }
    }
  }

  private removeFirst(key: string): void {
    const line = this.lines.get(key);
    line?.shift();
    if (line?.length === 0) this.lines.delete(key);
  }
}

function stopping(): CodedError {
  return new CodedError("ca-busy", { detail: "nothing more is begun before the end" });
}
