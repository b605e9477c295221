import { types } from "node:util";
import type { ErrorCode } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { Installation, InstallationState, Served } from "../model/installation.ts";
import { date, json, text, time } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** An installation as stored: with what is needed to verify it and to put the old pair back. */
export interface StoredInstallation extends Installation {
  readonly names: readonly HostName[];
  readonly addresses: readonly string[];
  readonly detail: string;
  /** What was served just before the panel was touched. */
  readonly servedBefore: readonly Served[];
  readonly previousPem: string | null;
  readonly previousChain: string | null;
  /** Id in the key store of the sealed key that belonged to the previous certificate. */
  readonly previousKey: string | null;
  /** When it was last put back after something else had replaced it. */
  readonly restoredAt: Date | null;
}

export type InstallationMark = Pick<StoredInstallation, "id" | "account" | "vhost" | "fingerprint">;

export type InstallationChange = Partial<
  Omit<
    StoredInstallation,
    "id" | "reference" | "fingerprint" | "vhost" | "createdAt" | "updatedAt" | "nextAttemptAt"
  >
> & { nextAttemptAt?: Date | null };

const columns: Readonly<Record<keyof InstallationChange, string>> = {
  account: "account",
  names: "names",
  addresses: "addresses",
  state: "state",
  reason: "reason",
  detail: "detail",
  previous: "previous",
  previousPem: "previous_pem",
  previousChain: "previous_chain",
  previousKey: "previous_key",
  attempts: "attempts",
  nextAttemptAt: "next_at",
  servedBefore: "served_before",
  served: "served",
  appliedAt: "applied_at",
  verifiedAt: "verified_at",
  restoredAt: "restored_at",
};

/** Statements on installations. */
export class Installations {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Makes or renews the row of one certificate on one vhost and returns it. */
  put(
    row: { reference: string; fingerprint: string; vhost: string; account: string; state: InstallationState },
    now: Date,
  ): StoredInstallation {
    this.db.run(
      `INSERT INTO installations (reference, fingerprint, vhost, account, state, created_at, updated_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (fingerprint, vhost) DO UPDATE SET account = ?4, state = ?5, reason = NULL, detail = '', updated_at = ?6`,
      row.reference,
      row.fingerprint,
      row.vhost,
      row.account,
      row.state,
      now.getTime(),
    );
    const stored = this.db.get(
      "SELECT * FROM installations WHERE fingerprint = ? AND vhost = ?",
      row.fingerprint,
      row.vhost,
    );
    return toInstallation(stored ?? {});
  }

  get(id: number): StoredInstallation | null {
    const row = this.db.get("SELECT * FROM installations WHERE id = ?", id);
    return row === undefined ? null : toInstallation(row);
  }

  of(reference: string): StoredInstallation[] {
    return this.db
      .all("SELECT * FROM installations WHERE reference = ? ORDER BY id", reference)
      .map(toInstallation);
  }

  onVhost(vhost: string, ...states: InstallationState[]): StoredInstallation[] {
    return this.db
      .all(
        "SELECT * FROM installations WHERE vhost = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY id",
        vhost,
        JSON.stringify(states),
      )
      .map(toInstallation);
  }

  /** Whether a certificate is one of ours that serves on the vhost, or is being brought there. */
  isOurs(vhost: string, fingerprint: string | null): boolean {
    const ours = this.onVhost(vhost, "installing", "applied", "verified");
    return ours.some((one) => one.fingerprint === fingerprint);
  }

  inState(state: InstallationState, limit: number): StoredInstallation[] {
    return this.db
      .all("SELECT * FROM installations WHERE state = ? ORDER BY id LIMIT ?", state, limit)
      .map(toInstallation);
  }

  anyInState(state: InstallationState): boolean {
    return this.db.get("SELECT 1 FROM installations WHERE state = ? LIMIT 1", state) !== undefined;
  }

  /** One page of those in a state, from the one after `after` on: only what tells whether the panel has them on record. */
  marksInState(state: InstallationState, limit: number, after: number): InstallationMark[] {
    return this.db
      .lists(
        // By their ids alone: with the index of states all of them would be sorted for every page.
        `SELECT id, account, vhost, fingerprint FROM installations NOT INDEXED
         WHERE state = ? AND id > ? ORDER BY id LIMIT ?`,
        state,
        after,
        limit,
      )
      .map(([id, account, vhost, fingerprint]) => ({
        id: Number(id),
        account: String(account),
        vhost: String(vhost),
        fingerprint: String(fingerprint),
      }));
  }

  change(id: number, change: InstallationChange, now: Date): void {
    const sets: string[] = [];
    const values: (string | number | null)[] = [];
    for (const [key, value] of Object.entries(change) as [keyof InstallationChange, unknown][]) {
      if (value === undefined) continue;
      sets.push(`${columns[key]} = ?`);
      if (types.isDate(value)) values.push(time(value));
      else if (value === null || typeof value === "string" || typeof value === "number") values.push(value);
      else values.push(JSON.stringify(value));
    }
    this.db.run(
      `UPDATE installations SET ${[...sets, "updated_at = ?"].join(", ")} WHERE id = ?`,
      ...values,
      now.getTime(),
      id,
    );
  }

  /** Backups of installations that were verified before that moment. */
  oldBackups(verifiedBefore: Date, limit: number): { id: number; previousKey: string }[] {
    return this.db
      .all(
        // Told by name: SQLite guesses the index of states, and would read everything that is installed.
        `SELECT id, previous_key FROM installations INDEXED BY installations_with_backup
         WHERE previous_key IS NOT NULL AND verified_at < ? AND state IN ('verified', 'superseded') LIMIT ?`,
        verifiedBefore.getTime(),
        limit,
      )
      .map((row) => ({ id: Number(row["id"]), previousKey: String(row["previous_key"]) }));
  }

  /** Whether a key is still needed to put something back. */
  backsUp(keyId: string): boolean {
    return this.db.get("SELECT 1 FROM installations WHERE previous_key = ? LIMIT 1", keyId) !== undefined;
  }

  counts(): Record<string, number> {
    const rows = this.db.all("SELECT state, count(*) AS n FROM installations GROUP BY state");
    return Object.fromEntries(rows.map((row) => [String(row["state"]), Number(row["n"])]));
  }
}

function toInstallation(row: Row): StoredInstallation {
  return {
    id: Number(row["id"]),
    reference: String(row["reference"]),
    fingerprint: String(row["fingerprint"]),
    vhost: String(row["vhost"]),
    account: String(row["account"]),
    names: json(row["names"]) as HostName[],
    addresses: json(row["addresses"]) as string[],
    state: row["state"] as InstallationState,
    reason: text(row["reason"]) as ErrorCode | null,
    detail: String(row["detail"]),
    previous: text(row["previous"]),
    previousPem: text(row["previous_pem"]),
    previousChain: text(row["previous_chain"]),
    previousKey: text(row["previous_key"]),
    attempts: Number(row["attempts"]),
    nextAttemptAt: date(row["next_at"]),
    servedBefore: json(row["served_before"]) as Served[],
    served: json(row["served"]) as Served[],
    appliedAt: date(row["applied_at"]),
    verifiedAt: date(row["verified_at"]),
    restoredAt: date(row["restored_at"]),
    createdAt: new Date(Number(row["created_at"])),
    updatedAt: new Date(Number(row["updated_at"])),
  };
}
