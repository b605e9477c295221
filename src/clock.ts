/**
 * The only source of time. Nothing else in `src` or `panels` reads a clock or sets a timer, so a test can move
 * years in a millisecond and a jump of the wall clock never shortens or lengthens a wait.
 */
export interface Clock {
  /** Wall-clock time, for what is shown, stored and compared with certificate dates. May jump. */
  now(): Date;
  /** Milliseconds on a clock that never jumps, for measuring and waiting. */
  monotonic(): number;
  /** Runs `callback` once after `ms` milliseconds; the returned function cancels it. Does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Keeps the process alive until the returned function is called, for a command that does nothing but wait for others. */
export function stayAwake(): () => void {
  const timer = setInterval(() => undefined, 2 ** 30);
  return () => clearInterval(timer);
}

/** Waits `ms` on the given clock; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
