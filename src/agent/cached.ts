import type { Clock } from "../clock.ts";

/** The same answer for `fresh` milliseconds, asked for once however many want it; a failure is not kept. */
export function cached<T>(clock: Clock, fresh: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T> } | null = null;
  return () => {
    if (kept === null || clock.monotonic() - kept.at > fresh) {
      const value = read();
      kept = { at: clock.monotonic(), value };
      value.catch(() => {
        kept = null;
      });
    }
    return kept.value;
  };
}
