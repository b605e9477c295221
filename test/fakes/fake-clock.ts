import type { Clock } from "../../src/clock.ts";

interface Timer {
  at: number;
  callback: () => void;
}

/** A clock that moves only when told to; timers fire in order while it moves. */
export class FakeClock implements Clock {
  private wall: number;
  private elapsed = 0;
  private timers: Timer[] = [];

  constructor(start: Date | string = "2026-11-24T09:00:00Z") {
    this.wall = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.wall);
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.elapsed + Math.max(0, ms), callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** How many timers wait; a test that ends with some left has left something running. */
  get waiting(): number {
    return this.timers.length;
  }

  /** Moves both clocks forward, firing due timers in order and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    for (;;) {
      await settle();
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      const at = Math.max(next.at, this.elapsed);
      this.wall += at - this.elapsed;
      this.elapsed = at;
      next.callback();
    }
    this.wall += end - this.elapsed;
    this.elapsed = end;
    await settle();
  }

  /** Time in which this process got nothing done: what was due in it fires when the clock moves next. */
  stall(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }

  /** Moves the wall clock alone, as an administrator or NTP does (F-05). */
  jump(ms: number): void {
    this.wall += ms;
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
