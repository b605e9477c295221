import { chmodSync, chownSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { JobContext } from "../jobs/context.ts";
import { FormTokens } from "../pages/form-token.ts";
import { openPageListener, type PageListener } from "../pages/page-listener.ts";
import { createPageRouter } from "../pages/page-router.ts";
import { createRender } from "../pages/render.ts";
import type { PageHost } from "../panel.ts";
import type { Settings } from "../settings.ts";
import { groupId } from "../setup/service-account.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import type { ServicePort } from "./page-data/service.ts";
import { createPageData } from "./page-data.ts";
import { readBrand } from "./read-brand.ts";

/** The group that the panel's glue runs as, where the agent itself runs as another user (development, tests). */
const serviceGroup = "xolphin-ssl";
/** Where Xolphin answers with canned data (spec xolphin-api §11). */
const testHost = "test-api.xolphin.com";
// Beside `src`, from the sources as well as compiled.
const templates = join(import.meta.dirname, "../../templates");

/** Opens the pages on the socket that was handed over, or else on `<runDir>/pages.sock`. */
export function openPages(parts: {
  readonly context: JobContext;
  readonly settings: Settings;
  readonly host: PageHost;
  readonly version: string;
  readonly refusals: RefusalLog;
  readonly inherited: readonly number[];
  readonly service: ServicePort;
}): Promise<PageListener> {
  const { context, settings, host, version, refusals } = parts;
  const render = createRender(templates);
  const answer = createPageRouter({
    data: createPageData({
      context,
      version,
      refusals,
      service: parts.service,
      testEnvironment: new URL(settings.ca.baseUrl).hostname === testHost,
    }),
    render,
    tokens: new FormTokens(context.clock),
    log: context.log,
    version,
    brand: readBrand(settings.brand),
  });
  const [fd] = parts.inherited;
  const socket =
    fd === undefined ? { path: join(settings.runDir, "pages.sock"), share: shareWithGlue } : { fd };
  return openPageListener({ socket, host, answer, render, log: context.log });
}

/**
 * A folder with the set-group bit has given the socket to the glue's group already. Else the service's own user owns it, and
 * an agent that runs as root lets the service's group in.
 */
function shareWithGlue(path: string): void {
  if ((statSync(dirname(path)).mode & 0o2000) !== 0) {
    chmodSync(path, 0o660);
    return;
  }
  if (process.getuid?.() !== 0) return;
  const gid = groupId(serviceGroup);
  if (gid === null) return;
  chownSync(path, 0, gid);
  chmodSync(path, 0o660);
}
