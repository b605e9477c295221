import type { Clock } from "../../src/clock.ts";

/** A clock that runs so many times faster than the real one, for processes whose waits would otherwise fill the day. */
export function fastClock(factor: number): Clock {
  const begin = Date.now();
  const zero = performance.now();
  const elapsed = (): number => (performance.now() - zero) * factor;
  return {
    now: () => new Date(begin + elapsed()),
    monotonic: elapsed,
    after(ms, callback) {
      const timer = setTimeout(callback, ms / factor);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
