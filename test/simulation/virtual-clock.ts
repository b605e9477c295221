import type { Clock } from "../../src/clock.ts";

/** A clock that stands where it is put. Its timers never fire: whoever moves it looks at what is due. */
export class VirtualClock implements Clock {
  private at: number;
  private readonly begin: number;

  constructor(begin: Date) {
    this.at = begin.getTime();
    this.begin = this.at;
  }

  now(): Date {
    return new Date(this.at);
  }

  monotonic(): number {
    return this.at - this.begin;
  }

  after(): () => void {
    return () => undefined;
  }

  moveTo(at: number): void {
    if (at < this.at) throw new Error("time does not run backwards");
    this.at = at;
  }
}

/** A server's own clock, which somebody may have set wrong: what it is ahead of the right one, in milliseconds. */
export class SettableClock implements Clock {
  ahead = 0;
  private readonly right: Clock;

  constructor(right: Clock) {
    this.right = right;
  }

  now(): Date {
    return new Date(this.right.now().getTime() + this.ahead);
  }

  monotonic(): number {
    return this.right.monotonic();
  }

  after(ms: number, callback: () => void): () => void {
    return this.right.after(ms, callback);
  }
}
