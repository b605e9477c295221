import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { byUrgency, type CaPriority } from "../model/ca-priority.ts";

/** What an answer told about the account's budget and the CA's health. */
export interface PaceReport {
  readonly outcome: "answered" | "refused-us" | "fault";
  readonly limit: number | null;
  readonly remaining: number | null;
  /** The CA asks for silence until then. */
  readonly notBefore: Date | null;
}

const concurrency = 4;
/** The share of the budget that is kept for people and issued certificates (F-07). */
const reserveShare = 0.2;
const smallestReserve = 5;
const backgroundPause = 60_000;
const longestSilence = 3_600_000;
/** After wrong credentials one probe per quarter of an hour: hammering locks accounts (F-08). */
const refusedPause = 900_000;
/** Faults in a row before the CA counts as down, and how long until one call may try again (F-06). */
const faultsToOpen = 5;
const firstBreak = 30_000;
const longestBreak = 900_000;

interface Waiting {
  readonly priority: CaPriority;
  readonly start: () => void;
  readonly refuse: (error: CodedError) => void;
}

/**
 * One pacer for all calls of an account: a few at a time, people first, the rest of the budget left alone when it runs
 * low, silence when the CA asks for it, and a stop when it refuses us or is down.
 */
export class Pacer {
  private readonly clock: Clock;
  private readonly queue: Waiting[] = [];
  private active = 0;
  private faults = 0;
  private silentUntil = 0;
  private refusedUntil = 0;
  private brokenUntil = 0;
  private backgroundAt = 0;
  private probing = false;
  private limit: number | null = null;
  private remaining: number | null = null;
  private cancelTimer: (() => void) | null = null;
  private left: CodedError | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The budget as the CA last told it; null when it did not. */
  get budget(): { limit: number | null; remaining: number | null } {
    return { limit: this.limit, remaining: this.remaining };
  }

  /** Runs `call` when its turn comes. Throws at once while the CA refuses us or is down. */
  async run<T>(
    priority: CaPriority,
    call: () => Promise<T>,
    report: (settled: { value: T } | { error: unknown }) => PaceReport,
  ): Promise<T> {
    await this.turn(priority);
    try {
      const value = await call();
      this.note(report({ value }));
      return value;
    } catch (error) {
      this.note(report({ error }));
      throw error;
    } finally {
      this.active -= 1;
      this.probing = false;
      this.next();
    }
  }

  /** What waits for its turn is refused as `ca-busy`, which tells that it never left, and so is whatever comes; what is under way ends. */
  leaveOff(): void {
    this.left = new CodedError("ca-busy", { detail: "nothing more is begun before the end" });
    this.cancelTimer?.();
    for (const waiting of this.queue.splice(0)) waiting.refuse(this.left);
  }

  private turn(priority: CaPriority): Promise<void> {
    const closed = this.closed();
    if (closed !== null) return Promise.reject(closed);
    return new Promise((resolve, reject) => {
      this.queue.push({ priority, start: resolve, refuse: reject });
      this.queue.sort(byUrgency);
      this.next();
    });
  }

  /** While refused or broken, one call at a time may try again once the pause is over; all others fail at once. */
  private closed(): CodedError | null {
    if (this.left !== null) return this.left;
    const now = this.clock.monotonic();
    const recovering = this.refusedUntil > 0 || this.brokenUntil > 0;
    if (!recovering || (now >= this.refusedUntil && now >= this.brokenUntil && !this.probing)) return null;
    const code = this.refusedUntil > 0 ? "ca-refused-us" : "ca-unreachable";
    return new CodedError(code, { detail: "paused after earlier failures" });
  }

  private next(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    while (this.active < concurrency) {
      const waiting = this.queue[0];
      if (waiting === undefined) return;
      const closed = this.closed();
      if (closed !== null) {
        for (const other of this.queue.splice(0)) other.refuse(closed);
        return;
      }
      const wait = this.waitOf(waiting.priority);
      if (wait > 0) {
        this.cancelTimer = this.clock.after(wait, () => this.next());
        return;
      }
      this.queue.shift();
      this.active += 1;
      this.probing = this.refusedUntil > 0 || this.brokenUntil > 0;
      waiting.start();
      if (this.probing) return;
    }
  }

  private waitOf(priority: CaPriority): number {
    const now = this.clock.monotonic();
    if (now < this.silentUntil) return this.silentUntil - now;
    if (priority === "user" || priority === "issued" || !this.isLow()) return 0;
    // The CA tells no moment at which the budget grows again: one background call a minute finds out.
    if (this.backgroundAt === 0) this.backgroundAt = now + backgroundPause;
    if (now < this.backgroundAt) return this.backgroundAt - now;
    this.backgroundAt = 0;
    this.remaining = null;
    return 0;
  }

  private isLow(): boolean {
    if (this.limit === null || this.remaining === null) return false;
    return this.remaining < Math.max(smallestReserve, this.limit * reserveShare);
  }

  private note({ outcome, limit, remaining, notBefore }: PaceReport): void {
    const now = this.clock.monotonic();
    this.limit = limit ?? this.limit;
    this.remaining = remaining ?? this.remaining;
    if (notBefore !== null) {
      const wait = Math.min(notBefore.getTime() - this.clock.now().getTime(), longestSilence);
      this.silentUntil = Math.max(this.silentUntil, now + wait);
    }
    if (outcome === "answered") {
      this.faults = 0;
      this.refusedUntil = 0;
      this.brokenUntil = 0;
    } else if (outcome === "refused-us") {
      this.refusedUntil = now + refusedPause;
    } else {
      this.faults += 1;
      if (this.faults >= faultsToOpen) {
        const times = this.faults - faultsToOpen;
        this.brokenUntil = now + Math.min(firstBreak * 2 ** Math.min(times, 10), longestBreak);
      }
    }
  }
}
