import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import {
  buildChain,
  type Certificate,
  type CertificateBundle,
  certificateCovers,
  isNewer,
  judgeCertificate,
  parseCertificates,
  pemBundle,
} from "../model/certificate.ts";
import { covers } from "../model/host-name.ts";
import { type PlanStep, planInstallation } from "../model/plan-installation.ts";
import { handedOver } from "../model/request.ts";
import type { Account, InstallOutcome, Vhost, VhostInstall } from "../panel.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type WorkItem, workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { installLock } from "./keyed-lock.ts";
import { createPanelView, type PanelView } from "./panel-view.ts";
import { refreshRequestState } from "./request-state.ts";
import { targetsOf } from "./served-targets.ts";
import { openTakeBack } from "./take-back.ts";
import { haveKey } from "./take-key.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** With at least so many certificates still being collected, a batch waits for them, but not longer than this. */
const crowd = 4;
const crowdWait = 10_000;
/**
 * How long the web server is left alone after the first, second … batch in a row, and after how long a row is over. Two
 * people who order in the same minute are both served at once.
 */
const rests = [0, 5_000, 15_000, 30_000];
const rowEnds = 60_000;
/** More than this in one batch would make the first of them wait for the last. */
const batchSize = 100;

/** What a person asked for beyond what the plan would do by itself. */
export interface InstallWish {
  readonly force: boolean;
  /** Only this vhost. */
  readonly vhost: string | null;
}

interface Candidate {
  readonly request: StoredRequest;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly vhost: Vhost;
  readonly installation: StoredInstallation;
}

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
    if (store.work.countUrgent("advance", now) < crowd) return 0;
    return Math.min(crowdWait, oldest.getTime() + crowdWait - now.getTime());
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
      candidates.push(...(await planRequest(context, panelView, reference, wish)));
      outcomes.set(reference, { next: null });
    } catch (thrown) {
      const error = asCodedError(thrown);
      const waits = error.code === "certificate-not-yet-valid" && error.notBefore !== null;
      outcomes.set(reference, waits ? { next: error.notBefore } : { error });
    }
  }
  crashPoint("X-16");
  const chosen = chooseOnePerVhost(context, candidates);
  const failures = await apply(context, chosen);
  for (const [reference, error] of failures) outcomes.set(reference, { error });
  for (const reference of wishes.keys()) refreshRequestState(context, reference);
  context.wake();
  return outcomes;
}

async function planRequest(
  context: JobContext,
  panelView: PanelView,
  reference: string,
  wish: InstallWish,
): Promise<Candidate[]> {
  const { store, clock, panel } = context;
  const request = store.requests.get(reference);
  const stored = store.certificates.latestOf(reference);
  if (request === null || stored === null || handedOver(request)) return [];
  // Asked first: while the panel is away nothing else is worth the work.
  const account = request.account === null ? null : await panelView.account(request.account);
  const [certificate] = parseCertificates(stored.pem);
  if (certificate === undefined) throw new CodedError("certificate-unreadable", { detail: "in the store" });
  const pool = stored.chainPem === "" ? [] : parseCertificates(stored.chainPem);
  const chain = buildChain(certificate, pool, context.roots, clock.now());
  const finding = judgeCertificate(certificate, chain, {
    now: clock.now(),
    ownKeyId: stored.keyId,
    wantedNames: request.names,
  });
  if (finding === "certificate-not-yet-valid") {
    store.requests.change(reference, { state: "issued", reason: finding }, clock.now());
    throw new CodedError(finding, { notBefore: certificate.notBefore });
  }
  // An account that is gone owns nothing; who owns its names now is found among all vhosts.
  const own = account === null ? [] : await panelView.vhosts(account.name);
  const vhosts = own.length === 0 ? await panelView.vhosts(null) : own;
  const current = new Map<string, Awaited<ReturnType<typeof panel.readCertificate>>>();
  const input = {
    certificate,
    finding,
    keyAtHand: await haveKey(context, request.account, stored.keyId),
    request,
    accounts: account === null ? await ownersOf(panelView, request, certificate, vhosts) : [account],
    vhosts,
    current,
    policy: context.policy,
    force: wish.force,
    onlyVhost: wish.vhost,
    now: clock.now(),
  };
  // Only vhosts that could take the certificate are worth a question to the panel.
  for (const step of planInstallation(input)) {
    if (step.vhost !== null && step.action === "install") {
      current.set(step.vhost.id, await panel.readCertificate(step.vhost));
    }
  }
  const shownBy = ({ vhost }: PlanStep): string | null =>
    (vhost === null ? null : current.get(vhost.id))?.leaf.fingerprint ?? null;
  const kept = planInstallation(input).map((step) =>
    keepStep(context, request, certificate, chain.chain, step, shownBy(step)),
  );
  return (await Promise.all(kept)).flat();
}

