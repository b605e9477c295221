import { types } from "node:util";
import type { ErrorCode } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type {
  CertificateRequest,
  DcvMethod,
  DcvName,
  RequestKind,
  RequestState,
  ValidationStep,
} from "../model/request.ts";
import { date, json, number, text, time } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** A request as stored: with what only the agent needs beside what pages show. */
export interface StoredRequest extends CertificateRequest {
  readonly csr: string | null;
  /** Vendor words that go with `reason`, cleaned; for administrators. */
  readonly detail: string;
  readonly steps: readonly ValidationStep[];
  readonly goneSince: Date | null;
}

/** One name under validation as stored; `caName` and `askedAt` are for talking to the CA. */
export interface StoredDcvName extends DcvName {
  readonly caName: string;
  readonly askedAt: Date | null;
}

export type RequestChange = Partial<
  Omit<StoredRequest, "reference" | "kind" | "predecessor" | "createdAt" | "updatedAt">
>;

const columns: Readonly<Record<keyof RequestChange, string>> = {
  account: "account",
  accountCreatedAt: "account_created_at",
  names: "names",
  productId: "product_id",
  productName: "product_name",
  validation: "validation",
  years: "years",
  dcvMethod: "dcv_method",
  keyId: "key_id",
  csr: "csr",
  caRequestId: "ca_request_id",
  caCertificateId: "ca_certificate_id",
  state: "state",
  reason: "reason",
  detail: "detail",
  steps: "steps",
  fingerprint: "fingerprint",
  notAfter: "not_after",
  goneSince: "gone_since",
};

const ranks: Readonly<Record<RequestState, number>> = {
  "needs-you": 0,
  failed: 0,
  draft: 1,
  ordering: 1,
  validating: 1,
  issuing: 1,
  issued: 1,
  installing: 1,
  installed: 2,
  cancelled: 3,
  deleted: 3,
};

