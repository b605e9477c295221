import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { endsSoon } from "../model/ca-priority.ts";
import { covers, type HostName, isWildcard } from "../model/host-name.ts";
import { namesToCarry, planRenewal, type RenewalLook, renewalDue, validFrom } from "../model/plan-renewal.ts";
import { priceOf } from "../model/product.ts";
import { handedOver, isTerminal } from "../model/request.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type WorkItem, workPriority } from "../store/work.ts";
import { learnProduct, priceIfItMatters } from "./begin-renewal.ts";
import { type JobContext, record, type Source } from "./context.ts";
import { ownsFreeName } from "./free-name.ts";
import { inBatches } from "./in-batches.ts";
import { placeOrder, waitingRenewal } from "./place-order.ts";
import { requireComparedClock } from "./plausible-clock.ts";
import { type KeyKind, keyKinds, type OrderParameters } from "./ports.ts";
import { refreshRequestState } from "./request-state.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** While the panel is away nothing can be found out about the account; asking rarely is enough for something so slow. */
const panelPause = 30 * 60_000;
const day = 86_400_000;
/** An installation in one of these states means that the certificate is used here, or meant to be. */
const inUse = ["planned", "installing", "applied", "verified", "rolled-back", "refused", "failed"];

/** What a person changes about the next certificate. */
export interface FollowWish {
  readonly kind: "reissue" | "renewal";
  /** Null: the same names, without those that left the account. */
  readonly names: readonly HostName[] | null;
  readonly keyKind: KeyKind | null;
}

/**
 * Replaces certificates that come to their end: another one of the paid term by itself, a new term only with consent. What
 * to do follows from the look at the certificate, the panel and the last attempt (`model/plan-renewal.ts`).
 */
export function createRenewHandler(context: JobContext): WorkHandler {
  return {
    kind: "renew",
    concurrency: 4,
    batch: 1,
    async run(items: readonly WorkItem[]): Promise<ReadonlyMap<string, WorkOutcome>> {
      const outcomes = new Map<string, WorkOutcome>();
      for (const { key } of items) outcomes.set(key, await runOne(context, key));
      return outcomes;
    },
  };
}

/** Sees to it that every certificate that ends within the next weeks is looked at in time. */
export function planEnding({ store, clock }: Pick<JobContext, "store" | "clock">): Promise<void> {
  const now = clock.now();
  return inBatches(store, store.requests.ending(beforeEnd(now), longAgo(now)), (reference) => {
    // What is planned already has its reason to wait.
    if (store.work.plannedFor("renew", reference) !== null) return;
    const request = store.requests.get(reference);
    if (request === null) return;
    store.work.plan("renew", reference, workPriority.background, dueOf(request) ?? now, now);
  });
}

/** Looks at one certificate and does what follows. Returns when to look again; null when nothing is left to do. */
export function renewCertificate(context: JobContext, reference: string): Promise<Date | null> {
  return context.locks.run(`renew ${reference}`, () => renew(context, reference));
}

/**
 * Orders the certificate that follows one, as a person asked. Throws `successor-under-way` when there is one already, and
 * whatever the CA says to the order.
 */
export function followCertificate(
  context: JobContext,
  reference: string,
  wish: FollowWish,
  source: Source,
): Promise<StoredRequest> {
  return context.locks.run(`renew ${reference}`, async () => {
    const request = context.store.requests.get(reference);
    if (request === null) throw new CodedError("not-found", { detail: reference });
    if (handedOver(request)) throw new CodedError(request.reason ?? "handed-over");
    const { onAccount } = await readAccountNames(context, request);
    return follow(context, request, wish, onAccount, source);
  });
}

async function runOne(context: JobContext, reference: string): Promise<WorkOutcome> {
  try {
    return { next: await renewCertificate(context, reference) };
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "successor-under-way") return { next: null };
    // By such a clock thousands may look late that are not.
    if (error.code !== "clock-implausible") noteLate(context, reference, error.code);
    if (error.advice === "soon") return { next: new Date(context.clock.now().getTime() + panelPause) };
    // What the CA refused is asked again tomorrow; the attempt that failed tells since when (spec xolphin-api U31).
    if (error.advice === "never") return { next: new Date(context.clock.now().getTime() + day) };
    return { error };
  }
}

