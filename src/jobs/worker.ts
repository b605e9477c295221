import type { Clock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { failedAlike, nextAttempt, strikesBeforeParking } from "../model/retry-schedule.ts";
import type { Store } from "../store/store.ts";
import { type WorkItem, type WorkKind, workPriority } from "../store/work.ts";

/**
 * Does the work of one kind. Gets up to `batch` items at once and says for each when to look again: a date, or null for
 * "only when someone wants it". Throwing fails every item of the batch with that error.
 */
export interface WorkHandler {
  readonly kind: WorkKind;
  /** How many runs of this kind may be under way at once. */
  readonly concurrency: number;
  /** So many of these runs are for what somebody or something waits for; none when absent. */
  readonly keptForUrgent?: number;
  /** How many items one run takes. */
  readonly batch: number;
  /** Until when it is better not to start the next run, because more of its kind is about to come; null: start now. */
  holdBack?(now: Date): Date | null;
  run(items: readonly WorkItem[], signal: AbortSignal): Promise<ReadonlyMap<string, WorkOutcome>>;
}

export type WorkOutcome = { readonly next: Date | null } | { readonly error: CodedError };

export interface WorkerServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** A number from 0 to 1, to spread retries. */
  random(): number;
  /** Told after every run, whatever came of it. */
  settled?(item: WorkItem): void;
  /** Told when an item gives up for good: advice `never`, or the schedule is at its end. */
  gaveUp(item: WorkItem, error: CodedError): void;
}

/** The longest the worker sleeps: a clock that was set is noticed within this time (F-05). */
const longestSleep = 30_000;
/** A difference between both clocks that is more than drift. */
const clockJump = 5_000;

/**
 * Takes what is due from the store and runs it. It keeps nothing of its own: after a crash everything that was under way
 * is simply still wanted.
 */
export class Worker {
  private readonly services: WorkerServices;
  private readonly handlers: readonly WorkHandler[];
  private readonly running = new Map<WorkKind, Set<string>>();
  private readonly runs = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private active = new Map<WorkKind, number>();
  private cancelTimer: (() => void) | null = null;
  private scheduled = false;
  private wall: number;
  private steady: number;

  constructor(services: WorkerServices, handlers: readonly WorkHandler[]) {
    this.services = services;
    this.handlers = handlers;
    this.wall = services.clock.now().getTime();
    this.steady = services.clock.monotonic();
  }

  start(): void {
    this.services.store.work.rebase(0, this.services.clock.now());
    this.wake();
  }