/** Who owns what a certificate that belongs to no account could go onto; those of an account that is gone are none of its. */
async function ownersOf(
  panelView: PanelView,
  request: StoredRequest,
  certificate: Certificate,
  vhosts: readonly Vhost[],
): Promise<Account[]> {
  if (request.account !== null) return [];
  const fitting = vhosts.filter(({ names }) => names.some((name) => certificateCovers(certificate, name)));
  const owners = new Set(fitting.map(({ account }) => account));
  const found = await Promise.all([...owners].map((name) => panelView.account(name)));
  return found.filter((account) => account !== null);
}

async function keepStep(
  context: JobContext,
  request: StoredRequest,
  certificate: Certificate,
  chain: readonly Certificate[],
  step: PlanStep,
  shown: string | null,
): Promise<Candidate[]> {
  const { store, clock } = context;
  const now = clock.now();
  if (step.vhost === null) {
    noteRefusal(context, request, step.reason);
    return [];
  }
  const { vhost } = step;
  const row = {
    reference: request.reference,
    fingerprint: certificate.fingerprint,
    vhost: vhost.id,
    account: vhost.account,
  };
  const before = store.installations.of(request.reference).find((known) => isRow(known, row));
  if (before !== undefined && openTakeBack(context, before.id) !== null) return [];
  if (step.action === "refuse" && step.reason === "already-installed") {
    if (before?.state === "verified") return [];
    if (before?.state === "applied") {
      // The handshakes go on from where they are: beginning anew would never come to the end of patience.
      store.work.plan("verify", String(before.id), workPriority.background, now, now);
      return [];
    }
    const installation = before ?? store.installations.put({ ...row, state: "planned" }, now);
    const candidate = { request, certificate, chain, vhost, installation };
    // On record by our own unfinished hand, the web server may never have been told.
    if (before?.state === "installing" && !(await isServed(context, certificate, vhost))) return [candidate];
    store.db.transaction(() => markApplied(context, candidate, "already"));
    return [];
  }
  if (step.action === "refuse") {
    // Behind a newer one of our own it has done its work; anything else is for a person to decide.
    const done = step.reason === "newer-installed" && store.installations.isOurs(vhost.id, shown);
    const state = done ? "superseded" : "refused";
    if (before?.state === state && (done || before.reason === step.reason)) return [];
    const installation = store.installations.put({ ...row, state }, now);
    store.installations.change(installation.id, { reason: step.reason }, now);
    record(context, request.reference, state, { vhost: vhost.id, code: step.reason });
    return [];
  }
  // A row that a crash left in `installing` keeps the backup it already has: what the vhost carries now may be half of ours.
  const installation =
    before?.state === "installing" ? before : store.installations.put({ ...row, state: "planned" }, now);
  if (before?.state !== "installing") record(context, request.reference, "planned", { vhost: vhost.id });
  return [{ request, certificate, chain, vhost, installation }];
}

async function isServed(context: JobContext, certificate: Certificate, vhost: Vhost): Promise<boolean> {
  const targets = targetsOf(context, coveredNames(certificate, vhost), vhost.addresses);
  const looks = await context.probe.lookAt(targets);
  return looks.some(({ fingerprint }) => fingerprint === certificate.fingerprint);
}

