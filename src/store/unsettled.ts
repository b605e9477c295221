import type { RequestState } from "../model/request.ts";
import { number } from "./columns.ts";
import type { Database } from "./database.ts";

/** What a walk over all requests that are not settled needs to know of each. */
export interface UnsettledRequest {
  readonly reference: string;
  readonly state: RequestState;
  readonly caRequestId: number | null;
  readonly caCertificateId: number | null;
  /** Its certificate was collected. */
  readonly collected: boolean;
}

const progressPrefix = "progress.";

/** Names the meta row with what the CA's list last told of an order. */
export function progressKey(reference: string): string {
  return progressPrefix + reference;
}

/** Statements for regular checks of everything that waits for somebody or something, in pages: there may be thousands. */
export class Unsettled {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Those after that one, or the first ones; drafts and what failed are among them. */
  page(after: UnsettledRequest | null, limit: number): UnsettledRequest[] {
    return this.db
      .all(
        `SELECT state, reference, ca_request_id, ca_certificate_id, fingerprint FROM requests INDEXED BY requests_unsettled
         WHERE rank < 2 AND (state, reference) > (?, ?) ORDER BY state, reference LIMIT ?`,
        after?.state ?? "",
        after?.reference ?? "",
        limit,
      )
      .map((row) => ({
        reference: String(row["reference"]),
        state: row["state"] as RequestState,
        caRequestId: number(row["ca_request_id"]),
        caCertificateId: number(row["ca_certificate_id"]),
        collected: row["fingerprint"] !== null,
      }));
  }

  /** References of orders after that one whose progress is known. */
  withProgress(after: string, limit: number): string[] {
    return this.db
      .all(
        "SELECT key FROM meta WHERE key > ? AND key < 'progress/' ORDER BY key LIMIT ?",
        progressKey(after),
        limit,
      )
      .map((row) => String(row["key"]).slice(progressPrefix.length));
  }

  /** Forgets the progress of orders that are settled. */
  forgetProgress(references: readonly string[]): void {
    this.db.run(
      `DELETE FROM meta WHERE key IN (SELECT ?1 || j.value FROM json_each(?2) j WHERE NOT EXISTS
         (SELECT 1 FROM requests r WHERE r.reference = j.value AND r.rank < 2 AND r.fingerprint IS NULL))`,
      progressPrefix,
      JSON.stringify(references),
    );
  }
}
