import { CodedError } from "../../errors.ts";
import type { JobContext, Source } from "../../jobs/context.ts";
import { reissueMany, stopReissues } from "../../jobs/reissue-many.ts";
import { finishTime } from "../../model/finish-time.ts";
import type { BulkData } from "../../pages/data/bulk.ts";
import type { Caller } from "../../panel.ts";
import { RequestLists } from "../../store/request-list.ts";
import { readScope } from "./scope.ts";

const runsShown = 10;
/** A table of more rows than this is no longer something that a page makes. */
const mostExported = 100_000;

/** Answers the pages about many certificates at once; the command line asks here as well. */
export function createBulkData(context: JobContext, source: Source = "page"): BulkData {
  const { store, clock } = context;

  /** Who began it: an administrator sees every undertaking, a reseller their own. */
  function begunBy(caller: Caller): string {
    return caller.level === "administrator" ? "administrator" : `reseller ${caller.account}`;
  }

  return {
    async readBulk(caller, search) {
      refuseAccounts(caller);
      const scope = await readScope(context, caller);
      const by = caller.level === "administrator" ? null : begunBy(caller);
      return {
        matching: store.bulks.candidates(scope, search, clock.now()).length,
        runs: store.bulks.latest(by, runsShown).map((run) => ({
          id: run.id,
          reason: run.reason,
          urgent: run.urgent,
          createdAt: run.createdAt,
          stopped: run.stoppedAt !== null,
          all: run.all,
          done: run.done,
          stuck: run.stuck,
          finishAt: run.stoppedAt === null ? finishTime(run) : null,
        })),
      };
    },

    async reissueMany(caller, { search, count, urgent, reason }) {
      refuseAccounts(caller);
      if (caller.readOnly) throw new CodedError("not-allowed");
      const references = store.bulks.candidates(await readScope(context, caller), search, clock.now());
      // Somebody agreed to a number; what matches now may be another.
      if (references.length !== count) throw new CodedError("selection-changed");
      reissueMany(context, { by: begunBy(caller), reason, urgent }, references, source);
    },

    async stopReissues(caller, id) {
      refuseAccounts(caller);
      if (caller.readOnly) throw new CodedError("not-allowed");
      const by = caller.level === "administrator" ? null : begunBy(caller);
      if (!store.bulks.latest(by, runsShown).some((run) => run.id === id)) throw new CodedError("not-found");
      stopReissues(context, id);
    },

    async listForExport(caller) {
      const scope = await readScope(context, caller);
      const lists = new RequestLists(store.db);
      const rows = lists.page({ scope, rank: null, search: "", limit: mostExported, offset: 0 });
      return rows.map((request) => [
        request.names.join(" "),
        request.account ?? "",
        request.state,
        request.reason ?? "",
        request.productName ?? "",
        request.notAfter?.toISOString() ?? "",
        request.termEnd?.toISOString() ?? "",
        String(request.caRequestId ?? ""),
        String(request.caCertificateId ?? ""),
        request.reference,
        request.createdAt.toISOString(),
      ]);
    },
  };
}

function refuseAccounts({ level, role }: Caller): void {
  if (level === "account" || role === "account") throw new CodedError("not-found");
}