async function renew(context: JobContext, reference: string): Promise<Date | null> {
  const { store, clock } = context;
  const request = store.requests.get(reference);
  if (request === null || request.notAfter === null || isTerminal(request.state)) return null;
  const successors = store.requests.successors(reference);
  const waiting = waitingRenewal(context, reference);
  if (successors.some(({ reference: next, state }) => !isTerminal(state) && next !== waiting)) {
    settle(context, request, null);
    return null;
  }
  if (!isUsed(context, request) && request.reissueWantedAt === null) return null;
  await requireComparedClock(context);
  const { obstacle: found, onAccount } = await readAccountNames(context, request);
  // A key that was made elsewhere is used elsewhere: a new one made here would be of no use there.
  const here = request.reissueWantedAt !== null || (await context.keys.has(request.keyId ?? ""));
  const obstacle = found ?? (here ? null : "key-missing");
  const failures = successors.filter(({ state }) => isTerminal(state));
  const step = planRenewal(lookAt(context, request, failures, obstacle));
  if (step.action === "renewal" && waiting !== null) {
    settle(context, request, "approval-needed");
    return new Date(clock.now().getTime() + day);
  }
  switch (step.action) {
    case "nothing":
      settle(context, request, null);
      return step.next;
    case "blocked":
      settle(context, request, step.reason);
      return step.next;
    default: {
      const wish: FollowWish = { kind: step.action, names: null, keyKind: null };
      const known = step.action === "renewal" ? await learnProduct(context, request) : request;
      if (step.action === "renewal" && known.productId === null) {
        // Ordered elsewhere, and the CA does not say as what: somebody has to choose once.
        settle(context, request, "renewal-consent-needed");
        return new Date(clock.now().getTime() + day);
      }
      const placed = await follow(context, known, wish, onAccount, "agent");
      const waits = placed.state === "draft";
      settle(context, request, waits ? "approval-needed" : null);
      return waits ? new Date(clock.now().getTime() + day) : null;
    }
  }

  function settle(jobs: JobContext, settled: StoredRequest, problem: ErrorCode | null): void {
    if (settled.renewalProblem === problem) return;
    store.requests.change(settled.reference, { renewalProblem: problem }, clock.now());
    if (problem !== null) record(jobs, settled.reference, "renewal-blocked", { code: problem });
    refreshRequestState(jobs, settled.reference);
  }
}

function lookAt(
  context: JobContext,
  request: StoredRequest,
  /** Attempts that came to nothing. */
  failures: readonly StoredRequest[],
  obstacle: ErrorCode | null,
): RenewalLook {
  const { store, clock, policy } = context;
  const notAfter = request.notAfter ?? clock.now();
  const notBefore = validFrom(request);
  const failed = failures.at(-1);
  const ids = [request.caCertificateId, request.caRequestId].filter((id) => id !== null);
  return {
    notBefore,
    notAfter,
    termEnd: request.termEnd,
    policy,
    choice: request.renewalChoice,
    announced: store.hints
      .of([...new Set(ids)])
      .some(({ state, receivedAt }) => state === "ReadyForReissue" && receivedAt >= notBefore),
    hurry:
      request.reissueWantedAt !== null &&
      (failed === undefined || failed.createdAt < request.reissueWantedAt),
    obstacle,
    failure:
      failed === undefined
        ? null
        : { at: failed.createdAt, reason: failed.reason ?? ("ca-refused-order" as const) },
    now: clock.now(),
  };
}

