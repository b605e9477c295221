import { join } from "node:path";
import type { JobContext } from "../jobs/context.ts";
import { FormTokens } from "../pages/form-token.ts";
import type { Pages } from "../pages/page-listener.ts";
import { createPageRouter } from "../pages/page-router.ts";
import { renderProblem } from "../pages/problem.ts";
import { createRender } from "../pages/render.ts";
import type { Settings } from "../settings.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import type { ServicePort } from "./page-data/service.ts";
import { createPageData } from "./page-data.ts";
import { readBrand } from "./read-brand.ts";

/** Where Xolphin answers with canned data (spec xolphin-api §11). */
const testHost = "test-api.xolphin.com";
// Beside `src`, from the sources as well as compiled.
const templates = join(import.meta.dirname, "../../templates");

/** What the pages are made of. */
export interface PagesOf {
  readonly context: JobContext;
  readonly settings: Settings;
  readonly version: string;
  readonly refusals: RefusalLog;
  readonly service: ServicePort;
}

/** Builds the pages and fits them to their data. */
export function createPages({ context, settings, version, refusals, service }: PagesOf): Pages {
  const render = createRender(templates);
  const answer = createPageRouter({
    data: createPageData({
      context,
      version,
      refusals,
      service,
      testEnvironment: new URL(settings.ca.baseUrl).hostname === testHost,
    }),
    render,
    tokens: new FormTokens(context.clock),
    log: context.log,
    version,
    brand: readBrand(settings.brand),
  });
  return { answer, problem: (error) => renderProblem(render, error) };
}
