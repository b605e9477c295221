import { CodedError } from "../errors.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record, type Source } from "./context.ts";

/**
 * Wants new certificates for many at once, for instance because the CA will revoke the old ones. Each is then ordered,
 * validated and installed as if it were due, as fast as the CA's limit lets: urgent ones before everything else that
 * nobody waits for, others after it, and within them in the order that is given: what ends first, first. People's own
 * orders come first in any case. Returns the number of the undertaking.
 */
export function reissueMany(
  context: JobContext,
  wish: { readonly by: string; readonly reason: string; readonly urgent: boolean },
  references: readonly string[],
  source: Source = "page",
): number {
  const { store, clock } = context;
  if (references.length === 0) throw new CodedError("nothing-to-do");
  const now = clock.now();
  const id = store.db.transaction(() => {
    const bulk = store.bulks.add({ ...wish, createdAt: now }, references);
    const priority = wish.urgent ? workPriority.issued : workPriority.background;
    for (const [index, reference] of references.entries()) {
      store.requests.change(reference, { reissueWantedAt: now }, now);
      record(context, reference, "reissue-wanted", {}, source);
      // What is due at the same moment is taken in no order that is of use to anybody.
      store.work.want("renew", reference, priority, new Date(now.getTime() - references.length + index));
    }
    return bulk;
  });
  context.wake();
  return id;
}

/** What has not been ordered yet is not ordered any more; what is under way goes on. */
export function stopReissues(context: JobContext, id: number): void {
  const { store, clock } = context;
  const now = clock.now();
  store.db.transaction(() => {
    store.bulks.stop(id, now);
    for (const reference of store.bulks.references(id)) {
      const wanted = store.requests.get(reference)?.reissueWantedAt ?? null;
      if (wanted !== null) store.requests.change(reference, { reissueWantedAt: null }, now);
    }
  });
}
