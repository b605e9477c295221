import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import type { TallyData } from "../../pages/data/tally.ts";
import type { Caller } from "../../panel.ts";
import { RequestLists } from "../../store/request-list.ts";

/** Those that are over are not needed again; this is only a bound. */
const mostOrders = 50_000;
const openRanks = [0, 1, 2];

export function createTallyData({ store, policy }: JobContext): TallyData {
  const lists = new RequestLists(store.db);
  return {
    async readTally(caller) {
      refuseOthers(caller);
      const states = store.installations.counts();
      return {
        installing: (states["planned"] ?? 0) + (states["installing"] ?? 0) + (states["applied"] ?? 0),
        attention: lists.counts({ scope: null, search: "" }).get(0) ?? 0,
      };
    },

    async readBackup(caller) {
      refuseOthers(caller);
      const orders = openRanks.flatMap((rank) =>
        lists.page({ scope: null, rank, search: "", limit: mostOrders, offset: 0 }),
      );
      return {
        policy,
        orders: orders.map(({ reference, caRequestId, account, names }) => ({
          reference,
          id: caRequestId,
          account,
          names,
        })),
      };
    },
  };
}

function refuseOthers({ level, role }: Caller): void {
  if (level !== "administrator" || role !== "administrator") throw new CodedError("not-found");
}
