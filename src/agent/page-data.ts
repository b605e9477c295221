import type { JobContext } from "../jobs/context.ts";
import type { PageData } from "../pages/page-data.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import { createCoverageData } from "./page-data/coverage.ts";
import { createOverviewData } from "./page-data/overview.ts";
import { createRequestData } from "./page-data/requests.ts";
import { createTallyData } from "./page-data/tally.ts";

/** Answers the pages from the store, each caller within what the panel says is theirs at this moment. */
export function createPageData(context: JobContext, version: string, refusals: RefusalLog): PageData {
  return {
    ...createCoverageData(context, () => true),
    ...createRequestData(context),
    ...createOverviewData(context, version, refusals),
    ...createTallyData(context),
  };
}
