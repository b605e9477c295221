/** Whatever changes a vhost holds this lock: two changes of one vhost at once would back up each other's half. */
export const installLock = "install";

/** Whatever changes how a request is validated holds this lock: a look that is under way writes down what it began with. */
export const advanceLock = (reference: string): string => `advance ${reference}`;

/**
 * Lets one task at a time run under each key, in the order of asking. Commands, pages and the worker may want the same
 * step at the same moment; the second one finds it done.
 */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Whether a task runs or waits under this key in this process. */
  isHeld(key: string): boolean {
    return this.tails.has(key);
  }

  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const turn = before === undefined ? task() : before.then(task, task);
    this.tails.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.tails.get(key) === turn) this.tails.delete(key);
    }
  }
}
