import type { CaPriority } from "../jobs/ports.ts";

const order: readonly CaPriority[] = ["user", "issued", "background", "new-work"];

interface Waiting {
  readonly node: string;
  readonly start: () => void;
}

/**
 * A few calls at a time for the whole fleet, by priority, and within a priority one from each server in turn: ten thousand
 * calls of one server do not keep another one's waiting for more than its turn.
 */
export class FairQueue {
  private readonly places: number;
  private readonly waiting = new Map<CaPriority, Waiting[][]>(order.map((priority) => [priority, []]));
  private active = 0;

  constructor(places: number) {
    this.places = places;
  }

  /** How many wait. */
  get length(): number {
    return [...this.waiting.values()].flat(2).length;
  }

  async run<T>(node: string, priority: CaPriority, work: () => Promise<T>): Promise<T> {
    await this.turn(node, priority);
    try {
      return await work();
    } finally {
      this.active -= 1;
      this.next();
    }
  }

  private turn(node: string, priority: CaPriority): Promise<void> {
    return new Promise((resolve) => {
      const lines = this.waiting.get(priority) ?? [];
      const line = lines.find(([first]) => first?.node === node);
      if (line === undefined) lines.push([{ node, start: resolve }]);
      else line.push({ node, start: resolve });
      this.next();
    });
  }

  private next(): void {
    while (this.active < this.places) {
      const waiting = this.take();
      if (waiting === null) return;
      this.active += 1;
      waiting.start();
    }
  }

  /** The first of the server whose turn it is; the server then goes to the end of the round. */
  private take(): Waiting | null {
    for (const priority of order) {
      const lines = this.waiting.get(priority) ?? [];
      const line = lines.shift();
      const first = line?.shift();
      if (line === undefined || first === undefined) continue;
      if (line.length > 0) lines.push(line);
      return first;
    }
    return null;
  }
}
