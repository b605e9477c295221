import { CodedError, type ErrorCode } from "../errors.ts";
import type { JobContext } from "../jobs/context.ts";
import { sweepParts } from "../jobs/sweep.ts";
import { parseCertificates } from "../model/certificate.ts";
import { isTerminal } from "../model/request.ts";
import type {
  InstallationRow,
  ListGroup,
  Overview,
  PageData,
  RequestDetail,
  RequestRow,
  WebhookLogRow,
} from "../pages/page-data.ts";
import type { Caller } from "../panel.ts";
import type { StoredHint } from "../store/hints.ts";
import type { StoredInstallation } from "../store/installations.ts";
import { type AccountScope, RequestLists } from "../store/request-list.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import { history } from "./describe-request.ts";

const pageSize = 25;
const failuresShown = 20;
const webhooksShown = 50;
const groups: readonly ListGroup[] = ["attention", "busy", "secured", "ended"];

/** Answers the pages from the store, each caller within what the panel says is theirs at this moment. */
export function createPageData(context: JobContext, version: string, refusals: RefusalLog): PageData {
  const { store, clock } = context;
  const lists = new RequestLists(store.db);

  async function find(caller: Caller, reference: string): Promise<StoredRequest> {
    const request = store.requests.get(reference);
    const scope = await readScope(context, caller);
    if (request === null || !inScope(request, scope))
      throw new CodedError("not-found", { detail: reference });
    return request;
  }

  return {
    async listRequests(caller, { search, group, page }) {
      const scope = await readScope(context, caller);
      const rank = group === "all" ? null : groups.indexOf(group);
      const query = { scope, rank, search, limit: pageSize, offset: (page - 1) * pageSize };
      const all = lists.counts({ scope, search: "" });
      const matching = search === "" ? all : lists.counts({ scope, search });
      return {
        rows: lists.page(query).map(toRow),
        total: rank === null ? sum(matching) : (matching.get(rank) ?? 0),
        pageSize,
        counts: {
          all: sum(all),
          attention: all.get(0) ?? 0,
          busy: all.get(1) ?? 0,
          secured: all.get(2) ?? 0,
          ended: all.get(3) ?? 0,
        },
        showAccounts: caller.level !== "account",
      };
    },

    async readRequest(caller, reference) {
      return toDetail(context, await find(caller, reference));
    },

    async readOverview(caller) {
      if (caller.level !== "administrator" || caller.role !== "administrator")
        throw new CodedError("not-found");
      return readOverview(context, lists, version, refusals);
    },

    async tryAgain(caller, reference) {
      if (caller.readOnly) throw new CodedError("not-allowed");
      const request = await find(caller, reference);
      startAgain(context, request);
    },

    async countAttention(caller) {
      return lists.counts({ scope: await readScope(context, caller), search: "" }).get(0) ?? 0;
    },
  };

  function startAgain(jobs: JobContext, request: StoredRequest): void {
    if (isTerminal(request.state)) throw new CodedError("nothing-to-do");
    const now = clock.now();
    store.db.transaction(() => {
      for (const name of store.requests.dcvNames(request.reference)) {
        if (name.state === "needs-you") {
          store.requests.putDcvName(request.reference, { ...name, state: "waiting", reason: null });
        }
      }
      const kind = request.fingerprint === null ? "advance" : "install";
      store.work.want(kind, request.reference, workPriority.user, now);
      for (const installation of store.installations.of(request.reference)) {
        if (installation.state === "applied") {
          store.work.want("verify", String(installation.id), workPriority.user, now);
        }
      }
    });
    jobs.wake();
  }
}

/** The accounts a caller may see: their own, a reseller's with those they own, or all (null). Asked of the panel each time. */
async function readScope({ panel }: JobContext, caller: Caller): Promise<AccountScope | null> {
  if (caller.level === "administrator") {
    if (caller.role !== "administrator") throw new CodedError("not-allowed");
    return null;
  }
  if (caller.level === "account") return [await panel.readAccount(caller.account)].map(plain);
  if (caller.role === "account") throw new CodedError("not-allowed");
  const accounts = await panel.listAccounts();
  return accounts.filter(({ name, owner }) => name === caller.account || owner === caller.account).map(plain);
}

