import { noChoices, type OrderChoices } from "../model/order-draft.ts";
import type { Organisation } from "../model/organisation.ts";
import type { OrderLevel, Spent } from "../model/spending.ts";
import { date, number, text } from "./columns.ts";
import type { Database, Row } from "./database.ts";

export interface StoredDraft {
  readonly reference: string;
  readonly choices: OrderChoices;
  readonly consentedBy: string | null;
  readonly level: OrderLevel | null;
  readonly cents: number | null;
  readonly consentedAt: Date | null;
  readonly approvedBy: string | null;
}

/** Statements on orders that are being put together, on what was spent, and on organisations. */
export class Drafts {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  get(reference: string): StoredDraft | null {
    const row = this.db.get("SELECT * FROM drafts WHERE reference = ?", reference);
    return row === undefined ? null : toDraft(row);
  }

  put(reference: string, choices: OrderChoices, now: Date): void {
    this.db.run(
      `INSERT INTO drafts (reference, choices, updated_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (reference) DO UPDATE SET choices = ?2, updated_at = ?3`,
      reference,
      JSON.stringify(choices),
      now.getTime(),
    );
  }

  consent(
    reference: string,
    consent: { by: string; level: OrderLevel; cents: number | null },
    now: Date,
  ): void {
    this.db.run(
      "UPDATE drafts SET consented_by = ?, level = ?, cents = ?, consented_at = ?, updated_at = ? WHERE reference = ?",
      consent.by,
      consent.level,
      consent.cents,
      now.getTime(),
      now.getTime(),
      reference,
    );
  }

  approve(reference: string, by: string, now: Date): void {
    this.db.run(
      "UPDATE drafts SET approved_by = ?, updated_at = ? WHERE reference = ?",
      by,
      now.getTime(),
      reference,
    );
  }

  /** The draft that nobody agreed to yet of a renewal of this certificate. */
  renewalOf(reference: string): string | null {
    const row = this.db.get(
      `SELECT d.reference FROM drafts d JOIN requests r ON r.reference = d.reference
       WHERE r.state = 'draft' AND r.reason IS NULL AND d.choices ->> 'follows' = ?`,
      reference,
    );
    return text(row?.["reference"]);
  }

  /** References of drafts that wait for approval, oldest first. */
  waiting(limit: number): string[] {
    return this.db
      .all(
        `SELECT d.reference FROM drafts d JOIN requests r ON r.reference = d.reference
         WHERE r.state = 'draft' AND r.reason = 'approval-needed' ORDER BY d.consented_at LIMIT ?`,
        limit,
      )
      .map((row) => String(row["reference"]));
  }

  /** Drafts nobody agreed to and nobody touched since then; they never meant anything to anyone else. */
  abandoned(before: Date): string[] {
    return this.db
      .all(
        `SELECT d.reference FROM drafts d JOIN requests r ON r.reference = d.reference
         WHERE r.state = 'draft' AND d.consented_at IS NULL AND d.updated_at < ?`,
        before.getTime(),
      )
      .map((row) => String(row["reference"]));
  }

  spend(reference: string, account: string | null, cents: number | null, now: Date): void {
    this.db.run(
      "INSERT INTO spending (reference, account, cents, at) VALUES (?, ?, ?, ?)",
      reference,
      account,
      cents,
      now.getTime(),
    );
  }

  /** An order that was refused cost nothing. */
  refund(reference: string): void {
    this.db.run("DELETE FROM spending WHERE reference = ?", reference);
  }

  spentSince(since: Date, account: string | null): { all: Spent; account: Spent } {
    const read = (where: string, ...values: (string | null)[]): Spent => {
      const row = this.db.get(
        `SELECT count(*) AS orders, ifnull(sum(cents), 0) AS cents FROM spending WHERE at > ? ${where}`,
        since.getTime(),
        ...values,
      );
      return { orders: Number(row?.["orders"]), cents: Number(row?.["cents"]) };
    };
    return { all: read(""), account: read("AND account IS ?", account) };
  }

  organisationOf(account: string, createdAt: string | null): Organisation {
    const row = this.db.get(
      "SELECT fields FROM organisations WHERE account = ? AND account_created_at = ?",
      account,
      createdAt ?? "",
    );
    return row === undefined ? {} : (JSON.parse(String(row["fields"])) as Organisation);
  }

  rememberOrganisation(
    account: string,
    createdAt: string | null,
    organisation: Organisation,
    now: Date,
  ): void {
    this.db.run(
      `INSERT INTO organisations (account, account_created_at, fields, updated_at) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (account, account_created_at) DO UPDATE SET fields = ?3, updated_at = ?4`,
      account,
      createdAt ?? "",
      JSON.stringify(organisation),
      now.getTime(),
    );
  }
}

function toDraft(row: Row): StoredDraft {
  return {
    reference: String(row["reference"]),
    // Drafts of an earlier version name no certificate that they follow.
    choices: { ...noChoices, ...(JSON.parse(String(row["choices"])) as OrderChoices) },
    consentedBy: text(row["consented_by"]),
    level: text(row["level"]) as OrderLevel | null,
    cents: number(row["cents"]),
    consentedAt: date(row["consented_at"]),
    approvedBy: text(row["approved_by"]),
  };
}
