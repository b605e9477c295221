import type { Clock } from "../../src/clock.ts";
import { systemClock } from "../../src/clock.ts";

/** The real time, and what the test puts on top of it. */
export class ShiftedClock implements Clock {
  shift = 0;
  /** Nothing that was planned for ten seconds ahead or more is done: what happens then has another cause. */
  patient = false;

  now(): Date {
    return new Date(systemClock.now().getTime() + this.shift);
  }
  monotonic(): number {
    return systemClock.monotonic();
  }
  after(ms: number, callback: () => void): () => void {
    return systemClock.after(ms, () => {
      if (!this.patient || ms < 10_000) callback();
    });
  }
}
