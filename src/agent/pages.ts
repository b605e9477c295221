import type { JobContext } from "../jobs/context.ts";
import type { PageHost } from "../panel.ts";
import type { Settings } from "../settings.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import { createPageData } from "./page-data.ts";

export interface Pages {
  close(): Promise<void>;
}
export async function openPages(parts: {
  context: JobContext;
  settings: Settings;
  host: PageHost;
  version: string;
  refusals: RefusalLog;
}): Promise<Pages> {
  createPageData(parts.context, parts.version, parts.refusals);
  return { async close() {} };
}
