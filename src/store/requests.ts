import { types } from "node:util";
import type { ErrorCode } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { RenewalChoice } from "../model/plan-renewal.ts";
import type {
  CertificateRequest,
  DcvMethod,
  RequestKind,
  RequestState,
  ValidationStep,
} from "../model/request.ts";
import { date, number, text, time } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** A request as stored: with what only the agent needs beside what pages show. */
export interface StoredRequest extends CertificateRequest {
  readonly csr: string | null;
  /** Vendor words that go with `reason`, cleaned; for administrators. */
  readonly detail: string;
  readonly steps: readonly ValidationStep[];
  readonly goneSince: Date | null;
  /** Start of the collected certificate's validity. */
  readonly notBefore: Date | null;
  /** End of the paid term as the CA says it; null when it does not say. */
  readonly termEnd: Date | null;
  readonly keyKind: string | null;
  /** Company and representative as they were sent, under the CA's field names. */
  readonly organisation: Readonly<Record<string, string>>;
  readonly renewalChoice: RenewalChoice;
  /** Why the next certificate is not under way although it should be. */
  readonly renewalProblem: ErrorCode | null;
  /** Since when somebody wants a new certificate at once. */
  readonly reissueWantedAt: Date | null;
  readonly keyDestroyedAt: Date | null;
  /** When somebody last answered what the CA asked for. */
  readonly answeredAt: Date | null;
  /** What was last found worth telling about it. */
  readonly told: string | null;
}

/** What a new request may leave out, because only a certificate brings it. */
type LaterFacts =
  | "notBefore"
  | "termEnd"
  | "keyKind"
  | "organisation"
  | "renewalChoice"
  | "renewalProblem"
  | "reissueWantedAt"
  | "keyDestroyedAt"
  | "answeredAt"
  | "told";
export type NewRequest = Omit<StoredRequest, "updatedAt" | LaterFacts> &
  Partial<Pick<StoredRequest, LaterFacts>>;

export type RequestChange = Partial<Omit<StoredRequest, "reference" | "createdAt" | "updatedAt" | "told">>;