function plain({ name, createdAt }: AccountScope[number]): AccountScope[number] {
  return { name, createdAt };
}

function inScope({ account, accountCreatedAt }: StoredRequest, scope: AccountScope | null): boolean {
  if (scope === null) return true;
  return scope.some(
    ({ name, createdAt }) =>
      name === account && (accountCreatedAt === null || createdAt === null || createdAt === accountCreatedAt),
  );
}

function readOverview(
  { store, clock }: JobContext,
  lists: RequestLists,
  version: string,
  refusals: RefusalLog,
): Overview {
  const hints = store.hints.counts();
  const latest = store.hints.latest(webhooksShown);
  const log = [
    ...latest.map((hint) => toLogRow(hint, store.requests.referencesOfCaId(hint.requestId)[0] ?? null)),
  ];
  for (const { at, source, status } of refusals.list().slice(0, webhooksShown)) {
    log.push({
      at,
      source,
      outcome: "refused",
      httpStatus: status,
      requestId: null,
      status: null,
      state: null,
      domain: null,
      reference: null,
    });
  }
  return {
    version,
    failures: lists.page({ scope: null, rank: 0, search: "", limit: failuresShown, offset: 0 }).map(toRow),
    queue: store.work.counts(clock.now()),
    webhooks: {
      accepted: hints.total,
      unmatched: hints.unmatched,
      refused: refusals.total,
      last: latest[0]?.receivedAt ?? null,
      log: log.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, webhooksShown),
    },
    sweeps: sweepParts.map((part) => {
      const last = store.readMeta(`sweep.${part}`);
      return {
        part,
        last: last === null ? null : new Date(last),
        problem: store.readMeta(`sweep.${part}.problem`) as ErrorCode | null,
      };
    }),
  };
}

function toLogRow(hint: StoredHint, reference: string | null): WebhookLogRow {
  return {
    at: hint.receivedAt,
    source: hint.source,
    outcome: hint.matched ? "accepted" : "unmatched",
    httpStatus: null,
    requestId: hint.requestId,
    status: hint.status,
    state: hint.state,
    domain: hint.domain,
    reference,
  };
}

function toRow(request: StoredRequest): RequestRow {
  return {
    reference: request.reference,
    id: request.caRequestId,
    kind: request.kind,
    account: request.account,
    names: request.names,
    product: request.productName,
    state: request.state,
    reason: request.reason,
    notAfter: request.notAfter,
    createdAt: request.createdAt,
    updatedAt: request.updatedAt,
  };
}

function toDetail({ store }: JobContext, request: StoredRequest): RequestDetail {
  const certificate = store.certificates.latestOf(request.reference);
  const [leaf] = certificate === null ? [] : parseCertificates(certificate.pem);
  return {
    ...toRow(request),
    certificateId: request.caCertificateId,
    detail: request.detail,
    years: request.years,
    fingerprint: request.fingerprint,
    issuer: leaf?.issuer ?? null,
    steps: request.steps,
    dcv: store.requests
      .dcvNames(request.reference)
      .map(({ caName: _caName, askedAt: _askedAt, ...name }) => name),
    installations: store.installations.of(request.reference).map(toInstallationRow),
    timeline: history(store, request),
    nextLook:
      store.work.plannedFor("advance", request.reference) ??
      store.work.plannedFor("install", request.reference),
  };
}

function toInstallationRow(installation: StoredInstallation): InstallationRow {
  return {
    vhost: installation.vhost,
    account: installation.account,
    state: installation.state,
    reason: installation.reason,
    detail: installation.detail,
    names: installation.names,
    served: installation.served,
    attempts: installation.attempts,
    appliedAt: installation.appliedAt,
    verifiedAt: installation.verifiedAt,
    nextAttemptAt: installation.nextAttemptAt,
  };
}

function sum(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
