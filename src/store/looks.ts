import type { Look, ShownCertificate } from "../model/coverage.ts";
import type { HostName } from "../model/host-name.ts";
import { json } from "./columns.ts";
import type { Database, Row } from "./database.ts";

export interface StoredLook extends Look {
  readonly vhost: string;
  readonly account: string;
}

/** Statements on the last looks at websites. */
export class Looks {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  put({ vhost, account, at, certificate }: StoredLook): void {
    this.db.run(
      `INSERT INTO looks (vhost, account, looked_at, certificate) VALUES (?, ?, ?, ?)
       ON CONFLICT (vhost, account) DO UPDATE SET looked_at = excluded.looked_at, certificate = excluded.certificate`,
      vhost,
      account,
      at.getTime(),
      certificate === null ? null : JSON.stringify(certificate),
    );
  }

  /** Of these accounts, or of all (null). */
  of(accounts: readonly string[] | null): StoredLook[] {
    const rows =
      accounts === null
        ? this.db.all("SELECT * FROM looks")
        : this.db.all(
            "SELECT * FROM looks WHERE account IN (SELECT value FROM json_each(?))",
            JSON.stringify(accounts),
          );
    return rows.map(toLook);
  }

  /** Looks that nobody renewed: their website is gone. */
  prune(before: Date): void {
    this.db.run("DELETE FROM looks WHERE looked_at < ?", before.getTime());
  }
}

function toLook(row: Row): StoredLook {
  const stored = json(row["certificate"]) as
    | (Omit<ShownCertificate, "notAfter" | "names"> & { notAfter: string; names: HostName[] })
    | null;
  return {
    vhost: String(row["vhost"]),
    account: String(row["account"]),
    at: new Date(Number(row["looked_at"])),
    certificate: stored === null ? null : { ...stored, notAfter: new Date(stored.notAfter) },
  };
}
