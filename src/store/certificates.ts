import { text } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/** A collected certificate with the chain that was judged good for it; PEM, never a key. */
export interface StoredCertificate {
  readonly fingerprint: string;
  readonly reference: string;
  readonly keyId: string;
  readonly pem: string;
  readonly chainPem: string;
  readonly collectedAt: Date;
}

/** Statements on collected certificates. */
export class Certificates {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  put(certificate: StoredCertificate): void {
    this.db.run(
      `INSERT INTO certificates (fingerprint, reference, key_id, pem, chain_pem, collected_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (fingerprint) DO UPDATE SET chain_pem = excluded.chain_pem`,
      certificate.fingerprint,
      certificate.reference,
      certificate.keyId,
      certificate.pem,
      certificate.chainPem,
      certificate.collectedAt.getTime(),
    );
  }

  get(fingerprint: string): StoredCertificate | null {
    const row = this.db.get("SELECT * FROM certificates WHERE fingerprint = ?", fingerprint);
    return row === undefined ? null : toCertificate(row);
  }

  /** The chains of the latest certificates, PEM, each once. */
  latestChains(): string[] {
    return this.db
      .all(
        `SELECT DISTINCT chain_pem FROM (SELECT chain_pem FROM certificates ORDER BY rowid DESC LIMIT 50)
         WHERE chain_pem <> ''`,
      )
      .map((row) => String(row["chain_pem"]));
  }

  latestOf(reference: string): StoredCertificate | null {
    const row = this.db.get(
      "SELECT * FROM certificates WHERE reference = ? ORDER BY collected_at DESC LIMIT 1",
      reference,
    );
    return row === undefined ? null : toCertificate(row);
  }
}

function toCertificate(row: Row): StoredCertificate {
  return {
    fingerprint: String(row["fingerprint"]),
    reference: String(row["reference"]),
    keyId: text(row["key_id"]) ?? "",
    pem: String(row["pem"]),
    chainPem: String(row["chain_pem"]),
    collectedAt: new Date(Number(row["collected_at"])),
  };
}
