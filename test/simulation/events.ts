interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/** What happens in the world at a given time, in order. A binary heap: the simulation plans hundreds of thousands. */
export class Events {
  private readonly heap: Entry[] = [];
  private planned = 0;

  get next(): number | null {
    return this.heap[0]?.at ?? null;
  }

  plan(at: number, run: () => void | Promise<void>): void {
    const { heap } = this;
    heap.push({ at, order: this.planned, run });
    this.planned += 1;
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.swapIfLater(parent, child)) break;
      child = parent;
    }
  }

  async runUntil(now: number): Promise<void> {
    for (let at = this.next; at !== null && at <= now; at = this.next) await this.take()?.run();
  }

  private take(): Entry | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const right = left + 1;
      const earlier = right < heap.length && this.isLater(left, right) ? right : left;
      if (left >= heap.length || !this.swapIfLater(parent, earlier)) return first;
      parent = earlier;
    }
  }

  private isLater(one: number, other: number): boolean {
    const a = this.heap[one];
    const b = this.heap[other];
    if (a === undefined || b === undefined) return false;
    return a.at > b.at || (a.at === b.at && a.order > b.order);
  }

  private swapIfLater(one: number, other: number): boolean {
    if (!this.isLater(one, other)) return false;
    const a = this.heap[one];
    const b = this.heap[other];
    if (a === undefined || b === undefined) return false;
    this.heap[one] = b;
    this.heap[other] = a;
    return true;
  }
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
