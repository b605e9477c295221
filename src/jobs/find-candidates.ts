import { CodedError, type ErrorCode } from "../errors.ts";
import { buildChain, type Certificate, certificateCovers, parseCertificates } from "../model/certificate.ts";
import { type PlanStep, planInstallation } from "../model/plan-installation.ts";
import { handedOver } from "../model/request.ts";
import type { Account, Vhost } from "../panel.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type Candidate, coveredNames, markApplied } from "./candidate.ts";
import { type JobContext, record } from "./context.ts";
import type { PanelView } from "./panel-view.ts";
import { judgeNow } from "./plausible-clock.ts";
import { targetsOf } from "./served-targets.ts";
import { openTakeBack } from "./take-back.ts";
import { haveKey } from "./take-key.ts";

/** What a person asked for beyond what the plan would do by itself. */
export interface InstallWish {
  readonly force: boolean;
  /** Only this vhost. */
  readonly vhost: string | null;
}

/** What of a request is to be put where, by what the panel says now. Writes down what is refused and what is done already. */
export async function findCandidates(
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
  const finding = judgeNow(context, certificate, chain, {
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
    // On record by our own unfinished hand, the web server may never have been told, or the chain may still be missing:
    // some panels take it in a call of its own.
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

/** Whether any name of it shows the certificate with a chain that holds. */
async function isServed(context: JobContext, certificate: Certificate, vhost: Vhost): Promise<boolean> {
  const targets = targetsOf(context, coveredNames(certificate, vhost), vhost.addresses);
  const looks = await context.probe.lookAt(targets);
  return looks.some(({ fingerprint, complete }) => complete && fingerprint === certificate.fingerprint);
}

function isRow(known: StoredInstallation, row: { fingerprint: string; vhost: string }): boolean {
  return known.fingerprint === row.fingerprint && known.vhost === row.vhost;
}

function noteRefusal(context: JobContext, request: StoredRequest, reason: ErrorCode): void {
  if (request.reason === reason) return;
  context.store.requests.change(request.reference, { state: "needs-you", reason }, context.clock.now());
  record(context, request.reference, "refused", { code: reason });
}
