import type { ErrorCode } from "../errors.ts";
import type { RequestState } from "../model/request.ts";
import { text } from "./columns.ts";
import type { Database, Row } from "./database.ts";

export type HandoverState = "preparing" | "offered" | "awaited" | "arrived" | "taken" | "withdrawn";

/** An account on its way to another server of the fleet, or from one. */
export interface StoredHandover {
  readonly id: string;
  readonly direction: "out" | "in";
  /** The other server; null while nothing has arrived. */
  readonly peer: string | null;
  readonly account: string;
  readonly state: HandoverState;
  /** Of what comes in: the key that the file is sealed for. */
  readonly keyId: string | null;
  readonly createdAt: Date;
}

/** A request that goes along, and what it is once it is clear whose it is. */
export interface HandoverItem {
  readonly reference: string;
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
}

/** Statements on accounts that move between servers. */
export class Handovers {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(handover: StoredHandover, items: readonly HandoverItem[]): void {
    this.db.transaction(() => {
      const { id, direction, peer, account, state, keyId, createdAt } = handover;
      this.db.run(
        `INSERT INTO handovers (id, direction, peer, account, state, key_id, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`,
        ...[id, direction, peer, account, state, keyId, createdAt.getTime()],
      );
      this.addItems(id, items);
    });
  }

  addItems(id: string, items: readonly HandoverItem[]): void {
    for (const { reference, state, reason } of items) {
      this.db.run(
        "INSERT INTO handover_items (handover, reference, state, reason) VALUES (?, ?, ?, ?)",
        ...[id, reference, state, reason],
      );
    }
  }

  get(id: string): StoredHandover | null {
    const row = this.db.get("SELECT * FROM handovers WHERE id = ?", id);
    return row === undefined ? null : toHandover(row);
  }

  /** Those that are not settled, oldest first. */
  open(): StoredHandover[] {
    return this.db
      .all("SELECT * FROM handovers WHERE state NOT IN ('taken', 'withdrawn') ORDER BY created_at, id")
      .map(toHandover);
  }

  items(id: string): HandoverItem[] {
    return this.db.all("SELECT * FROM handover_items WHERE handover = ?", id).map((row) => ({
      reference: String(row["reference"]),
      state: row["state"] as RequestState,
      reason: text(row["reason"]) as ErrorCode | null,
    }));
  }

  change(id: string, state: HandoverState, now: Date, peer?: string): void {
    this.db.run(
      "UPDATE handovers SET state = ?2, peer = ifnull(?3, peer), updated_at = ?4 WHERE id = ?1",
      ...[id, state, peer ?? null, now.getTime()],
    );
  }
}

function toHandover(row: Row): StoredHandover {
  return {
    id: String(row["id"]),
    direction: row["direction"] as StoredHandover["direction"],
    peer: text(row["peer"]),
    account: String(row["account"]),
    state: row["state"] as HandoverState,
    keyId: text(row["key_id"]),
    createdAt: new Date(Number(row["created_at"])),
  };
}
