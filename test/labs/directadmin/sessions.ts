import { randomBytes } from "node:crypto";
import type { PanelFiles } from "./panel-files.ts";
import type { LabSession } from "./plugin-runtime-contract.ts";

interface SessionRecord {
  readonly id: string;
  readonly key: string;
  readonly real: string;
  effective: string;
  selectedDomain: string;
  readonly address: string;
  /** Made by `POST /api/login`, whose clients are given the session's id alone. */
  readonly byApi: boolean;
}

/** Length of both halves as measured on a running panel (spec §2.3). */
const secretLength = 39;

const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** Browser sessions, and who acts in them. */
export class Sessions {
  private readonly records = new Map<string, SessionRecord>();
  private readonly files: PanelFiles;

  constructor(files: PanelFiles) {
    this.files = files;
  }

  create(account: string, address: string, byApi: boolean): { id: string; key: string } {
    const [id, key] = [secret(), secret()];
    const selectedDomain = this.files.domainsOf(account)[0] ?? "";
    this.records.set(id, { id, key, real: account, effective: account, selectedDomain, address, byApi });
    return { id, key };
  }

  /**
   * The session of a cookie pair; undefined for an unknown one, a wrong key, or an account that is gone. Only sessions
   * made by the JSON login are good without their key.
   */
  find(id: string, key: string | undefined, address: string | undefined): LabSession | undefined {
    const record = this.records.get(id);
    if (record === undefined) return undefined;
    if (key === undefined ? !record.byApi : key !== record.key) return undefined;
    if (address !== undefined && address !== record.address) return undefined;
    const [login, real] = [this.files.login(record.effective), this.files.login(record.real)];
    if (login === undefined || real === undefined) return undefined;
    return {
      id,
      key: record.key,
      login,
      real,
      get selectedDomain() {
        return record.selectedDomain;
      },
      set selectedDomain(domain: string) {
        record.selectedDomain = domain;
      },
    };
  }

  /** Log in as another account, or return to oneself. */
  actAs(id: string, account: string): void {
    const record = this.records.get(id);
    if (record === undefined) return;
    record.effective = account;
    record.selectedDomain = this.files.domainsOf(account)[0] ?? "";
  }

  remove(id: string): void {
    this.records.delete(id);
  }
}

function secret(): string {
  return [...randomBytes(secretLength)].map((byte) => alphabet[byte % alphabet.length]).join("");
}