/** Statements on requests, the names under validation and the search index. */
export class Requests {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(request: Omit<StoredRequest, "updatedAt">): void {
    this.db.transaction(() => {
      this.db.run(
        `INSERT INTO requests (reference, kind, predecessor, account, account_created_at, names, product_id, product_name,
           validation, years, dcv_method, key_id, csr, ca_request_id, ca_certificate_id, state, reason, detail, rank, steps,
           fingerprint, not_after, gone_since, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        request.reference,
        request.kind,
        request.predecessor,
        request.account,
        request.accountCreatedAt,
        JSON.stringify(request.names),
        request.productId,
        request.productName,
        request.validation,
        request.years,
        request.dcvMethod,
        request.keyId,
        request.csr,
        request.caRequestId,
        request.caCertificateId,
        request.state,
        request.reason,
        request.detail,
        ranks[request.state],
        JSON.stringify(request.steps),
        request.fingerprint,
        time(request.notAfter),
        time(request.goneSince),
        request.createdAt.getTime(),
        request.createdAt.getTime(),
      );
      this.index(request);
    });
  }

  get(reference: string): StoredRequest | null {
    const row = this.db.get("SELECT * FROM requests WHERE reference = ?", reference);
    return row === undefined ? null : toRequest(row);
  }

  /** All requests that a CA id may mean: as request, as certificate, or as an attempt under the same id (U3). */
  byCaId(id: number): StoredRequest[] {
    return this.db
      .all(
        `SELECT * FROM requests WHERE ca_request_id = ?1
         UNION SELECT * FROM requests WHERE ca_certificate_id = ?1 ORDER BY created_at DESC`,
        id,
      )
      .map(toRequest);
  }

  /** The references alone, for the hot path of the webhook. */
  referencesOfCaId(id: number): string[] {
    return this.db
      .all(
        `SELECT reference FROM requests WHERE ca_request_id = ?1
         UNION SELECT reference FROM requests WHERE ca_certificate_id = ?1`,
        id,
      )
      .map((row) => String(row["reference"]));
  }

  /** Newest first, optionally of one account or in one state. */
  list(filter: { account: string | null; state: string | null; limit: number }): StoredRequest[] {
    return this.db
      .all(
        `SELECT * FROM requests WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR state = ?2)
         ORDER BY rank, updated_at DESC LIMIT ?3`,
        filter.account,
        filter.state,
        filter.limit,
      )
      .map(toRequest);
  }

  /** What is not settled yet, of these accounts or of all (null). */
  open(accounts: readonly string[] | null): StoredRequest[] {
    return this.db
      .all(
        `SELECT * FROM requests WHERE state NOT IN ('installed', 'failed', 'cancelled', 'deleted')
           AND (?1 IS NULL OR account IN (SELECT value FROM json_each(?1))) ORDER BY created_at DESC`,
        accounts === null ? null : JSON.stringify(accounts),
      )
      .map(toRequest);
  }

  /** The requests that these certificates were issued for. */
  byFingerprints(fingerprints: readonly string[]): StoredRequest[] {
    return this.db
      .all(
        `SELECT r.* FROM certificates c JOIN requests r ON r.reference = c.reference
         WHERE c.fingerprint IN (SELECT value FROM json_each(?)) AND r.fingerprint = c.fingerprint`,
        JSON.stringify(fingerprints),
      )
      .map(toRequest);
  }

  /** Whether a key belongs to an order of ours, whatever became of it. */
  usesKey(keyId: string): boolean {
    return this.db.get("SELECT 1 FROM requests WHERE key_id = ? LIMIT 1", keyId) !== undefined;
  }

  counts(): Record<string, number> {
    const rows = this.db.all("SELECT state, count(*) AS n FROM requests GROUP BY state");
    return Object.fromEntries(rows.map((row) => [String(row["state"]), Number(row["n"])]));
  }

  inState(...states: RequestState[]): StoredRequest[] {
    return this.db
      .all("SELECT * FROM requests WHERE state IN (SELECT value FROM json_each(?))", JSON.stringify(states))
      .map(toRequest);
  }

  successors(reference: string): StoredRequest[] {
    return this.db
      .all("SELECT * FROM requests WHERE predecessor = ? ORDER BY created_at", reference)
      .map(toRequest);
  }

  change(reference: string, change: RequestChange, now: Date): void {
    const sets: string[] = [];
    const values: (string | number | null)[] = [];
    for (const [key, value] of Object.entries(change) as [
      keyof RequestChange,
      RequestChange[keyof RequestChange],
    ][]) {
      if (value === undefined) continue;
      sets.push(`${columns[key]} = ?`);
      values.push(toColumn(value));
    }
    if (change.state !== undefined) {
      sets.push("rank = ?");
      values.push(ranks[change.state]);
    }
    this.db.transaction(() => {
      this.db.run(
        `UPDATE requests SET ${[...sets, "updated_at = ?"].join(", ")} WHERE reference = ?`,
        ...values,
        now.getTime(),
        reference,
      );
      if (
        "names" in change ||
        "account" in change ||
        "caRequestId" in change ||
        "caCertificateId" in change
      ) {
        const request = this.get(reference);
        if (request !== null) this.index(request);
      }
    });
  }

  dcvNames(reference: string): StoredDcvName[] {
    return this.db.all("SELECT * FROM dcv_names WHERE reference = ? ORDER BY name", reference).map(toDcvName);
  }

  putDcvName(reference: string, name: StoredDcvName): void {
    this.db.run(
      `INSERT INTO dcv_names (reference, name, method, state, ca_name, record, file, email, reason, asked_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (reference, name) DO UPDATE SET method = excluded.method, state = excluded.state,
         ca_name = excluded.ca_name, record = excluded.record, file = excluded.file, email = excluded.email,
         reason = excluded.reason, asked_at = excluded.asked_at`,
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
    );
  }

  private index(request: Omit<StoredRequest, "updatedAt">): void {
    const words = [
      ...request.names,
      request.account ?? "",
      request.reference,
      request.caRequestId ?? "",
      request.caCertificateId ?? "",
    ].join(" ");
    const row = this.db.get("SELECT id FROM requests WHERE reference = ?", request.reference);
    const id = row?.["id"] ?? null;
    this.db.run("DELETE FROM request_search WHERE rowid = ?", id);
    this.db.run(
      "INSERT INTO request_search (rowid, reference, words) VALUES (?, ?, ?)",
      id,
      request.reference,
      words,
    );
  }
}

export function toRequest(row: Row): StoredRequest {
  return {
    reference: String(row["reference"]),
    kind: row["kind"] as RequestKind,
    predecessor: text(row["predecessor"]),
    account: text(row["account"]),
    accountCreatedAt: text(row["account_created_at"]),
    names: JSON.parse(String(row["names"])) as HostName[],
    productId: number(row["product_id"]),
    productName: text(row["product_name"]),
    validation: text(row["validation"]) as StoredRequest["validation"],
    years: number(row["years"]),
    dcvMethod: text(row["dcv_method"]) as DcvMethod | null,
    keyId: text(row["key_id"]),
    csr: text(row["csr"]),
    caRequestId: number(row["ca_request_id"]),
    caCertificateId: number(row["ca_certificate_id"]),
    state: row["state"] as RequestState,
    reason: text(row["reason"]) as ErrorCode | null,
    detail: String(row["detail"]),
    steps: JSON.parse(String(row["steps"])) as ValidationStep[],
    fingerprint: text(row["fingerprint"]),
    notAfter: date(row["not_after"]),
    goneSince: date(row["gone_since"]),
    createdAt: new Date(Number(row["created_at"])),
    updatedAt: new Date(Number(row["updated_at"])),
  };
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
  };
}

function toColumn(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (types.isDate(value)) return value.getTime();
  return JSON.stringify(value);
}
