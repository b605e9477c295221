import { asCodedError } from "../errors.ts";
import { handedOver, type RequestState } from "../model/request.ts";
import type { InstalledMark } from "../panel.ts";
import type { StoredInstallation } from "../store/installations.ts";
import { progressKey } from "../store/unsettled.ts";
import { type WorkItem, workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { forgetBackups } from "./forget-backups.ts";
import { forgetKeys } from "./forget-keys.ts";
import { eachUnsettled, othersTurn } from "./in-batches.ts";
import { noticeWaiting } from "./notify.ts";
import { dropDraft } from "./place-draft.ts";
import { isClockPlausible, requirePlausibleClock } from "./plausible-clock.ts";
import type { PendingItem } from "./ports.ts";
import { rebuild, rebuildMark } from "./rebuild.ts";
import { planEnding } from "./renew-certificate.ts";
import { refreshRequestState } from "./request-state.ts";
import { takeOverRestored } from "./restored-orders.ts";
import { withdrawAnswers } from "./withdraw-answers.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

export type SweepPart = "pending" | "full" | "installed" | "ending";
export const sweepParts: readonly SweepPart[] = ["pending", "full", "installed", "ending"];

/** Milliseconds between two sweeps of each part (design §5.2 `sweep`; `ending` needs nobody's answer and has its own). */
export type SweepIntervals = Readonly<Record<SweepPart, number>>;

const day = 86_400_000;
const installedPage = 500;
/** Of orders that the CA has, or may have, and that are not settled yet. */
const atTheCa: readonly RequestState[] = [
  "ordering",
  "validating",
  "issuing",
  "needs-you",
  "issued",
  "installing",
];
/** Longer than anybody stays away from an order they mean. */
const draftsKept = 30 * day;
const looksKept = 30 * day;

/**
 * Finds what no webhook announced (I2). Four walks: pending orders, everything at the CA, installed against expected, and
 * what comes to its end. They only ask for requests to be read again; what follows is decided there.
 */
export function createSweepHandler(context: JobContext, intervals: SweepIntervals): WorkHandler {
  return {
    kind: "sweep",
    concurrency: 4,
    batch: 1,
    async run(items: readonly WorkItem[]): Promise<ReadonlyMap<string, WorkOutcome>> {
      const outcomes = new Map<string, WorkOutcome>();
      for (const { key } of items) {
        const part = sweepParts.find((name) => name === key);
        if (part === undefined) continue;
        const next = (): Date => new Date(context.clock.now().getTime() + intervals[part]);
        const begun = context.clock.monotonic();
        try {
          await sweep(context, part);
          context.store.writeMeta(`sweep.${part}`, context.clock.now().toISOString());
          context.store.writeMeta(`sweep.${part}.took`, String(context.clock.monotonic() - begun));
          outcomes.set(key, { next: next() });
        } catch (thrown) {
          // A sweep comes round by itself; climbing a retry ladder as well would only delay it.
          const error = asCodedError(thrown);
          context.store.writeMeta(`sweep.${part}.problem`, error.code);
          context.log.warn("a sweep did not succeed", { part, error });
          outcomes.set(key, { next: next() });
        }
      }
      context.wake();
      return outcomes;
    },
  };
}

/** Plans the first run of each part after a start; one that is overdue runs at once. */
export function planSweeps({ store, clock }: JobContext, intervals: SweepIntervals): void {
  for (const part of sweepParts) {
    const last = store.readMeta(`sweep.${part}`);
    const now = clock.now().getTime();
    const at = new Date(last === null ? now : Math.max(now, new Date(last).getTime() + intervals[part]));
    store.work.plan("sweep", part, workPriority.background, at, clock.now());
  }
}

/** Bulk work in the panel tells of each change; they are looked at together. */
const changesTogether = 30_000;
/** At most this part of the time is spent on comparing, however often something tells of a change. */
const comparing = 1 / 20;

/**
 * Plans the comparison of all websites because something changed in the panel. Our own installations tell of themselves in
 * the same way and can't be told apart from somebody else's at the same time; where comparing takes long it is done for
 * many of them together.
 */
export function compareSoon({ store, clock }: JobContext): void {
  const now = clock.now();
  const last = store.readMeta("sweep.installed");
  const took = Number(store.readMeta("sweep.installed.took") ?? 0);
  const rested = last === null ? 0 : new Date(last).getTime() + took / comparing;
  // A clock that was set must not put it off for longer than a rest is.
  const at = Math.max(now.getTime() + changesTogether, Math.min(rested, now.getTime() + took / comparing));
  store.work.plan("sweep", "installed", workPriority.background, new Date(at), now);
}

export async function sweep(context: JobContext, part: SweepPart): Promise<void> {
  if (part === "installed") return sweepInstalled(context);
  if (part === "ending") {
    requirePlausibleClock(context);
    await planEnding(context);
    await noticeWaiting(context);
    return forgetKeys(context);
  }
  // As often as that, because a webhook's sender decides how many there are (T-04).
  if (isClockPlausible(context)) context.store.hints.prune(context.clock.now());
  await sweepPending(context);
  if (part === "full") await sweepFull(context);
  context.store.removeMeta(`sweep.${part}.problem`);
}

/**
 * One walk over the CA's pending list instead of one read per order: a request whose listed progress changed, or that
 * left the list, is read again.
 */
async function sweepPending(context: JobContext): Promise<void> {
  const { store, clock } = context;
  if (!store.requests.anyInState(...atTheCa)) return;
  const listed = new Map<number, PendingItem>();
  for (const item of await context.ca.listPending()) listed.set(item.id, item);
  // It answers: whatever waits because it did not need not wait any longer.
  store.work.hasten("advance", "ca-unreachable", clock.now());
  await eachUnsettled(store, atTheCa, ({ reference, collected, caRequestId, progress }, state) => {
    if (collected) {
      if (state === "issued" || state === "installing") {
        store.work.plan("install", reference, workPriority.background, clock.now(), clock.now());
      }
      return;
    }
    const item = caRequestId === null ? undefined : listed.get(caRequestId);
    if (item !== undefined && item.progress === progress) return;
    store.work.plan("advance", reference, workPriority.background, clock.now(), clock.now());
    if (item !== undefined) store.writeMeta(progressKey(reference), item.progress);
  });
}

/** Once a day: every certificate the CA has, leftovers of validation, and old rows. */
async function sweepFull(context: JobContext): Promise<void> {
  const { store, clock } = context;
  const listed = await context.ca.listCertificates();
  if (store.readMeta(rebuildMark) !== null) await rebuild(context, listed);
  await takeOverRestored(context);
  const ids = new Set(listed.map(({ id }) => id));
  await eachUnsettled(store, atTheCa, ({ reference, collected, caRequestId, caCertificateId }) => {
    if (collected) return;
    if (![caRequestId, caCertificateId].some((id) => id !== null && ids.has(id))) return;
    store.work.plan("advance", reference, workPriority.background, clock.now(), clock.now());
  });
  await forgetProgress(context);
  for (const reference of store.dcvNames.withAnswers()) {
    const request = store.requests.get(reference);
    if (request !== null) await withdrawAnswers(context, request);
  }
  requirePlausibleClock(context);
  await forgetBackups(context);
  forgetDrafts(context);
  store.looks.prune(new Date(clock.now().getTime() - looksKept));
  store.notices.prune(new Date(clock.now().getTime() - 90 * day));
  store.intents.prune(new Date(clock.now().getTime() - 30 * day));
}

/** What the CA's list last told is of no use once an order is settled. */
async function forgetProgress({ store: { unsettled } }: JobContext): Promise<void> {
  let last = unsettled.forgetProgress("", installedPage);
  while (last !== null) {
    await othersTurn();
    last = unsettled.forgetProgress(last, installedPage);
  }
}

/** Orders that somebody began and left; nobody agreed to anything. */
function forgetDrafts(context: JobContext): void {
  const { store, clock } = context;
  for (const reference of store.drafts.abandoned(new Date(clock.now().getTime() - draftsKept))) {
    dropDraft(context, reference, "request-cancelled");
  }
}

/** Compares what should be served with what the panel has on record: all at once where it tells that, then one by one. */
async function sweepInstalled(context: JobContext): Promise<void> {
  const onRecord = await listInstalled(context);
  for (let after: number | null = 0; after !== null; await othersTurn()) {
    after = await comparePage(context, onRecord, after);
  }
}

/** Returns the last of those it compared; null when there are no more. */
async function comparePage(
  context: JobContext,
  onRecord: ReadonlyMap<string, InstalledMark>,
  after: number,
): Promise<number | null> {
  const { installations } = context.store;
  const page = installations.marksInState("verified", installedPage, after);
  for (const { id, account, vhost, fingerprint } of page) {
    const mark = onRecord.get(vhost);
    if (mark?.fingerprint === fingerprint && mark.vhost.account === account) continue;
    const installation = installations.get(id);
    if (installation?.state === "verified") await compareInstalled(context, installation);
  }
  return page.length < installedPage ? null : (page.at(-1)?.id ?? null);
}

/**
 * What the panel has on record, by the id of the vhost. Empty where the panel has no such list: then every vhost is asked
 * for by itself, as is one that shares its id with another.
 */
async function listInstalled({ panel, store }: JobContext): Promise<ReadonlyMap<string, InstalledMark>> {
  const onRecord = new Map<string, InstalledMark>();
  if (panel.listInstalled === undefined || !store.installations.anyInState("verified")) return onRecord;
  try {
    for (const mark of await panel.listInstalled()) {
      onRecord.set(mark.vhost.id, mark);
      if (onRecord.size % installedPage === 0) await othersTurn();
    }
  } catch (thrown) {
    if (asCodedError(thrown).code !== "panel-feature-missing") throw thrown;
  }
  return onRecord;
}

async function compareInstalled(context: JobContext, installation: StoredInstallation): Promise<void> {
  const { store, clock } = context;
  try {
    const current = await context.panel.readCertificate({
      id: installation.vhost,
      account: installation.account,
    });
    const shown = current?.leaf.fingerprint ?? null;
    if (shown === installation.fingerprint) return;
    const request = store.requests.get(installation.reference);
    if (request !== null && handedOver(request)) return;
    // A newer one of our own takes this one's place once it is proven; until then nothing else had a hand in it.
    if (store.installations.isOurs(installation.vhost, shown)) return;
    noteReplaced(context, installation);
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "vhost-unknown" || error.code === "account-unknown") {
      store.installations.change(installation.id, { state: "superseded", reason: error.code }, clock.now());
      record(context, installation.reference, "superseded", { vhost: installation.vhost, code: error.code });
      refreshRequestState(context, installation.reference);
      return;
    }
    throw error;
  }
}

/**
 * Something else replaced our certificate (F-25). It is put back once a day at the most, where it still is the better
 * one; a second time within a day someone else has to decide, because two engines would fight for ever.
 */
function noteReplaced(context: JobContext, installation: StoredInstallation): void {
  const { store, clock } = context;
  const now = clock.now();
  const restored = installation.restoredAt;
  const again = restored !== null && now.getTime() - restored.getTime() < day;
  store.db.transaction(() => {
    record(context, installation.reference, "replaced-by-other", { vhost: installation.vhost });
    store.installations.change(
      installation.id,
      again
        ? { state: "failed", reason: "replaced-by-other" }
        : { state: "planned", reason: "replaced-by-other", restoredAt: now, attempts: 0 },
      now,
    );
    if (!again) store.work.want("install", installation.reference, workPriority.background, now);
    refreshRequestState(context, installation.reference);
  });
}
