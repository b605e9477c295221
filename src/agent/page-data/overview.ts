import { CodedError, type ErrorCode } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import { sweepParts } from "../../jobs/sweep.ts";
import type { Overview, OverviewData, WebhookLogRow } from "../../pages/data/overview.ts";
import type { StoredHint } from "../../store/hints.ts";
import { RequestLists } from "../../store/request-list.ts";
import type { RefusalLog } from "../../webhook/refusal-log.ts";
import { toRow } from "./rows.ts";

const failuresShown = 20;
const webhooksShown = 50;

export function createOverviewData(context: JobContext, version: string, refusals: RefusalLog): OverviewData {
  const lists = new RequestLists(context.store.db);
  return {
    async readOverview(caller) {
      if (caller.level !== "administrator" || caller.role !== "administrator")
        throw new CodedError("not-found");
      return readOverview(context, lists, version, refusals);
    },
  };
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
