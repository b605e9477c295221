import type { JobContext } from "../jobs/context.ts";
import { sweepParts } from "../jobs/sweep.ts";
import type { RefusalLog } from "../webhook/refusal-log.ts";
import type { StatusReport } from "./operations.ts";

/** The figures that `status` and the administrator's page show. */
export function readStatus(
  { store, clock, panel }: Pick<JobContext, "store" | "clock" | "panel">,
  version: string,
  refusals: RefusalLog | null,
): StatusReport {
  const hints = store.hints.counts();
  const last = store.hints.latest(1)[0];
  return {
    version,
    panel: panel.id,
    schema: store.schema(),
    requests: store.requests.counts(),
    installations: store.installations.counts(),
    queue: store.work.counts(clock.now()),
    webhooks: {
      accepted: hints.total,
      unmatched: hints.unmatched,
      refused: refusals?.total ?? 0,
      last: last?.receivedAt.toISOString() ?? null,
    },
    sweeps: Object.fromEntries(
      sweepParts.map((part) => [
        part,
        { last: store.readMeta(`sweep.${part}`), problem: store.readMeta(`sweep.${part}.problem`) },
      ]),
    ),
  };
}
