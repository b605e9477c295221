/** One refused call, as far as it is kept. */
export interface Refusal {
  readonly at: Date;
  readonly source: string;
  readonly status: number;
}

const kept = 200;

/**
 * The latest refused calls and how many there were: in memory and bounded, because anyone can be refused as often as they
 * like (I7).
 */
export class RefusalLog {
  private readonly latest: Refusal[] = [];
  private readonly counters = new Map<number, number>();

  add(refusal: Refusal): void {
    this.counters.set(refusal.status, (this.counters.get(refusal.status) ?? 0) + 1);
    this.latest.push(refusal);
    if (this.latest.length > kept) this.latest.shift();
  }

  /** Newest first. */
  list(): readonly Refusal[] {
    return this.latest.toReversed();
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counters);
  }

  get total(): number {
    return [...this.counters.values()].reduce((sum, count) => sum + count, 0);
  }
}