function isRow(known: StoredInstallation, row: { fingerprint: string; vhost: string }): boolean {
  return known.fingerprint === row.fingerprint && known.vhost === row.vhost;
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

async function apply(context: JobContext, chosen: readonly Candidate[]): Promise<Map<string, CodedError>> {
  const failures = new Map<string, CodedError>();
  const prepared: { candidate: Candidate; install: VhostInstall; intent: number }[] = [];
  for (const candidate of chosen) {
    try {
      prepared.push(await prepare(context, candidate));
    } catch (thrown) {
      noteFailure(context, candidate, asCodedError(thrown), failures);
    }
  }
  if (prepared.length === 0) return failures;
  crashPoint("X-17");
  const results = await installAll(
    context,
    prepared.map(({ install }) => install),
  );
  crashPoint("X-21");
  for (const [index, { candidate, intent }] of prepared.entries()) {
    const problem = results[index]?.problem ?? null;
    context.store.db.transaction(() => {
      context.store.intents.finish(intent, problem === null ? "applied" : problem.code, context.clock.now());
      if (problem === null) markApplied(context, candidate, "new");
      else noteFailure(context, candidate, problem, failures);
    });
  }
  return failures;
}

async function installAll(
  context: JobContext,
  installs: readonly VhostInstall[],
): Promise<readonly InstallOutcome[]> {
  try {
    return await context.panel.installCertificates(installs);
  } catch (thrown) {
    const problem = asCodedError(thrown);
    return installs.map(({ vhost }) => ({ vhost, problem }));
  }
}

/** Backs up what the vhost carries, looks at what is served, and writes the intent: only then may the panel be touched. */
async function prepare(
  context: JobContext,
  candidate: Candidate,
): Promise<{ candidate: Candidate; install: VhostInstall; intent: number }> {
  const { store, clock, keys, panel } = context;
  const { installation, vhost, certificate, chain, request } = candidate;
  const key = await keys.read(certificate.keyId);
  if (installation.previous === null) {
    const previous = await panel.readBundle(vhost);
    if (previous !== null && previous.leaf.fingerprint !== certificate.fingerprint) {
      await keys.keep(previous.leaf.keyId, previous.key);
      crashPoint("X-39");
      store.installations.change(installation.id, backup(previous), clock.now());
    }
  }
  const names = coveredNames(certificate, vhost);
  const targets = targetsOf(context, names, vhost.addresses);
  const servedBefore =
    installation.state === "installing" ? installation.servedBefore : await context.probe.lookAt(targets);
  const bundle: CertificateBundle = { leaf: certificate, chain, key };
  const intent = store.db.transaction(() => {
    store.installations.change(
      installation.id,
      { state: "installing", reason: null, detail: "", names, addresses: vhost.addresses, servedBefore },
      clock.now(),
    );
    store.requests.change(request.reference, { state: "installing", reason: null }, clock.now());
    record(context, request.reference, "installing", { vhost: vhost.id });
    return store.intents.begin(
      "install",
      String(installation.id),
      { vhost: vhost.id, fingerprint: certificate.fingerprint },
      clock.now(),
    );
  });
  return { candidate, install: { vhost, bundle }, intent };
}

function backup(previous: CertificateBundle): {
  previous: string;
  previousPem: string;
  previousChain: string;
  previousKey: string;
} {
  return {
    previous: previous.leaf.fingerprint,
    previousPem: previous.leaf.pem,
    previousChain: pemBundle(previous.chain),
    previousKey: previous.leaf.keyId,
  };
}

function markApplied(
  context: JobContext,
  { installation, certificate, vhost }: Candidate,
  how: "new" | "already",
): void {
  const { store, clock } = context;
  const now = clock.now();
  store.installations.change(
    installation.id,
    {
      state: "applied",
      reason: "not-served-yet",
      names: coveredNames(certificate, vhost),
      addresses: vhost.addresses,
      appliedAt: now,
      attempts: 0,
    },
    now,
  );
  record(context, installation.reference, "applied", { vhost: vhost.id, how });
  store.work.want("verify", String(installation.id), workPriority.issued, now);
}

function noteFailure(
  context: JobContext,
  candidate: Candidate,
  error: CodedError,
  failures: Map<string, CodedError>,
): void {
  const { store, clock } = context;
  const { installation, request, vhost } = candidate;
  const final = error.advice === "never";
  store.installations.change(
    installation.id,
    {
      state: final ? "failed" : "installing",
      reason: error.code,
      detail: error.detail,
      attempts: installation.attempts + 1,
    },
    clock.now(),
  );
  record(context, request.reference, final ? "failed" : "attempt-failed", {
    vhost: vhost.id,
    code: error.code,
  });
  context.log.warn("an installation did not succeed", {
    reference: request.reference,
    vhost: vhost.id,
    error,
  });
  // The worst of several decides when the request is tried again; a final one only when nothing can be tried again.
  const before = failures.get(request.reference);
  if (before === undefined || before.advice === "never") failures.set(request.reference, error);
}

function noteRefusal(context: JobContext, request: StoredRequest, reason: ErrorCode): void {
  if (request.reason === reason) return;
  context.store.requests.change(request.reference, { state: "needs-you", reason }, context.clock.now());
  record(context, request.reference, "refused", { code: reason });
}

function coveredNames(certificate: Certificate, vhost: Vhost): Vhost["names"] {
  const covered = vhost.names.filter((name) => certificate.names.some((pattern) => covers(pattern, name)));
  return covered.length === 0 ? vhost.names : covered;
}
