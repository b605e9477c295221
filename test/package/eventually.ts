import { setTimeout as pause } from "node:timers/promises";

/** Tries until it holds: for what another process does in its own time. Fails with the last reason. */
export async function eventually(attempt: () => Promise<void>, longest = 45_000): Promise<void> {
  const end = Date.now() + longest;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (thrown) {
      if (Date.now() > end) throw thrown;
      await pause(300);
    }
  }
}
