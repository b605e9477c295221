import { workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";

/**
 * After a start: effects that were begun and whose outcome nobody wrote down are looked at before anything new (F-01,
 * F-02). The work itself reads back first, so all that is needed is to want it at once.
 */
export function recoverIntents({ store, clock, log }: JobContext): void {
  const now = clock.now();
  for (const intent of store.intents.open()) {
    log.warn("an effect was begun and its outcome is unknown; reading back", {
      kind: intent.kind,
      key: intent.key,
    });
    store.db.transaction(() => {
      if (intent.kind === "order") {
        store.work.want("advance", intent.key, workPriority.user, now);
        return;
      }
      if (intent.kind === "take-back") {
        // Stays open until the old pair is back: nothing may install meanwhile.
        store.work.want("verify", intent.key, workPriority.issued, now);
        return;
      }
      const installation = store.installations.get(Number(intent.key));
      if (installation !== null) store.work.want("install", installation.reference, workPriority.issued, now);
      store.intents.finish(intent.id, "read back after a restart", now);
    });
  }
}
