import { createHash } from "node:crypto";
import { isPassword } from "./account-desk.ts";
import type { Database } from "./database.ts";
import type { ClientRow, SecretKeyRow } from "./records.ts";
import type { Switches } from "./switches.ts";

/** Who calls the APIs, with the guard against guessing (spec plesk §3.9). */
export class ApiLogin {
  private readonly database: Database;
  private readonly switches: Switches;
  private readonly now: () => Date;
  private readonly failures = new Map<string, { count: number; until: number }>();
  /** Real time of a key's first working moment, by its digest. */
  private readonly fresh = new Map<string, number>();

  constructor(database: Database, switches: Switches, now: () => Date) {
    this.database = database;
    this.switches = switches;
    this.now = now;
  }

  byPassword(login: string, password: string, address: string): ClientRow | undefined {
    const client = this.database.client(login);
    if (client === undefined || client.suspended || !isPassword(client, password)) {
      this.fail(address);
      return undefined;
    }
    return client;
  }

  /** A key is good from its addresses only; one without any from everywhere. */
  byKey(key: string, address: string): ClientRow | undefined {
    const row = this.findKey(key);
    const from = address.replace(/^::ffff:/, "");
    const bound = row?.ip === undefined || row.ip === "" ? [] : row.ip.split(",");
    if (row === undefined || (bound.length > 0 && !bound.includes(from))) {
      this.fail(address);
      return undefined;
    }
    if ((this.fresh.get(row.digest) ?? 0) > Date.now()) return undefined;
    return this.database.client(row.login);
  }

  isLockedOut(address: string): boolean {
    const failure = this.failures.get(address);
    return failure !== undefined && failure.until > this.now().getTime();
  }

  addKey(key: string, row: Omit<SecretKeyRow, "digest">): void {
    const digest = digestOf(key);
    this.database.tables.secretKeys.push({ digest, ...row });
    this.fresh.set(digest, Date.now() + this.switches.keyDelayMs);
    this.database.save();
  }

  /** By the key itself or by what a listing shows of it. */
  findKey(key: string): SecretKeyRow | undefined {
    const digest = digestOf(key);
    return this.database.tables.secretKeys.find((row) => row.digest === digest || row.digest === key);
  }

  removeKey(row: SecretKeyRow): void {
    const { tables } = this.database;
    tables.secretKeys = tables.secretKeys.filter((one) => one !== row);
    this.database.save();
  }

  private fail(address: string): void {
    const { loginAttempts, lockOutSeconds } = this.switches;
    const failure = this.failures.get(address) ?? { count: 0, until: 0 };
    failure.count += 1;
    if (failure.count >= loginAttempts) {
      failure.until = this.now().getTime() + lockOutSeconds * 1000;
      failure.count = 0;
    }
    this.failures.set(address, failure);
  }
}

/** What is stored of a secret key. */
export function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
