import type { Caller } from "../../panel.ts";

/** What resellers and administrators ask about many certificates at once. Throws `not-found` for everybody else. */
export interface BulkData {
  readBulk(caller: Caller, search: string): Promise<BulkPage>;
  /** Wants new certificates for all that match; `count` is how many the page said there are. */
  reissueMany(
    caller: Caller,
    wish: { search: string; count: number; urgent: boolean; reason: string },
  ): Promise<void>;
  stopReissues(caller: Caller, id: number): Promise<void>;
  /** Everything the caller may see, for a table: names, account, state, end, numbers. */
  listForExport(caller: Caller): Promise<readonly (readonly string[])[]>;
}

export interface BulkPage {
  readonly matching: number;
  readonly runs: readonly BulkRun[];
}

export interface BulkRun {
  readonly id: number;
  readonly reason: string;
  readonly urgent: boolean;
  readonly createdAt: Date;
  readonly stopped: boolean;
  readonly all: number;
  readonly done: number;
  readonly stuck: number;
  /** When it will be finished if it goes on as it went; null until that can be told, and when it is. */
  readonly finishAt: Date | null;
}
