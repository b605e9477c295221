import { createPrivateKey, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { certificateBlocks } from "../common/certificate-checks.ts";
import { readText, writeText } from "../common/text-files.ts";
import type { Database } from "./database.ts";
import { PanelRefusal } from "./panel-refusal.ts";
import type { CertificateRow } from "./records.ts";
import type { ServerFiles } from "./server-files.ts";
import type { Switches } from "./switches.ts";

/** PEM texts; each part may be missing in a repository. */
export interface CertificateParts {
  csr?: string | undefined;
  pvt?: string | undefined;
  cert?: string | undefined;
  ca?: string | undefined;
}

const keyBlock = /-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/;

/** The repositories of certificates: one per subscription, and the administrator's under id 0 (spec plesk §3.1). */
export class CertificatePool {
  private readonly database: Database;
  private readonly files: ServerFiles;
  private readonly switches: Switches;

  constructor(database: Database, files: ServerFiles, switches: Switches) {
    this.database = database;
    this.files = files;
    this.switches = switches;
  }

  list(webspaceId: number): CertificateRow[] {
    return this.database.tables.certificates.filter((one) => one.webspaceId === webspaceId);
  }

  create(webspaceId: number, name: string, parts: CertificateParts): CertificateRow {
    this.checkName(webspaceId, name);
    this.checkParts(parts);
    const row: CertificateRow = {
      id: this.database.nextId(),
      webspaceId,
      name,
      csr: "",
      keyFile: "",
      caFile: "",
    };
    this.database.tables.certificates.push(row);
    this.store(row, parts);
    return row;
  }

  /** Puts new contents in place; everything bound to it stays bound. */
  update(row: CertificateRow, parts: CertificateParts, newName?: string): void {
    if (newName !== undefined && newName !== row.name) {
      this.checkName(row.webspaceId, newName);
      row.name = newName;
    }
    const before = this.read(row);
    const after = { ...before, ...defined(parts) };
    this.checkParts(after);
    this.store(row, after);
  }

  remove(row: CertificateRow): void {
    const uses = this.database.usesOf(row);
    if (uses > 0 && this.switches.removeUsed === "refuse") {
      throw new PanelRefusal(
        1023,
        `Unable to remove certificate '${row.name}': it is being used by ${uses} object${uses === 1 ? "" : "s"}.`,
      );
    }
    const { tables } = this.database;
    for (const site of tables.sites) {
      for (const slot of ["certificateId", "webmailCertificateId", "mailCertificateId"] as const) {
        if (site[slot] === row.id) site[slot] = undefined;
      }
    }
    tables.certificates.splice(tables.certificates.indexOf(row), 1);
    for (const file of [row.keyFile, row.caFile]) this.removeFile(file);
  }

  /** The texts of a certificate; what it lacks is empty. */
  read(row: CertificateRow): { csr: string; pvt: string; cert: string; ca: string } {
    const main = row.keyFile === "" ? "" : (readText(this.files.certificateFile(row.keyFile)) ?? "");
    const ca = row.caFile === "" ? "" : (readText(this.files.certificateFile(row.caFile)) ?? "");
    const key = keyBlock.exec(main)?.[0];
    return { csr: row.csr, pvt: key === undefined ? "" : `${key}\n`, cert: this.ownBlocks(main, ca), ca };
  }

  /** What stands in the certificate field, without the chain that follows it in the same file. */
  private ownBlocks(main: string, ca: string): string {
    const chain = certificateBlocks(ca);
    const all = certificateBlocks(main);
    return all.slice(0, all.length - chain.length).join("");
  }

  private checkName(webspaceId: number, name: string): void {
    if (name.trim() === "" || name.length > this.switches.longestName) {
      throw new PanelRefusal(1019, "Unable to set certificate name : The certificate name is invalid.");
    }
    if (this.database.certificate(webspaceId, name) !== undefined) {
      throw new PanelRefusal(
        1007,
        `Unable to set certificate name : Certificate with the name '${name}' already exists in the repository.`,
      );
    }
  }

  /** Key without pass phrase, certificate readable and made for that key, chain readable. */
  private checkParts({ pvt = "", cert = "", ca = "" }: CertificateParts): void {
    const key = pvt === "" ? undefined : readKey(pvt);
    if (cert !== "") {
      const [leaf, ...rest] = certificateBlocks(cert).map((block) => readCertificate(block, "cert"));
      if (leaf === undefined) {
        throw new PanelRefusal(
          8003,
          "Unable to set cert content to certificate : Probably, the certificate format is invalid.",
        );
      }
      if (rest.length > 0 && this.switches.refusesChainInCertFile) {
        throw new PanelRefusal(
          8003,
          "Unable to set cert content to certificate : More than one certificate found.",
        );
      }
      if (key !== undefined && !leaf.checkPrivateKey(key)) {
        throw new PanelRefusal(
          8003,
          "Unable to set cert content to certificate : The certificate does not match the private key.",
        );
      }
    }
    if (ca === "") return;
    const chain = certificateBlocks(ca);
    if (chain.length === 0) {
      throw new PanelRefusal(
        8004,
        "Unable to set CA certificate content : Probably, the CA certificate format is invalid.",
      );
    }
    for (const block of chain) readCertificate(block, "ca");
  }

  /** Fresh random names each time, as the panel does; the old files go. */
  private store(row: CertificateRow, parts: CertificateParts): void {
    for (const file of [row.keyFile, row.caFile]) this.removeFile(file);
    const ca = certificateBlocks(parts.ca ?? "").join("");
    row.csr = parts.csr ?? "";
    row.keyFile =
      parts.pvt || parts.cert ? this.writeFile(withEnd(parts.pvt) + withEnd(parts.cert) + ca) : "";
    row.caFile = ca === "" ? "" : this.writeFile(ca);
    this.database.save();
  }

  private writeFile(text: string): string {
    const name = `scf${randomBytes(12).toString("base64url").replaceAll(/[-_]/g, "x")}`;
    writeText(this.files.certificateFile(name), text, 0o400);
    return name;
  }

  private removeFile(name: string): void {
    if (name !== "") rmSync(this.files.certificateFile(name), { force: true });
  }
}

function readKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new PanelRefusal(
      8002,
      "Unable to set pvt content to certificate : Probably, the private key format is invalid.",
    );
  }
}

function readCertificate(block: string, part: "cert" | "ca"): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw part === "cert"
      ? new PanelRefusal(
          8003,
          "Unable to set cert content to certificate : Probably, the certificate format is invalid.",
        )
      : new PanelRefusal(
          8004,
          "Unable to set CA certificate content : Probably, the CA certificate format is invalid.",
        );
  }
}

function defined(parts: CertificateParts): CertificateParts {
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text !== undefined));
}

function withEnd(text = ""): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
