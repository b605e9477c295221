import type { RequestState } from "../model/request.ts";
import { number, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** What a comparison with the CA's lists needs to know of a request that is not settled. */
export interface UnsettledRequest {
  readonly reference: string;
  readonly caRequestId: number | null;
  readonly caCertificateId: number | null;
  /** Its certificate was collected. */
  readonly collected: boolean;
  /** What the CA's list last told of it; null when it never did. */
  readonly progress: string | null;
}

const progressPrefix = "progress.";

/** Names the meta row with what the CA's list last told of an order. */
export function progressKey(reference: string): string {
  return progressPrefix + reference;
}

/**
 * Statements for regular checks of everything that waits for somebody or something, in pages: there may be thousands. What
 * they ask of each request is answered from indices alone.
 */
export class Unsettled {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Those in a state that come after that reference. */
  page(state: RequestState, after: string, limit: number): UnsettledRequest[] {
    return this.db
      .lists(
        `SELECT reference, ca_request_id, ca_certificate_id, fingerprint IS NOT NULL,
           (SELECT value FROM meta WHERE key = '${progressPrefix}' || reference)
         FROM requests INDEXED BY requests_unsettled
         WHERE rank < 2 AND state = ? AND reference > ? ORDER BY reference LIMIT ?`,
        state,
        after,
        limit,
      )
      .map(([reference, caRequestId, caCertificateId, collected, progress]) => ({
        reference: String(reference),
        caRequestId: number(caRequestId),
        caCertificateId: number(caCertificateId),
        collected: collected === 1,
        progress: text(progress),
      }));
  }

  /**
   * Forgets the progress of orders after that one that are settled, of so many whose progress is known. Returns the last of
   * them; null when there are none.
   */
  forgetProgress(after: string, limit: number): string | null {
    const known = "SELECT key FROM meta WHERE key > ?1 AND key < 'progress/' ORDER BY key LIMIT ?2";
    const last = this.db.get(`SELECT max(key) AS key FROM (${known})`, progressKey(after), limit)?.["key"];
    if (typeof last !== "string") return null;
    this.db.run(
      `DELETE FROM meta WHERE key > ?1 AND key <= ?2 AND NOT EXISTS
         (SELECT 1 FROM requests WHERE reference = substr(key, ?3) AND rank < 2 AND fingerprint IS NULL)`,
      progressKey(after),
      last,
      progressPrefix.length + 1,
    );
    return last.slice(progressPrefix.length);
  }
}
