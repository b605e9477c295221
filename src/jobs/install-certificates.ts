import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import { isNewer } from "../model/certificate.ts";
import type { WorkItem } from "../store/work.ts";
import { applyCandidates } from "./apply-candidates.ts";
import type { Candidate } from "./candidate.ts";
import type { JobContext } from "./context.ts";
import { findCandidates, type InstallWish } from "./find-candidates.ts";
import { installLock } from "./keyed-lock.ts";
import { createPanelView } from "./panel-view.ts";
import { refreshRequestState } from "./request-state.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** With at least so many certificates still being collected, a batch waits for them, but not longer than this. */
const crowd = 4;
const crowdWait = 10_000;
/** Webhooks of certificates that were issued together come one after the other; for so long after each another one may. */
const lull = 1_000;
/**
 * How long the web server is left alone after the first, second … batch in a row, and after how long a row is over. Two
 * people who order in the same minute are both served at once.
 */
const rests = [0, 5_000, 15_000, 30_000];
const rowEnds = 60_000;
/** More than this in one batch would make the first of them wait for the last. */
const batchSize = 100;

/**
 * Installs what was collected. All that is due goes in one batch: of each account the panel is asked once what it owns, every vhost is
 * planned against what it carries at that moment, and the web server is reloaded once for all (design §6). When many
 * certificates are issued together, the batch waits a little for those that are on their way; when they go on and on, the
 * web server rests between two batches.
 */
export function createInstallHandler(context: JobContext): WorkHandler {
  const { clock, store } = context;
  let row = { batches: 0, endedAt: 0 };
  const sinceLast = (): number => clock.monotonic() - row.endedAt;

  /** What is left of the rest after the batches so far. */
  function restLeft(): number {
    if (row.batches === 0 || sinceLast() >= rowEnds) return 0;
    return (rests[Math.min(row.batches, rests.length) - 1] ?? 0) - sinceLast();
  }

  /** How much longer the oldest one that is ready should wait for those that are being collected. */
  function crowdLeft(now: Date, oldest: Date): number {
    const longest = Math.min(crowdWait, oldest.getTime() + crowdWait - now.getTime());
    if (store.work.countUrgent("advance", now) >= crowd) return longest;
    const latest = store.work.lastDue("install", now) ?? oldest;
    // A single one goes on at once.
    return latest > oldest ? Math.min(longest, latest.getTime() + lull - now.getTime()) : 0;
  }

  return {
    kind: "install",
    concurrency: 1,
    batch: batchSize,
    holdBack(now) {
      const oldest = store.work.nextDue("install");
      if (oldest === null) return null;
      const left = Math.max(restLeft(), crowdLeft(now, oldest));
      return left > 0 ? new Date(now.getTime() + left) : null;
    },
    async run(items: readonly WorkItem[]): Promise<ReadonlyMap<string, WorkOutcome>> {
      const wishes = new Map(items.map(({ key }) => [key, { force: false, vhost: null }]));
      const outcomes = await installCertificates(context, wishes);
      row = { batches: sinceLast() < rowEnds ? row.batches + 1 : 1, endedAt: clock.monotonic() };
      return outcomes;
    },
  };
}

/** One batch. The outcome of a request is an error when any of its vhosts is to be tried again. */
export function installCertificates(
  context: JobContext,
  wishes: ReadonlyMap<string, InstallWish>,
): Promise<ReadonlyMap<string, WorkOutcome>> {
  return context.locks.run(installLock, () => installBatch(context, wishes));
}

async function installBatch(
  context: JobContext,
  wishes: ReadonlyMap<string, InstallWish>,
): Promise<ReadonlyMap<string, WorkOutcome>> {
  const outcomes = new Map<string, WorkOutcome>();
  const named = new Set(
    [...wishes.keys()].map((reference) => context.store.requests.get(reference)?.account),
  );
  const panelView = createPanelView(context.panel, named.size);
  const candidates: Candidate[] = [];
  for (const [reference, wish] of wishes) {
    try {
      candidates.push(...(await findCandidates(context, panelView, reference, wish)));
      outcomes.set(reference, { next: null });
    } catch (thrown) {
      const error = asCodedError(thrown);
      const waits = error.code === "certificate-not-yet-valid" && error.notBefore !== null;
      outcomes.set(reference, waits ? { next: error.notBefore } : { error });
    }
  }
  crashPoint("X-16");
  const chosen = chooseOnePerVhost(context, candidates);
  const failures = await applyCandidates(context, chosen);
  for (const [reference, error] of failures) outcomes.set(reference, { error });
  for (const reference of wishes.keys()) refreshRequestState(context, reference);
  context.wake();
  return outcomes;
}

/** Two certificates for one vhost in one batch: the newer wins, the other would be replaced at once. */
function chooseOnePerVhost(context: JobContext, candidates: readonly Candidate[]): Candidate[] {
  const best = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const rival = best.get(candidate.vhost.id);
    const better = rival === undefined || isNewer(candidate.certificate, rival.certificate);
    const loser = better ? rival : candidate;
    if (better) best.set(candidate.vhost.id, candidate);
    if (loser !== undefined) {
      context.store.installations.change(
        loser.installation.id,
        { state: "superseded", reason: "newer-installed" },
        context.clock.now(),
      );
    }
  }
  return [...best.values()];
}
