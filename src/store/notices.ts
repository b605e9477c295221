import type { ErrorCode } from "../errors.ts";
import type { Notice, NoticeKind, NoticeRole } from "../model/plan-notice.ts";
import type { RequestKind, RequestState } from "../model/request.ts";
import { date, text } from "./columns.ts";
import type { Database, Row } from "./database.ts";
import type { StoredRequest } from "./requests.ts";

/** Something to tell that is not settled yet. */
export interface StoredNotice extends Notice {
  readonly id: number;
  readonly reference: string;
  readonly createdAt: Date;
}

/** A request, as far as mails depend on it. */
export interface Standing
  extends Pick<
    StoredRequest,
    "kind" | "state" | "reason" | "account" | "notAfter" | "renewalProblem" | "told"
  > {}

const day = 86_400_000;

/** Statements on what people are told by mail. */
export class Notices {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Without all the rest of a request, which is asked for thousands every day; null when there is none. */
  standing(reference: string): Standing | null {
    const [row] = this.db.lists(
      "SELECT kind, state, reason, account, not_after, renewal_problem, told FROM requests WHERE reference = ?",
      reference,
    );
    if (row === undefined) return null;
    const [kind, state, reason, account, notAfter, renewalProblem, told] = row;
    return {
      kind: kind as RequestKind,
      state: state as RequestState,
      reason: text(reason) as ErrorCode | null,
      account: text(account),
      notAfter: date(notAfter),
      renewalProblem: text(renewalProblem) as ErrorCode | null,
      told: text(told),
    };
  }

  add(reference: string, notice: Notice, now: Date): void {
    this.db.run(
      "INSERT INTO notices (reference, recipient, kind, reason, mark, created_at) VALUES (?, ?, ?, ?, ?, ?)",
      reference,
      notice.to,
      notice.kind,
      notice.reason,
      notice.mark,
      now.getTime(),
    );
  }

  /** When the same was last told; null when it never was. */
  lastTold(reference: string, mark: string): Date | null {
    const row = this.db.get(
      "SELECT max(created_at) AS at FROM notices WHERE reference = ? AND mark = ?",
      reference,
      mark,
    );
    return typeof row?.["at"] === "number" ? new Date(row["at"]) : null;
  }

  open(limit: number): StoredNotice[] {
    return this.db
      .all("SELECT * FROM notices WHERE settled_at IS NULL ORDER BY created_at, id LIMIT ?", limit)
      .map(toNotice);
  }

  settle(ids: readonly number[], outcome: string, now: Date): void {
    this.db.run(
      "UPDATE notices SET outcome = ?, settled_at = ? WHERE id IN (SELECT value FROM json_each(?))",
      outcome,
      now.getTime(),
      JSON.stringify(ids),
    );
  }

  /** How many mails went to an address within the last day. Rows of one mail were settled in the same moment. */
  sentTo(address: string, now: Date): number {
    const row = this.db.get(
      "SELECT count(DISTINCT settled_at) AS n FROM notices WHERE outcome = ? AND settled_at > ?",
      `sent ${address}`,
      now.getTime() - day,
    );
    return Number(row?.["n"] ?? 0);
  }

  prune(before: Date): void {
    this.db.run("DELETE FROM notices WHERE settled_at < ? AND mark <> 'installed'", before.getTime());
  }
}

function toNotice(row: Row): StoredNotice {
  return {
    id: Number(row["id"]),
    reference: String(row["reference"]),
    to: row["recipient"] as NoticeRole,
    kind: row["kind"] as NoticeKind,
    reason: text(row["reason"]) as ErrorCode | null,
    mark: String(row["mark"]),
    createdAt: new Date(Number(row["created_at"])),
  };
}
