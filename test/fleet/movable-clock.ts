import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Clock } from "../../src/clock.ts";

/** Milliseconds of the clock beneath within which it is noticed that time was moved. */
export const noticedWithin = 100;

interface Timer {
  /** By this clock. */
  readonly at: number;
  readonly callback: () => void;
  cancel: () => void;
}

/**
 * Another clock, and on top of it the milliseconds that a file holds, so that the time of running processes can be moved
 * forward together. What is due within the jump is done at once, in its order; a process that starts later begins there.
 */
export class MovableClock implements Clock {
  private readonly clock: Clock;
  private readonly file: string;
  private readonly timers = new Set<Timer>();
  private ahead = 0;

  constructor(clock: Clock, file: string) {
    this.clock = clock;
    this.file = file;
    this.look();
  }

  now(): Date {
    return new Date(this.clock.now().getTime() + this.ahead);
  }

  monotonic(): number {
    return this.clock.monotonic() + this.ahead;
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.monotonic() + ms, callback, cancel: () => undefined };
    this.timers.add(timer);
    this.wind(timer);
    return () => {
      this.timers.delete(timer);
      timer.cancel();
    };
  }

  private look(): void {
    // It goes with whoever wrote it.
    if (existsSync(this.file)) this.move(Number(readFileSync(this.file, "utf8")));
    this.clock.after(noticedWithin, () => this.look());
  }

  private move(ahead: number): void {
    // Never back: no clock that others wait by does that.
    if (ahead <= this.ahead) return;
    this.ahead = ahead;
    for (const timer of [...this.timers].sort((one, other) => one.at - other.at)) {
      timer.cancel();
      this.wind(timer);
    }
  }

  private wind(timer: Timer): void {
    timer.cancel = this.clock.after(Math.max(0, timer.at - this.monotonic()), () => {
      this.timers.delete(timer);
      timer.callback();
    });
  }
}

/** Says how far ahead of the real time everybody is who follows this file. */
export function writeTime(file: string, ahead: number): void {
  // As a whole: a half number is another time.
  writeFileSync(`${file}.new`, String(ahead));
  renameSync(`${file}.new`, file);
}
