import { CodedError } from "../errors.ts";
import type { JobContext } from "../jobs/context.ts";
import type { Caller } from "../panel.ts";
import type { Operations, ReissuesReport } from "./operations.ts";
import { createAdoptingData } from "./page-data/adopting.ts";
import { createBulkData } from "./page-data/bulk.ts";

/** Who uses the command line is root or the service account. */
const administrator: Caller = {
  account: "root",
  role: "administrator",
  level: "administrator",
  actingFor: null,
  language: null,
  sessionBinding: "",
  readOnly: false,
};

/** The operations about many certificates at once: what the administrator's pages do, for the command line. */
export function createManyOperations(
  context: JobContext,
): Pick<Operations, "listAdoptable" | "readReissues" | "reissueMany" | "stopReissues"> {
  const bulk = createBulkData(context, "command");
  const adopting = createAdoptingData(context);

  async function read(search: string): Promise<ReissuesReport> {
    const { matching, runs } = await bulk.readBulk(administrator, search);
    return {
      matching,
      runs: runs.map((run) => ({
        ...run,
        createdAt: run.createdAt.toISOString(),
        finishAt: run.finishAt?.toISOString() ?? null,
      })),
    };
  }

  return {
    async listAdoptable() {
      const found = await adopting.findAdoptable(administrator);
      return found.map(({ id, name, facts, carriedBy, keyFound }) => ({
        ...{ id, name, carriedBy, keyFound },
        serial: facts?.serial ?? null,
        notAfter: facts?.notAfter.toISOString() ?? null,
      }));
    },
    readReissues: read,
    async reissueMany(wish) {
      if (wish.reason.trim() === "") throw new CodedError("input-invalid", { detail: "a reason is missing" });
      await bulk.reissueMany(administrator, wish);
      return read(wish.search);
    },
    async stopReissues(run) {
      await bulk.stopReissues(administrator, run);
      return read("");
    },
  };
}
