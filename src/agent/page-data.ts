import type { JobContext } from "../jobs/context.ts";
import { readCertificateRequest } from "../keys/certificate-request.ts";
import type { PageData } from "../pages/page-data.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import { createAdoptingData } from "./page-data/adopting.ts";
import { createBulkData } from "./page-data/bulk.ts";
import { createCoverageData } from "./page-data/coverage.ts";
import { createManageData } from "./page-data/manage.ts";
import { createOrderingData, mayOrder } from "./page-data/ordering.ts";
import { createOverviewData } from "./page-data/overview.ts";
import { createRequestData } from "./page-data/requests.ts";
import { createServiceData, type ServicePort } from "./page-data/service.ts";
import { createTallyData } from "./page-data/tally.ts";

/** Answers the pages from the store, each caller within what the panel says is theirs at this moment. */
export function createPageData(parts: {
  readonly context: JobContext;
  readonly version: string;
  readonly refusals: RefusalLog;
  /** What is ordered here is not real. */
  readonly testEnvironment: boolean;
  readonly service: ServicePort;
}): PageData {
  const { context, version, refusals, testEnvironment } = parts;
  return {
    ...createCoverageData(context, (caller) => mayOrder(context, caller)),
    ...createOrderingData({ context, readCsr: readCertificateRequest, testEnvironment }),
    ...createRequestData(context),
    ...createManageData(context),
    ...createBulkData(context),
    ...createAdoptingData(context),
    ...createOverviewData(context, version, refusals),
    ...createServiceData(parts.service),
    ...createTallyData(context),
  };
}
