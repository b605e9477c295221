import type { AdoptingData } from "./data/adopting.ts";
import type { BulkData } from "./data/bulk.ts";
import type { CoverageData } from "./data/coverage.ts";
import type { ManageData } from "./data/manage.ts";
import type { OrderingData } from "./data/ordering.ts";
import type { OverviewData } from "./data/overview.ts";
import type { RequestData } from "./data/requests.ts";
import type { ServiceData } from "./data/service.ts";
import type { TallyData } from "./data/tally.ts";

/**
 * What the pages need to know and may cause, in the pages' own words, one file per concern under `data/`. The composition
 * root answers from the store. Every method is given the proven caller and answers only what that caller may see: the
 * account holder their own requests, the reseller those of their accounts, the administrator all. What is not theirs does
 * not exist (`not-found`). A method that changes something refuses callers who may only look (`not-allowed`).
 */
export interface PageData
  extends CoverageData,
    OrderingData,
    RequestData,
    ManageData,
    BulkData,
    AdoptingData,
    OverviewData,
    ServiceData,
    TallyData {}
