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
