import type { ErrorCode } from "../../errors.ts";
import type { Caller } from "../../panel.ts";
import type { RequestRow } from "./requests.ts";

/** What the administrator's page asks. */
export interface OverviewData {
  /** Only for administrators; throws `not-found` for everybody else. */
  readOverview(caller: Caller): Promise<Overview>;
}

export interface Overview {
  readonly version: string;
  /** Failures and requests that wait for somebody, worst first; at most 20. */
  readonly failures: readonly RequestRow[];
  readonly queue: { readonly waiting: number; readonly due: number; readonly parked: number };
  readonly webhooks: {
    readonly accepted: number;
    readonly unmatched: number;
    readonly refused: number;
    readonly last: Date | null;
    /** Newest first; at most 50. */
    readonly log: readonly WebhookLogRow[];
  };
  readonly sweeps: readonly {
    readonly part: "pending" | "full" | "installed" | "ending";
    readonly last: Date | null;
    readonly problem: ErrorCode | null;
  }[];
}

export interface WebhookLogRow {
  readonly at: Date;
  readonly source: string;
  readonly outcome: "accepted" | "unmatched" | "refused";
  /** The HTTP status of a refusal; null otherwise. */
  readonly httpStatus: number | null;
  readonly requestId: number | null;
  readonly status: string | null;
  readonly state: string | null;
  readonly domain: string | null;
  /** Our request, when it is one of ours. */
  readonly reference: string | null;
}
