import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { Held, Records } from "./records.ts";

/** Longer than a hub takes to renew it, and as long as nobody walks when one dies. */
const leaseLasts = 60_000;
const renewalPause = leaseLasts / 4;
/** Before it is walked again what was asked for while somebody walked. */
const overduePause = 1_000;

const lease = z.object({ holder: z.string(), until: z.iso.datetime() });
const walked = z.object({
  at: z.iso.datetime(),
  /** Somebody wants it walked however short ago the last walk was. */
  overdue: z.boolean().default(false),
});
type Walked = z.output<typeof walked>;

/**
 * Whose turn it is to walk over one of the CA's lists, and when: one hub at a time, which keeps its lease for as long as it
 * walks. What is wanted at once is written down, so that whichever hub is free does it, and again until it succeeded.
 */
export class WalkTurns {
  private readonly parts: TurnParts;
  private readonly holder = randomUUID();
  private readonly ending = new AbortController();
  private timer: (() => void) | null = null;
  private running: Promise<void> = Promise.resolve();
  private walking: Promise<boolean> | null = null;

  constructor(parts: TurnParts) {
    this.parts = parts;
  }

  start(): void {
    this.running = this.turn();
  }

  /** Also ends a walk that is under way. */
  async stop(): Promise<void> {
    this.ending.abort(new CodedError("bus-unreachable", { detail: "this hub is being stopped" }));
    this.timer?.();
    await this.running;
  }

  /** Whoever can walks at once. Throws `bus-unreachable` when that could not be written down. */
  async again(): Promise<void> {
    const never = new Date(0).toISOString();
    await this.parts.records.update(this.key, walked, (before) => ({
      at: before?.at ?? never,
      overdue: true,
    }));
    if (this.timer === null) return;
    this.timer();
    this.timer = null;
    this.running = this.turn();
  }

  /** How long ago the last walk was, in milliseconds. */
  async age(): Promise<number> {
    const last = await this.last();
    if (last === null) return Number.POSITIVE_INFINITY;
    return this.parts.clock.now().getTime() - new Date(last.value.at).getTime();
  }

  /** Walks now, if it is due and nobody else does. True: it was wanted again meanwhile. */
  walk(): Promise<boolean> {
    this.walking ??= this.walkOnce().finally(() => {
      this.walking = null;
    });
    return this.walking;
  }

  private get key(): string {
    return `walked.${this.parts.list}`;
  }

  private async turn(): Promise<void> {
    const { clock, log, list, rest } = this.parts;
    let pause = rest;
    try {
      if (await this.walk()) pause = overduePause;
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (!this.ending.signal.aborted)
        log.warn("the walk over the CA's lists did not succeed", { list, error });
    }
    if (this.ending.signal.aborted) return;
    this.timer = clock.after(pause, () => {
      this.timer = null;
      this.running = this.turn();
    });
  }

  private async walkOnce(): Promise<boolean> {
    const { clock, records, work } = this.parts;
    if (!this.isDue(await this.last()) || !(await this.takeLease())) return false;
    try {
      // Somebody may have walked until a moment ago.
      const last = await this.last();
      if (!this.isDue(last)) return false;
      await this.keepingLease(work);
      const now: Walked = { at: clock.now().toISOString(), overdue: false };
      const written =
        last === null
          ? await records.create(this.key, now)
          : await records.replace(this.key, now, last.revision);
      return !written;
    } finally {
      // It runs out by itself as well.
      await this.writeLease(0).catch(() => undefined);
    }
  }

  private last(): Promise<Held<Walked> | null> {
    return this.parts.records.read(this.key, walked);
  }

  private isDue(last: Held<Walked> | null): boolean {
    const { clock, interval } = this.parts;
    if (last === null || last.value.overdue) return true;
    return clock.now().getTime() - new Date(last.value.at).getTime() >= interval;
  }

  private async takeLease(): Promise<boolean> {
    const { clock, records, list } = this.parts;
    const held = await records.read(`lease.${list}`, lease);
    const mine = this.leaseFor(leaseLasts);
    if (held === null) return records.create(`lease.${list}`, mine);
    if (held.value.holder !== this.holder && new Date(held.value.until) > clock.now()) return false;
    return records.replace(`lease.${list}`, mine, held.revision);
  }

  /** Does the work, which is told by its signal when the lease could not be kept. */
  private async keepingLease(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock } = this.parts;
    const lost = new AbortController();
    let kept = clock.monotonic();
    let cancel: () => void = () => undefined;
    const renew = async (): Promise<void> => {
      const asked = clock.monotonic();
      const renewed = await this.writeLease(leaseLasts).catch(() => null);
      if (renewed === true) kept = asked;
      if (renewed === false || clock.monotonic() - kept > leaseLasts - renewalPause) {
        lost.abort(new CodedError("bus-unreachable", { detail: "another hub may walk" }));
      } else if (!done) plan();
    };
    const plan = (): void => {
      cancel = clock.after(renewalPause, () => void renew());
    };
    let done = false;
    plan();
    const signal = AbortSignal.any([this.ending.signal, lost.signal]);
    try {
      await work(signal);
      signal.throwIfAborted();
    } finally {
      done = true;
      cancel();
    }
  }

  /** False: it is not ours any more. */
  private async writeLease(lasts: number): Promise<boolean> {
    const { records, list } = this.parts;
    const held = await records.read(`lease.${list}`, lease);
    if (held?.value.holder !== this.holder) return false;
    return records.replace(`lease.${list}`, this.leaseFor(lasts), held.revision);
  }

  private leaseFor(lasts: number): z.output<typeof lease> {
    const until = new Date(this.parts.clock.now().getTime() + lasts).toISOString();
    return { holder: this.holder, until };
  }
}

interface TurnParts {
  /** Names the records. */
  readonly list: "pending" | "full";
  /** Milliseconds between two walks, and between two looks whether one is due. */
  readonly interval: number;
  readonly rest: number;
  readonly records: Records;
  readonly clock: Clock;
  readonly log: Log;
  /** One walk; ends early when the signal says so. */
  work(signal: AbortSignal): Promise<void>;
}
