import type { JobContext } from "./context.ts";

/** A replaced certificate could be wanted back for a while; after that its key is a risk and no use. */
const backupPeriod = 7 * 86_400_000;
const perRun = 500;

/** Destroys keys that were only kept to put an earlier certificate back. Keys of our own orders stay. */
export async function forgetBackups({ store, clock, keys }: JobContext): Promise<void> {
  const now = clock.now();
  for (;;) {
    const old = store.installations.oldBackups(new Date(now.getTime() - backupPeriod), perRun);
    for (const { id, previousKey } of old) {
      store.installations.change(id, { previousKey: null, previousPem: null, previousChain: null }, now);
      if (store.installations.backsUp(previousKey) || store.requests.usesKey(previousKey)) continue;
      await keys.destroy(previousKey);
    }
    if (old.length < perRun) return;
  }
}
