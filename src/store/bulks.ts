import { date } from "./columns.ts";
import type { Database, Row } from "./database.ts";
import type { AccountScope } from "./request-list.ts";

/** Many reissues that were asked for at once. */
export interface Bulk {
  readonly id: number;
  readonly by: string;
  readonly reason: string;
  readonly urgent: boolean;
  readonly createdAt: Date;
  readonly stoppedAt: Date | null;
}

/** How far they are. `stuck` waits for somebody or came to nothing. */
export interface BulkProgress extends Bulk {
  readonly all: number;
  readonly done: number;
  readonly stuck: number;
  /** When the first and the last of what is done were done. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}

/** Statements on many reissues at once. */
export class Bulks {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(bulk: Omit<Bulk, "id" | "stoppedAt">, references: readonly string[]): number {
    return this.db.transaction(() => {
      const { lastId } = this.db.run(
        "INSERT INTO bulks (by, reason, urgent, created_at) VALUES (?, ?, ?, ?)",
        bulk.by,
        bulk.reason,
        bulk.urgent ? 1 : 0,
        bulk.createdAt.getTime(),
      );
      this.db.run(
        "INSERT INTO bulk_items (bulk, reference) SELECT ?, value FROM json_each(?)",
        lastId,
        JSON.stringify(references),
      );
      return lastId;
    });
  }

  stop(id: number, now: Date): void {
    this.db.run("UPDATE bulks SET stopped_at = ? WHERE id = ? AND stopped_at IS NULL", now.getTime(), id);
  }

  references(id: number): string[] {
    return this.db
      .all("SELECT reference FROM bulk_items WHERE bulk = ?", id)
      .map((row) => String(row["reference"]));
  }

  /** Newest first, with how far each is; within a scope only what one of them began. */
  latest(by: string | null, limit: number): BulkProgress[] {
    return this.db
      .all(
        `SELECT b.*, count(*) AS n,
           count(*) FILTER (WHERE s.state = 'installed') AS done,
           count(*) FILTER (WHERE s.state IN ('needs-you', 'failed', 'cancelled', 'deleted')) AS stuck,
           min(s.updated_at) FILTER (WHERE s.state = 'installed') AS first_at,
           max(s.updated_at) FILTER (WHERE s.state = 'installed') AS last_at
         FROM bulks b JOIN bulk_items i ON i.bulk = b.id
         LEFT JOIN requests s ON s.id =
           (SELECT max(id) FROM requests WHERE predecessor = i.reference AND created_at >= b.created_at)
         WHERE ?1 IS NULL OR b.by = ?1
         GROUP BY b.id ORDER BY b.id DESC LIMIT ?2`,
        by,
        limit,
      )
      .map(toProgress);
  }

  /** References of certificates that could be reissued, of these accounts or all, whose names or numbers match. */
  candidates(scope: AccountScope | null, search: string, after: Date): string[] {
    return this.db
      .all(
        `SELECT r.reference FROM requests r
         WHERE r.fingerprint IS NOT NULL AND r.ca_certificate_id IS NOT NULL AND r.rank < 3
           AND r.state IN ('issued', 'installing', 'installed', 'needs-you')
           AND (r.term_end IS NULL OR r.term_end > ?1)
           AND NOT EXISTS (SELECT 1 FROM requests s WHERE s.predecessor = r.reference
             AND s.state NOT IN ('failed', 'cancelled', 'deleted'))
           AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(?2) a WHERE a.value ->> 'name' = r.account
             AND (r.account_created_at IS NULL OR a.value ->> 'createdAt' IS NULL
               OR a.value ->> 'createdAt' = r.account_created_at)))
           AND (?3 = '' OR instr(r.names || ' ' || ifnull(r.account, '') || ' ' || r.ca_certificate_id, ?3) > 0)
         ORDER BY r.not_after`,
        after.getTime(),
        scope === null ? null : JSON.stringify(scope),
        search,
      )
      .map((row) => String(row["reference"]));
  }
}

function toProgress(row: Row): BulkProgress {
  return {
    id: Number(row["id"]),
    by: String(row["by"]),
    reason: String(row["reason"]),
    urgent: row["urgent"] === 1,
    createdAt: new Date(Number(row["created_at"])),
    stoppedAt: date(row["stopped_at"]),
    all: Number(row["n"]),
    done: Number(row["done"]),
    stuck: Number(row["stuck"]),
    firstAt: date(row["first_at"]),
    lastAt: date(row["last_at"]),
  };
}
