import { type JobContext, record } from "./context.ts";

const day = 86_400_000;
const perRun = 500;

/**
 * Destroys the keys of certificates that were replaced, and of orders that came to nothing, once the administrator's
 * retention time is over. What is still installed, or may have to be put back, keeps its key.
 */
export async function forgetKeys(context: JobContext): Promise<void> {
  const { store, clock, keys, policy } = context;
  const before = new Date(clock.now().getTime() - policy.keepOldKeysDays * day);
  for (;;) {
    const idle = store.requests.withIdleKey(before, perRun);
    for (const { reference, keyId } of idle) {
      if (keyId !== null) await keys.destroy(keyId);
      store.db.transaction(() => {
        store.requests.change(reference, { keyDestroyedAt: clock.now() }, clock.now());
        record(context, reference, "key-destroyed");
      });
    }
    // When thousands were replaced in a day, their keys are gone in a day too.
    if (idle.length < perRun) return;
  }
}
