import type { Clock } from "../clock.ts";
import type { Log } from "../logging.ts";
import type { Policy } from "../model/plan-installation.ts";
import type { RenewalPolicy } from "../model/plan-renewal.ts";
import type { SpendingRules } from "../model/spending.ts";
import type { TimelineEvent, TimelineKind } from "../model/timeline.ts";
import type { Panel } from "../panel.ts";
import type { Store } from "../store/store.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { CaPort, KeysPort, MailPort, MakeCsr, ProbePort } from "./ports.ts";

/** What every job is given. Built once by the composition root. */
export interface JobContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly panel: Panel;
  readonly ca: CaPort;
  readonly keys: KeysPort;
  readonly probe: ProbePort;
  readonly makeCsr: MakeCsr;
  readonly mail: MailPort;
  /** Whom the settings name for what the host must do; null: whoever the panel knows. */
  readonly administrator: string | null;
  readonly policy: Policy & SpendingRules & RenewalPolicy;
  /** Roots that a chain may end in: the usual ones and those of `ca.trustFile`. */
  readonly roots: import("../model/certificate.ts").TrustedRoots;
  /** Null: look at the vhost's own addresses. */
  readonly verifyAddress: string | null;
  /** Name servers that take their zones from this server. */
  readonly ownNameServers: readonly string[];
  /** The CA's time now, reckoned from its last answer; null before the first. Absent where a hub asks it for us. */
  readonly caTime?: () => Date | null;
  /** Keeps steps of the same request, batch or installation from running twice at once. */
  readonly locks: KeyedLock;
  /** Tells the worker that something may be due. */
  wake(): void;
}

export type Source = TimelineEvent["source"];

/** Writes one line of a request's history. */
export function record(
  context: Pick<JobContext, "store" | "clock">,
  reference: string,
  kind: TimelineKind,
  data: TimelineEvent["data"] = {},
  source: Source = "agent",
): void {
  context.store.timeline.add(reference, { at: context.clock.now(), kind, source, data });
}
