import type { Caller } from "../../panel.ts";

/**
 * What the panel's own places beside our pages ask: its progress bar, its notifications, its backup. Only for
 * administrators; throws `not-found` for everybody else.
 */
export interface TallyData {
  readTally(caller: Caller): Promise<Tally>;
  readBackup(caller: Caller): Promise<Backup>;
}

export interface Tally {
  /** Installations that are planned, under way, or on record at the panel and not yet proven to be served. */
  readonly installing: number;
  /** Requests that wait for somebody. */
  readonly attention: number;
}

/** Enough to find everything again at the CA; nothing of it is a secret. */
export interface Backup {
  readonly policy: object;
  readonly orders: readonly {
    readonly reference: string;
    readonly id: number | null;
    readonly account: string | null;
    readonly names: readonly string[];
  }[];
}