const columns: Readonly<Record<keyof RequestChange, string>> = {
  kind: "kind",
  predecessor: "predecessor",
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
  notBefore: "not_before",
  termEnd: "term_end",
  keyKind: "key_kind",
  organisation: "organisation",
  renewalChoice: "renewal_choice",
  renewalProblem: "renewal_problem",
  reissueWantedAt: "reissue_wanted_at",
  keyDestroyedAt: "key_destroyed_at",
  answeredAt: "answered_at",
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

const closed = 3;

/** Where a request stands in lists; a certificate that a newer one replaced has done its work. */
function rankOf({ state, reason }: Pick<StoredRequest, "state" | "reason">): number {
  return state === "installed" && reason === "newer-installed" ? closed : ranks[state];
}

/** Statements on requests and their search index. */
export class Requests {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  add(request: NewRequest): void {
    this.db.transaction(() => {
      this.db.run(
        `INSERT INTO requests (reference, kind, predecessor, account, account_created_at, names, product_id, product_name,
           validation, years, dcv_method, key_id, csr, ca_request_id, ca_certificate_id, state, reason, detail, rank, steps,
           fingerprint, not_after, gone_since, created_at, updated_at, not_before, term_end, key_kind, organisation,
           renewal_choice)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
        rankOf(request),
        JSON.stringify(request.steps),
        request.fingerprint,
        time(request.notAfter),
        time(request.goneSince),
        request.createdAt.getTime(),
        request.createdAt.getTime(),
        time(request.notBefore ?? null),
        time(request.termEnd ?? null),
        request.keyKind ?? null,
        JSON.stringify(request.organisation ?? {}),
        request.renewalChoice ?? null,
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

  /**
   * The references alone, for the hot path of the webhook, newest first. Reissues may share an id for years (U3): what was
   * replaced or closed is left out, unless nothing else is there.
   */
  referencesOfCaId(id: number): string[] {
    return this.meantByCaId(id).map(({ reference }) => reference);
  }

  /** The same with the kind of each, which tells how urgent news about it is. */
  meantByCaId(id: number): { reference: string; kind: RequestKind }[] {
    const rows = this.db.all(
      `SELECT reference, kind, rank, id FROM requests WHERE ca_request_id = ?1
       UNION SELECT reference, kind, rank, id FROM requests WHERE ca_certificate_id = ?1 ORDER BY id DESC`,
      id,
    );
    const open = rows.filter((row) => Number(row["rank"]) < closed);
    return (open.length === 0 ? rows.slice(0, 1) : open).map((row) => ({
      reference: String(row["reference"]),
      kind: row["kind"] as RequestKind,
    }));
  }

  /** Newest first, optionally of one account or in one state. */
  list(filter: { account: string | null; state: string | null; limit: number }): StoredRequest[] {
    const wanted = (["account", "state"] as const).filter((column) => filter[column] !== null);
    const where = wanted.length === 0 ? "" : `WHERE ${wanted.map((column) => `${column} = ?`).join(" AND ")}`;
    return this.db
      .all(
        `SELECT * FROM requests ${where} ORDER BY rank, updated_at DESC LIMIT ?`,
        ...wanted.map((column) => filter[column]),
        filter.limit,
      )
      .map(toRequest);
  }

  /** What is under way or waits for somebody, of these accounts or of all (null). */
  open(accounts: readonly string[] | null): StoredRequest[] {
    const rows =
      accounts === null
        ? this.db.all("SELECT * FROM requests WHERE rank < 2 AND state <> 'failed' ORDER BY created_at DESC")
        : this.db.all(
            // From the accounts to their requests: the other way round every request of the server is looked at.
            `SELECT r.* FROM json_each(?) a CROSS JOIN requests r ON r.account = a.value
             WHERE r.rank < 2 AND r.state <> 'failed' ORDER BY r.created_at DESC`,
            JSON.stringify(accounts),
          );
    return rows.map(toRequest);
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

  byKey(keyId: string): StoredRequest[] {
    return this.db.all("SELECT * FROM requests WHERE key_id = ?", keyId).map(toRequest);
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

  anyInState(...states: RequestState[]): boolean {
    const row = this.db.get(
      "SELECT 1 FROM requests WHERE state IN (SELECT value FROM json_each(?)) LIMIT 1",
      JSON.stringify(states),
    );
    return row !== undefined;
  }

  /** Only which they are: of many requests their rows would fill the memory. */
  referencesInState(...states: RequestState[]): string[] {
    return this.db
      .all(
        "SELECT reference FROM requests WHERE state IN (SELECT value FROM json_each(?))",
        JSON.stringify(states),
      )
      .map((row) => String(row["reference"]));
  }

  successors(reference: string): StoredRequest[] {
    return this.db
      .all("SELECT * FROM requests WHERE predecessor = ? ORDER BY created_at, id", reference)
      .map(toRequest);
  }

  /**
   * References of certificates that end before `before` and that no newer one follows, soonest first. An attempt that came
   * to nothing follows nothing.
   */
  ending(before: Date, after: Date): string[] {
    return this.db
      .all(
        `SELECT reference FROM requests r WHERE not_after < ?1 AND not_after > ?2
           AND state NOT IN ('failed', 'cancelled', 'deleted')
           AND NOT EXISTS (SELECT 1 FROM requests s WHERE s.predecessor = r.reference
             AND s.state NOT IN ('draft', 'failed', 'cancelled', 'deleted'))
         ORDER BY not_after`,
        before.getTime(),
        after.getTime(),
      )
      .map((row) => String(row["reference"]));
  }

  /**
   * Requests whose key nobody needs any more: replaced or closed since before `before`, with the key still here, and neither
   * installed, nor kept to be put back, nor the key of another request.
   */
  withIdleKey(before: Date, limit: number): StoredRequest[] {
    return this.db
      .all(
        // Told by name: SQLite guesses another index, and would read everything that was ever replaced, every hour.
        `SELECT * FROM requests r INDEXED BY requests_with_idle_key
         WHERE rank = 3 AND key_id IS NOT NULL AND key_destroyed_at IS NULL AND updated_at < ?
           -- It may come back.
           AND r.reason IS NOT 'handing-over'
           AND NOT EXISTS (SELECT 1 FROM installations i WHERE i.reference = r.reference
             AND i.state IN ('planned', 'installing', 'applied', 'verified'))
           AND NOT EXISTS (SELECT 1 FROM installations b WHERE b.previous_key = r.key_id)
           AND NOT EXISTS (SELECT 1 FROM requests o
             WHERE o.key_id = r.key_id AND o.reference <> r.reference AND o.rank < 3)
         LIMIT ?`,
        before.getTime(),
        limit,
      )
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
    this.db.transaction(() => {
      if (change.state !== undefined || change.reason !== undefined) {
        const before = this.get(reference);
        if (before !== null) {
          sets.push("rank = ?");
          values.push(rankOf({ ...before, ...change }));
        }
      }
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

  /** Remembers what was told; no change that anybody sees. */
  told(reference: string, mark: string | null): void {
    this.db.run("UPDATE requests SET told = ? WHERE reference = ?", mark, reference);
  }

  /** References of installed certificates whose end is near and whose successor does not come. */
  blocked(): string[] {
    return this.db
      .all(
        // Beginning with the few that have a problem, or whose successor has: each of the two has an index of its own. In this
        // order, because SQLite guesses the other one, and would look at everything that is installed.
        `SELECT r.reference FROM
           (SELECT reference FROM requests INDEXED BY requests_with_problem WHERE renewal_problem IS NOT NULL
             UNION SELECT predecessor FROM requests INDEXED BY requests_halted
               WHERE predecessor IS NOT NULL AND state IN ('draft', 'needs-you', 'failed')) b
           CROSS JOIN requests r ON r.reference = b.reference
         WHERE r.rank < 3 AND r.state IN ('installed', 'needs-you') AND r.not_after IS NOT NULL`,
      )
      .map((row) => String(row["reference"]));
  }

  /** Takes a request away that never left this server, with everything that hangs on it. */
  forget(reference: string): void {
    this.db.transaction(() => {
      const row = this.db.get("SELECT id FROM requests WHERE reference = ?", reference);
      this.db.run("DELETE FROM request_search WHERE rowid = ?", row?.["id"] ?? null);
      this.db.run("DELETE FROM work WHERE key = ?", reference);
      for (const table of ["spending", "notes", "notices", "timeline", "dcv_names", "requests"]) {
        this.db.run(`DELETE FROM ${table} WHERE reference = ?`, reference);
      }
    });
  }

  private index(request: NewRequest): void {
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
    notBefore: date(row["not_before"]),
    termEnd: date(row["term_end"]),
    keyKind: text(row["key_kind"]),
    organisation: JSON.parse(String(row["organisation"])) as Record<string, string>,
    renewalChoice: text(row["renewal_choice"]) as RenewalChoice,
    renewalProblem: text(row["renewal_problem"]) as ErrorCode | null,
    reissueWantedAt: date(row["reissue_wanted_at"]),
    keyDestroyedAt: date(row["key_destroyed_at"]),
    answeredAt: date(row["answered_at"]),
    told: text(row["told"]),
    createdAt: new Date(Number(row["created_at"])),
    updatedAt: new Date(Number(row["updated_at"])),
  };
}

function toColumn(value: unknown): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (types.isDate(value)) return value.getTime();
  return JSON.stringify(value);
}
