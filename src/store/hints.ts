import type { HostName } from "../model/host-name.ts";
import { text } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** An accepted webhook as stored. */
export interface StoredHint {
  readonly id: number;
  readonly receivedAt: Date;
  readonly source: string;
  readonly requestId: number;
  readonly status: string;
  readonly state: string | null;
  readonly domain: HostName | null;
  readonly matched: boolean;
}

const day = 86_400_000;
/** Hints about requests we do not know are kept this long, because the order's reply may still be under way (F-16). */
export const unmatchedDays = 30;
const unmatchedCap = 10_000;
const historyCap = 100_000;

/** Statements on accepted webhooks. */
export class Hints {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(hint: Omit<StoredHint, "id">): void {
    this.db.run(
      "INSERT INTO hints (received_at, source, request_id, status, state, domain, matched) VALUES (?, ?, ?, ?, ?, ?, ?)",
      hint.receivedAt.getTime(),
      hint.source,
      hint.requestId,
      hint.status,
      hint.state,
      hint.domain,
      hint.matched ? 1 : 0,
    );
  }

  /** The newest about a request, newest first. */
  latestOf(requestId: number, limit: number): StoredHint[] {
    return this.db
      .all("SELECT * FROM hints WHERE request_id = ? ORDER BY id DESC LIMIT ?", requestId, limit)
      .map(toHint);
  }

  /** Marks what came too early for a request that is known now; true when there was any. */
  match(requestId: number): boolean {
    return (
      this.db.run("UPDATE hints SET matched = 1 WHERE request_id = ? AND matched = 0", requestId).changes > 0
    );
  }

  of(requestIds: readonly number[]): StoredHint[] {
    return this.db
      .all(
        "SELECT * FROM hints WHERE request_id IN (SELECT value FROM json_each(?)) ORDER BY id",
        JSON.stringify(requestIds),
      )
      .map(toHint);
  }

  latest(limit: number): StoredHint[] {
    return this.db.all("SELECT * FROM hints ORDER BY id DESC LIMIT ?", limit).map(toHint);
  }

  counts(): { total: number; unmatched: number } {
    const row = this.db.get(
      // Two counts, because each of them is read from an index.
      `SELECT (SELECT count(*) FROM hints) AS total,
         (SELECT count(*) FROM hints WHERE matched = 0) AS unmatched`,
    );
    return { total: Number(row?.["total"]), unmatched: Number(row?.["unmatched"]) };
  }

  /** Bounds the log: old unmatched hints go, and the oldest beyond the caps. */
  prune(now: Date): void {
    this.db.run(
      "DELETE FROM hints WHERE matched = 0 AND received_at < ?",
      now.getTime() - unmatchedDays * day,
    );
    this.db.run(
      `DELETE FROM hints WHERE matched = 0 AND id <=
         (SELECT id FROM hints WHERE matched = 0 ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      unmatchedCap,
    );
    this.db.run("DELETE FROM hints WHERE id <= (SELECT max(id) FROM hints) - ?", historyCap);
  }
}

function toHint(row: Row): StoredHint {
  return {
    id: Number(row["id"]),
    receivedAt: new Date(Number(row["received_at"])),
    source: String(row["source"]),
    requestId: Number(row["request_id"]),
    status: String(row["status"]),
    state: text(row["state"]),
    domain: text(row["domain"]) as HostName | null,
    matched: row["matched"] === 1,
  };
}
