import { setTimeout as pause } from "node:timers/promises";

/** Waits until all of them are there, or until none came for so many milliseconds; true: all are there. */
export async function untilStill(reached: () => number, all: number, still: number): Promise<boolean> {
  let most = reached();
  let since = performance.now();
  while (most < all) {
    if (performance.now() - since > still) return false;
    await pause(1_000);
    if (reached() <= most) continue;
    most = reached();
    since = performance.now();
  }
  return true;
}
