import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import { isTerminal } from "../../model/request.ts";
import type { ListGroup, RequestData } from "../../pages/data/requests.ts";
import { mostFound, RequestLists } from "../../store/request-list.ts";
import type { StoredRequest } from "../../store/requests.ts";
import { workPriority } from "../../store/work.ts";
import { toDetail, toRow } from "./rows.ts";
import { findRequest, readScope } from "./scope.ts";

const pageSize = 25;
const groups: readonly ListGroup[] = ["attention", "busy", "secured", "ended"];

export function createRequestData(context: JobContext): RequestData {
  const { store, clock } = context;
  const lists = new RequestLists(store.db);

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
        cut: search !== "" && sum(matching) >= mostFound && sum(matching) < sum(all),
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
      return toDetail(context, await findRequest(context, caller, reference));
    },

    async tryAgain(caller, reference) {
      if (caller.readOnly) throw new CodedError("not-allowed");
      const request = await findRequest(context, caller, reference);
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
      for (const name of store.dcvNames.of(request.reference)) {
        if (name.state === "needs-you") {
          store.dcvNames.put(request.reference, { ...name, state: "waiting", reason: null });
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

function sum(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
