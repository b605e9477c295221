import { CodedError } from "../errors.ts";
import type { Database } from "./database.ts";

/** An effect outside the store that was begun: what, on which object, and what must be there when it worked. */
export interface Intent {
  readonly id: number;
  readonly kind: string;
  readonly key: string;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly startedAt: Date;
}

/**
 * Statements on intents, and the epoch that keeps two agents on one store apart: the later start wins, the earlier one
 * can begin nothing any more (F-36).
 */
export class Intents {
  private readonly db: Database;
  private epoch = 0;

  constructor(db: Database) {
    this.db = db;
  }

  /** Takes the store over from any earlier agent. */
  takeOver(): number {
    this.epoch = this.db.transaction(() => {
      const next = this.storedEpoch() + 1;
      this.db.run(
        "INSERT INTO meta (key, value) VALUES ('epoch', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
        String(next),
      );
      return next;
    });
    return this.epoch;
  }

  /** Writes the intent; throws `store-unusable` when a later agent has taken the store over. */
  begin(kind: string, key: string, expected: Readonly<Record<string, unknown>>, now: Date): number {
    return this.db.transaction(() => {
      const stored = this.storedEpoch();
      if (stored !== this.epoch) {
        throw new CodedError("store-unusable", {
          detail: `another agent took over (epoch ${stored}, ours ${this.epoch})`,
        });
      }
      return this.db.run(
        "INSERT INTO intents (kind, key, expected, epoch, started_at) VALUES (?, ?, ?, ?, ?)",
        kind,
        key,
        JSON.stringify(expected),
        this.epoch,
        now.getTime(),
      ).lastId;
    });
  }

  finish(id: number, outcome: string, now: Date): void {
    this.db.run("UPDATE intents SET finished_at = ?, outcome = ? WHERE id = ?", now.getTime(), outcome, id);
  }

  /** Effects whose outcome is not known: begun by an agent that died, or by this one just now. */
  open(kind?: string): Intent[] {
    const rows =
      kind === undefined
        ? this.db.all("SELECT * FROM intents WHERE finished_at IS NULL ORDER BY id")
        : this.db.all("SELECT * FROM intents WHERE finished_at IS NULL AND kind = ? ORDER BY id", kind);
    return rows.map((row) => ({
      id: Number(row["id"]),
      kind: String(row["kind"]),
      key: String(row["key"]),
      expected: JSON.parse(String(row["expected"])) as Record<string, unknown>,
      startedAt: new Date(Number(row["started_at"])),
    }));
  }

  prune(before: Date): void {
    this.db.run("DELETE FROM intents WHERE finished_at < ?", before.getTime());
  }

  private storedEpoch(): number {
    return Number(this.db.get("SELECT value FROM meta WHERE key = 'epoch'")?.["value"] ?? 0);
  }
}
