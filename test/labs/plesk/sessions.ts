import { randomBytes } from "node:crypto";
import type { Database } from "./database.ts";
import type { PanelSession } from "./extension-host-contract.ts";

interface SessionRecord {
  id: string;
  login: string;
  impersonatedBy: string | undefined;
  forgeryToken: string;
  /** Address it was made for; empty where nobody said. */
  address: string;
}

/** Browser sessions of the panel (spec plesk §2.6), and one-time links into them. */
export class Sessions {
  private readonly database: Database;
  private readonly records = new Map<string, SessionRecord>();
  private readonly links = new Map<string, string>();

  constructor(database: Database) {
    this.database = database;
  }

  create(login: string, impersonatedBy?: string, address = ""): string {
    const id = randomBytes(16).toString("hex");
    const forgeryToken = randomBytes(16).toString("hex");
    this.records.set(id, { id, login, impersonatedBy, forgeryToken, address });
    return id;
  }

  /** The secret of a link that logs in once. */
  createLink(login: string): string {
    const secret = randomBytes(24).toString("base64url");
    this.links.set(secret, login);
    return secret;
  }

  /** Uses a link up; the session it gives, undefined for an unknown one. */
  takeLink(secret: string): string | undefined {
    const login = this.links.get(secret);
    this.links.delete(secret);
    return login === undefined ? undefined : this.create(login);
  }

  /** Undefined for an unknown session, and for one of an account that is gone or suspended. */
  find(id: string): PanelSession | undefined {
    const record = this.records.get(id);
    const client = record === undefined ? undefined : this.database.client(record.login);
    if (record === undefined || client === undefined || client.suspended) return undefined;
    return {
      id,
      client,
      impersonatedBy:
        record.impersonatedBy === undefined ? undefined : this.database.client(record.impersonatedBy),
      forgeryToken: record.forgeryToken,
      locale: client.locale,
    };
  }

  list(): readonly Pick<SessionRecord, "id" | "login" | "address">[] {
    return [...this.records.values()];
  }

  remove(id: string): void {
    this.records.delete(id);
  }
}
