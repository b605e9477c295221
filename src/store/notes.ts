import type { CaMessage } from "../model/request.ts";
import type { Database } from "./database.ts";

/** Statements on the messages about requests. */
export class Notes {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Keeps what the CA showed; what is known already stays as it is. Returns how many of the CA's own were new. */
  put(reference: string, messages: readonly CaMessage[]): number {
    let fresh = 0;
    for (const { id, at, fromCa, text } of messages) {
      const { changes } = this.db.run(
        `INSERT INTO notes (reference, ca_id, at, from_ca, message) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (reference, ca_id) DO NOTHING`,
        reference,
        id,
        at.getTime(),
        fromCa ? 1 : 0,
        text,
      );
      if (changes > 0 && fromCa) fresh += 1;
    }
    return fresh;
  }

  /** Oldest first. */
  of(reference: string): CaMessage[] {
    return this.db
      .all("SELECT * FROM notes WHERE reference = ? ORDER BY at, ca_id", reference)
      .map((row) => ({
        id: Number(row["ca_id"]),
        at: new Date(Number(row["at"])),
        fromCa: row["from_ca"] === 1,
        text: String(row["message"]),
      }));
  }
}
