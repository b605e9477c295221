/** Runs `callback` after `ms` milliseconds; the returned function cancels it. */
export type After = (ms: number, callback: () => void) => () => void;

export const realAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};

/** Everything the CA does after it has answered; counted, so that a test can wait for the last of it. */
export class Tasks {
  private readonly after: After;
  private readonly cancels = new Set<() => void>();
  private running = 0;
  private waiters: (() => void)[] = [];
  private stopped = false;

  constructor(after: After) {
    this.after = after;
  }

  /** Work due later; what it throws is a fault of the lab and ends the process. */
  later(ms: number, work: () => void | Promise<void>): void {
    if (this.stopped) return;
    if (ms <= 0) {
      void this.track(Promise.resolve().then(work));
      return;
    }
    const cancel = this.after(ms, () => {
      this.cancels.delete(cancel);
      void this.track(Promise.resolve().then(work));
    });
    this.cancels.add(cancel);
  }

  /** Counts work that has already begun. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work;
    } finally {
      this.running -= 1;
      this.settle();
    }
  }

  /** Resolves when nothing runs and nothing is due; with an injected clock it must be moved meanwhile. */
  idle(): Promise<void> {
    if (this.running === 0 && this.cancels.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** Nothing due is started any more; resolves when what runs has ended. */
  stop(): Promise<void> {
    this.stopped = true;
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
    this.settle();
    return this.idle();
  }

  private settle(): void {
    if (this.running > 0 || this.cancels.size > 0) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}