async function follow(
  context: JobContext,
  request: StoredRequest,
  { kind, names, keyKind }: FollowWish,
  onAccount: readonly HostName[],
  source: Source,
): Promise<StoredRequest> {
  const { store, clock } = context;
  const servedBefore = store.installations
    .of(request.reference)
    .flatMap((installation) => installation.names);
  const carried = names ?? namesToCarry(request.names, servedBefore, onAccount);
  const dropped = request.names.filter((name) => !carried.includes(name));
  const dcv = methodsFor(context, request, carried);
  const years = request.years ?? 1;
  const cents =
    kind === "reissue"
      ? null
      : await priceIfItMatters(context, (products) => {
          const product = products.find(({ id }) => id === request.productId);
          return product === undefined ? null : priceOf(product, years, carried).cents;
        });
  const placed = await placeOrder(
    context,
    context.makeCsr,
    {
      kind,
      predecessor: request,
      account: request.account,
      accountCreatedAt: request.accountCreatedAt,
      names: carried,
      product: {
        id: request.productId ?? 0,
        name: request.productName ?? "",
        validation: request.validation ?? "DV",
      },
      years,
      dcvMethod: dcv[0]?.method ?? "DNS",
      approverEmail: dcv[0]?.approverEmail ?? null,
      dcv,
      withoutFreeName: !(await ownsFreeName(context, request.account, carried)),
      keyKind: keyKind ?? keyKinds.find((known) => known === request.keyKind) ?? "rsa-2048",
      organisation: request.organisation,
      cents,
      ...(source === "agent"
        ? { standing: request.renewalChoice === "automatic" ? "account" : "admin" }
        : {}),
    },
    source,
  );
  store.db.transaction(() => {
    store.requests.change(request.reference, { reissueWantedAt: null }, clock.now());
    if (dropped.length > 0) {
      record(context, request.reference, "names-dropped", { name: dropped.join(", ") }, source);
    }
    if (placed.state !== "draft") {
      record(context, request.reference, "followed", { id: placed.reference, kind }, source);
    }
  });
  return placed;
}

/**
 * The way in which each name was validated without anybody's help last time, so that it runs untouched again; mail only
 * where nothing else ever worked. A wildcard can't be validated by file (spec xolphin-api §9.1).
 */
function methodsFor(
  { store }: JobContext,
  request: StoredRequest,
  names: readonly HostName[],
): OrderParameters["dcv"] {
  const before = new Map(store.dcvNames.of(request.reference).map((known) => [known.name, known]));
  const usual = request.dcvMethod ?? "DNS";
  return names.map((name) => {
    const known = before.get(name);
    const wished = known?.method ?? usual;
    const method = wished === "FILE" && isWildcard(name) ? "DNS" : wished;
    return { name, method, approverEmail: method === "EMAIL" ? (known?.email ?? null) : null };
  });
}

/** Used here, or never installed anywhere yet; a certificate that others took the place of everywhere needs no successor. */
function isUsed({ store }: JobContext, request: StoredRequest): boolean {
  const installations = store.installations.of(request.reference);
  return installations.length === 0 || installations.some(({ state }) => inUse.includes(state));
}

/** The names that the account has now, and why no certificate could be put on them. */
async function readAccountNames(
  { panel }: JobContext,
  request: StoredRequest,
): Promise<{ obstacle: ErrorCode | null; onAccount: HostName[] }> {
  let obstacle: ErrorCode | null = null;
  try {
    if (request.account !== null) {
      const account = await panel.readAccount(request.account);
      const { accountCreatedAt } = request;
      if (accountCreatedAt !== null && account.createdAt !== null && account.createdAt !== accountCreatedAt) {
        return { obstacle: "owner-changed", onAccount: [] };
      }
      if (account.suspended) obstacle = "account-suspended";
      else if (!account.tlsAllowed) obstacle = "ssl-not-allowed";
    }
    const vhosts = await panel.listVhosts(request.account ?? undefined);
    const onAccount = vhosts.flatMap((vhost) => vhost.names);
    const some = onAccount.some((own) => request.names.some((name) => covers(name, own)));
    return { obstacle: obstacle ?? (some ? null : "no-vhost"), onAccount };
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "account-unknown") return { obstacle: error.code, onAccount: [] };
    throw error;
  }
}

/** A delay is shown only once it eats up the time that was kept for delays. */
function noteLate(context: JobContext, reference: string, code: ErrorCode): void {
  const { store, clock } = context;
  const request = store.requests.get(reference);
  if (request === null || request.notAfter === null || request.renewalProblem === code) return;
  if (!endsSoon({ notBefore: validFrom(request), notAfter: request.notAfter }, clock.now())) return;
  store.requests.change(reference, { renewalProblem: code }, clock.now());
  record(context, reference, "renewal-blocked", { code });
  refreshRequestState(context, reference);
}

function dueOf(request: StoredRequest): Date | null {
  const { notAfter, termEnd } = request;
  return notAfter === null ? null : renewalDue({ notBefore: validFrom(request), notAfter, termEnd });
}

/** Farther than the longest lead and two days of sweeps. */
function beforeEnd(now: Date): Date {
  return new Date(now.getTime() + 32 * 86_400_000);
}

function longAgo(now: Date): Date {
  return new Date(now.getTime() - 30 * 86_400_000);
}
