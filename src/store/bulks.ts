import { date, time } from "./columns.ts";
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

/** What is chosen beside accounts and a search; null: whatever it is. */
export interface BulkChoice {
  /** Chains, as `certificates` keeps them: which authority issued it. */
  readonly chains: readonly string[] | null;
  readonly endsBefore: Date | null;
  readonly orderedBefore: Date | null;
}

/** Certificates of one chain that end on one day. */
export interface ReissuableGroup {
  readonly chain: string;
  /** Days since 1970 in UTC. */
  readonly endDay: number;
  readonly count: number;
}

const anyChoice: BulkChoice = { chains: null, endsBefore: null, orderedBefore: null };

/** What could be reissued: ?1 is now. */
const reissuable = `r.fingerprint IS NOT NULL AND r.ca_certificate_id IS NOT NULL AND r.rank < 3
  AND r.state IN ('issued', 'installing', 'installed', 'needs-you')
  AND (r.term_end IS NULL OR r.term_end > ?1)
  AND NOT EXISTS (SELECT 1 FROM requests s WHERE s.predecessor = r.reference
    AND s.state NOT IN ('failed', 'cancelled', 'deleted'))`;

/** How far undertakings are: what follows each of their certificates since then tells. */
const progress = `SELECT b.*, count(i.reference) AS n,
    count(*) FILTER (WHERE s.state = 'installed') AS done,
    count(*) FILTER (WHERE s.state IN ('needs-you', 'failed', 'cancelled', 'deleted')) AS stuck,
    min(s.updated_at) FILTER (WHERE s.state = 'installed') AS first_at,
    max(s.updated_at) FILTER (WHERE s.state = 'installed') AS last_at
  FROM bulks b JOIN bulk_items i ON i.bulk = b.id
  LEFT JOIN requests s ON s.id =
    (SELECT max(id) FROM requests WHERE predecessor = i.reference AND created_at >= b.created_at)`;

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

  /** Whether somebody wants this one anew with many others, and whether that is urgent; null: nobody does. */
  wanted(reference: string): { readonly urgent: boolean } | null {
    const row = this.db.get(
      `SELECT max(b.urgent) AS urgent FROM bulks b JOIN bulk_items i ON i.bulk = b.id AND i.reference = ?
       WHERE b.stopped_at IS NULL`,
      reference,
    );
    const urgent = row?.["urgent"] ?? null;
    return urgent === null ? null : { urgent: urgent === 1 };
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
        `${progress}
         WHERE ?1 IS NULL OR b.by = ?1
         GROUP BY b.id ORDER BY b.id DESC LIMIT ?2`,
        by,
        limit,
      )
      .map(toProgress);
  }

  /** How far one is; null when it is unknown. */
  progress(id: number): BulkProgress | null {
    const row = this.db.get(`${progress} WHERE b.id = ? GROUP BY b.id`, id);
    return row === undefined ? null : toProgress(row);
  }

  /**
   * References of certificates that could be reissued, of these accounts or all, whose names or numbers match; what ends
   * first comes first.
   */
  candidates(
    scope: AccountScope | null,
    search: string,
    after: Date,
    { chains, endsBefore, orderedBefore }: BulkChoice = anyChoice,
  ): string[] {
    return this.db
      .all(
        `SELECT r.reference FROM requests r
         WHERE ${reissuable}
           AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(?2) a WHERE a.value ->> 'name' = r.account
             AND (r.account_created_at IS NULL OR a.value ->> 'createdAt' IS NULL
               OR a.value ->> 'createdAt' = r.account_created_at)))
           AND (?3 = '' OR instr(r.names || ' ' || ifnull(r.account, '') || ' ' || r.ca_certificate_id, ?3) > 0)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM certificates c WHERE c.fingerprint = r.fingerprint
             AND c.chain_pem IN (SELECT value FROM json_each(?4))))
           AND (?5 IS NULL OR r.not_after < ?5)
           AND (?6 IS NULL OR r.created_at < ?6)
         ORDER BY r.not_after`,
        after.getTime(),
        scope === null ? null : JSON.stringify(scope),
        search,
        chains === null ? null : JSON.stringify(chains),
        time(endsBefore),
        time(orderedBefore),
      )
      .map((row) => String(row["reference"]));
  }

  /** How many could be reissued, by chain and by the day on which they end. */
  reissuable(after: Date): ReissuableGroup[] {
    return this.db
      .all(
        `SELECT c.chain_pem AS chain, r.not_after / 86400000 AS day, count(*) AS n
         FROM requests r JOIN certificates c ON c.fingerprint = r.fingerprint
         WHERE ${reissuable} GROUP BY c.chain_pem, day ORDER BY c.chain_pem, day`,
        after.getTime(),
      )
      .map((row) => ({ chain: String(row["chain"]), endDay: Number(row["day"]), count: Number(row["n"]) }));
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
