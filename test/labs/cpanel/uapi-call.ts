import type { ApiArguments } from "./api-arguments.ts";
import type { LabState } from "./lab-state.ts";

/** One UAPI call of an account, whatever way it came. */
export interface UapiCall {
  readonly state: LabState;
  readonly account: string;
  readonly args: ApiArguments;
  /** The way in; some functions and gates look at it. */
  readonly via: "cli" | "http" | "live" | "whm";
  /** A panel login other than the account itself: a team user or mail login (spec §2.6). */
  readonly login: string;
  /** What the request's session adds to the environment of Perl modules: token, address, a reseller at work. */
  readonly environment: Readonly<Record<string, string>>;
  /** Said along with success. */
  readonly messages: string[];
  readonly warnings: string[];
  readonly metadata: Record<string, unknown>;
}

export interface UapiFunction {
  /** Gives `data`; throws an `ApiFailure` to refuse. */
  run(call: UapiCall): unknown;
  /** Feature the account needs. */
  feature?: string;
  /** May a demo account call it? Everything that changes nothing may. */
  demo?: boolean;
}

export type UapiModule = Readonly<Record<string, UapiFunction>>;

export interface UapiResult {
  status: 0 | 1;
  data: unknown;
  errors: readonly string[] | null;
  messages: readonly string[] | null;
  warnings: readonly string[] | null;
  metadata: Record<string, unknown>;
}
