import type { TimelineEvent, TimelineKind } from "../model/timeline.ts";
import type { Database } from "./database.ts";

/** Statements on the history of requests. */
export class Timeline {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(reference: string, event: TimelineEvent): void {
    this.db.run(
      "INSERT INTO timeline (reference, at, kind, source, data) VALUES (?, ?, ?, ?, ?)",
      reference,
      event.at.getTime(),
      event.kind,
      event.source,
      JSON.stringify(event.data),
    );
  }

  /** The number of the newest line; changes whenever anything is written. */
  last(): number {
    return Number(this.db.get("SELECT max(id) AS n FROM timeline")?.["n"] ?? 0);
  }

  /** Oldest first. */
  of(reference: string): TimelineEvent[] {
    return this.db.all("SELECT * FROM timeline WHERE reference = ? ORDER BY id", reference).map((row) => ({
      at: new Date(Number(row["at"])),
      kind: row["kind"] as TimelineKind,
      source: row["source"] as TimelineEvent["source"],
      data: JSON.parse(String(row["data"])) as TimelineEvent["data"],
    }));
  }
}
