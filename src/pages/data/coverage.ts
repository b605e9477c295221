import type { CoverageGroup, CoverageState, CoverageSummary } from "../../model/coverage.ts";
import type { HostName } from "../../model/host-name.ts";
import type { RequestState } from "../../model/request.ts";
import type { Caller } from "../../panel.ts";

/** What the pages ask about websites and what they show. */
export interface CoverageData {
  /** The caller's websites, problems first; never looks itself, but asks for new looks where the last ones are old. */
  readCoverage(caller: Caller, filter: CoverageFilter): Promise<Coverage>;
  /** Asks for a new look at the caller's websites now. */
  lookAgain(caller: Caller): Promise<void>;
}

export interface CoverageFilter {
  /** A part of a name or account; a whole name in quotes is that website alone, as if there were no other. */
  readonly search: string;
  readonly group: CoverageGroup;
  /** From 1. */
  readonly page: number;
}

export interface Coverage {
  readonly rows: readonly SiteRow[];
  /** All that match, on all pages. */
  readonly total: number;
  readonly pageSize: number;
  readonly counts: Readonly<Record<CoverageGroup, number>>;
  /** Over all of the caller's websites, whatever is searched for. */
  readonly summary: CoverageSummary;
  /** The worst of all, for the one thing to do next; null when nothing is wrong. */
  readonly worst: SiteRow | null;
  readonly showAccounts: boolean;
  /** The caller may order certificates. */
  readonly mayOrder: boolean;
}

export interface SiteRow {
  readonly vhost: string;
  readonly account: string;
  /** The main name first. */
  readonly names: readonly HostName[];
  /** Those of the names that what is shown does not cover. */
  readonly uncovered: readonly HostName[];
  readonly state: CoverageState;
  readonly issuer: string | null;
  readonly notAfter: Date | null;
  readonly lookedAt: Date | null;
  /** Our own request for it. */
  readonly request: { readonly reference: string; readonly state: RequestState } | null;
}