  /** Something may be due: looks at the end of this turn of the event loop. */
  wake(): void {
    if (this.scheduled || this.stopping.signal.aborted) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.look();
    });
  }

  /** Resolves when nothing runs and nothing is due; for tests and one-shot commands. */
  async idle(): Promise<void> {
    for (;;) {
      this.look();
      if (this.runs.size === 0) return;
      await Promise.race(this.runs);
    }
  }

  /** Takes nothing new and lets what runs come to its end. */
  async stop(): Promise<void> {
    this.stopping.abort(new CodedError("agent-unreachable", { detail: "stopping" }));
    this.cancelTimer?.();
    await Promise.allSettled(this.runs);
  }

  private look(): void {
    if (this.stopping.signal.aborted) return;
    this.cancelTimer?.();
    this.cancelTimer = null;
    try {
      this.noticeJump();
      for (const handler of this.handlers) this.take(handler);
      this.cancelTimer = this.services.clock.after(this.untilNextDue(), () => this.look());
    } catch (thrown) {
      // A full disk or a locked store must not end the loop; what is wanted stays wanted.
      this.services.log.error("work could not be taken from the store", { error: asCodedError(thrown) });
      this.cancelTimer = this.services.clock.after(1_000, () => this.look());
    }
  }

  private take(handler: WorkHandler): void {
    // The end of whatever is waited for wakes the worker, too.
    if (handler.holdBack?.(this.services.clock.now())) return;
    const busy = this.busy(handler.kind);
    for (;;) {
      const active = this.active.get(handler.kind) ?? 0;
      const free = handler.concurrency - active;
      if (free <= 0) return;
      const urgentOnly = free <= (handler.keptForUrgent ?? 0);
      const items = this.services.store.work.due(
        handler.kind,
        this.services.clock.now(),
        handler.batch,
        busy,
        urgentOnly ? workPriority.issued : workPriority.background,
      );
      if (items.length === 0) return;
      crashPoint("X-06");
      for (const item of items) busy.add(item.key);
      this.active.set(handler.kind, active + 1);
      const run = this.run(handler, items).finally(() => {
        for (const item of items) busy.delete(item.key);
        this.active.set(handler.kind, (this.active.get(handler.kind) ?? 1) - 1);
        this.runs.delete(run);
        this.wake();
      });
      this.runs.add(run);
    }
  }

  private async run(handler: WorkHandler, items: readonly WorkItem[]): Promise<void> {
    let outcomes: ReadonlyMap<string, WorkOutcome>;
    try {
      outcomes = await handler.run(items, this.stopping.signal);
    } catch (thrown) {
      const error = asCodedError(thrown);
      outcomes = new Map(items.map((item) => [item.key, { error }]));
    }
    if (this.stopping.signal.aborted) return;
    crashPoint("X-10");
    for (const item of items) {
      try {
        this.settle(item, outcomes.get(item.key) ?? { next: null });
        this.services.settled?.(item);
      } catch (thrown) {
        this.services.log.error("the outcome of work could not be stored", {
          kind: item.kind,
          key: item.key,
          error: asCodedError(thrown),
        });
      }
    }
  }

  private settle(item: WorkItem, outcome: WorkOutcome): void {
    const { store, clock, log } = this.services;
    const now = clock.now();
    if (!("error" in outcome)) {
      store.work.finish(item, outcome.next, now);
      return;
    }
    const { error } = outcome;
    const unexpected = error.code === "internal";
    if (unexpected && item.strikes + 1 >= strikesBeforeParking) {
      store.work.park(item, error.code, now);
      log.error("work was parked after repeated unexpected failures", {
        kind: item.kind,
        key: item.key,
        error,
      });
      this.services.gaveUp(item, new CodedError("parked", { cause: error, detail: error.detail }));
      return;
    }
    const attempts = failedAlike(item.attempts, item.lastError, error.code);
    const next = nextAttempt({
      code: error.code,
      attempts,
      now,
      random: this.services.random(),
      notBefore: error.notBefore,
    });
    store.work.fail(item, error.code, attempts + 1, next, unexpected, now);
    const fields = { kind: item.kind, key: item.key, attempt: attempts + 1, next, error };
    if (unexpected) log.error("work failed unexpectedly", fields);
    else log.info("work did not succeed yet", fields);
    if (next === null) this.services.gaveUp(item, error);
  }

  private untilNextDue(): number {
    const now = this.services.clock.now().getTime();
    let wait = longestSleep;
    for (const handler of this.handlers) {
      const due = handler.holdBack?.(new Date(now)) ?? this.services.store.work.nextDue(handler.kind);
      if (due === null) continue;
      // What is due but not taken waits for a place, and the end of a run wakes the worker.
      if (due.getTime() > now) wait = Math.min(wait, due.getTime() - now);
    }
    return Math.max(1, wait);
  }

  private noticeJump(): void {
    const wall = this.services.clock.now().getTime();
    const steady = this.services.clock.monotonic();
    const jump = wall - this.wall - (steady - this.steady);
    this.wall = wall;
    this.steady = steady;
    if (Math.abs(jump) < clockJump) return;
    this.services.log.warn("the clock was set", { seconds: Math.round(jump / 1000) });
    this.services.store.work.rebase(jump, this.services.clock.now());
  }

  private busy(kind: WorkKind): Set<string> {
    let keys = this.running.get(kind);
    if (keys === undefined) {
      keys = new Set();
      this.running.set(kind, keys);
    }
    return keys;
  }
}
