import type { ErrorCode } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { DcvMethod, DcvName } from "../model/request.ts";
import { date, json, text, time } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** One name under validation as stored; `caName` and `askedAt` are for talking to the CA. */
export interface StoredDcvName extends DcvName {
  readonly caName: string;
  readonly askedAt: Date | null;
  /** The way that was asked for while the CA still names another, and since when. */
  readonly wanted: DcvMethod | null;
  readonly wantedAt: Date | null;
  /** Ways that did not work for this name. */
  readonly tried: readonly DcvMethod[];
}

/** Statements on the names under validation: how each is proven, and what is published for that. */
export class DcvNames {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  of(reference: string): StoredDcvName[] {
    return this.db.all("SELECT * FROM dcv_names WHERE reference = ? ORDER BY name", reference).map(toDcvName);
  }

  /** References of issued or closed requests whose validation answers are still published. */
  withAnswers(): string[] {
    return this.db
      .all(
        // In this order, from the few names that have answers; the other way round every request is looked at.
        `SELECT DISTINCT r.reference FROM dcv_names d CROSS JOIN requests r ON r.reference = d.reference
         WHERE (d.record IS NOT NULL OR d.file IS NOT NULL)
           AND (r.fingerprint IS NOT NULL OR r.state IN ('failed', 'cancelled', 'deleted'))`,
      )
      .map((row) => String(row["reference"]));
  }

  put(reference: string, name: StoredDcvName): void {
    this.db.run(
      `INSERT INTO dcv_names (reference, name, method, state, ca_name, record, file, email, reason, asked_at, wanted,
         wanted_at, tried)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (reference, name) DO UPDATE SET method = excluded.method, state = excluded.state,
         ca_name = excluded.ca_name, record = excluded.record, file = excluded.file, email = excluded.email,
         reason = excluded.reason, asked_at = excluded.asked_at, wanted = excluded.wanted,
         wanted_at = excluded.wanted_at, tried = excluded.tried`,
      reference,
      name.name,
      name.method,
      name.state,
      name.caName,
      name.record === null ? null : JSON.stringify(name.record),
      name.file === null ? null : JSON.stringify(name.file),
      name.email,
      name.reason,
      time(name.askedAt),
      name.wanted,
      time(name.wantedAt),
      JSON.stringify(name.tried),
    );
  }
}

function toDcvName(row: Row): StoredDcvName {
  return {
    name: String(row["name"]) as HostName,
    method: text(row["method"]) as DcvMethod | null,
    state: row["state"] as DcvName["state"],
    caName: String(row["ca_name"]),
    record: json(row["record"]) as DcvName["record"],
    file: json(row["file"]) as DcvName["file"],
    email: text(row["email"]),
    reason: text(row["reason"]) as ErrorCode | null,
    askedAt: date(row["asked_at"]),
    wanted: text(row["wanted"]) as DcvMethod | null,
    wantedAt: date(row["wanted_at"]),
    tried: JSON.parse(String(row["tried"])) as DcvMethod[],
  };
}
