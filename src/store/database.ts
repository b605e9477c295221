import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";

export type Row = Record<string, SQLOutputValue>;

/** Milliseconds that a write waits for another connection. Longer would stop the whole event loop (spec reliability §3.2). */
const busyTimeout = 50;
const migrationsDir = join(import.meta.dirname, "migrations");

export interface StoreSchema {
  readonly version: number;
  /** Programs that know this schema, or a later one, may run on the store. */
  readonly oldest: number;
}

/**
 * The one SQLite file of an agent: WAL with `synchronous=FULL`, so that what was committed survives a power cut. One
 * connection writes; every statement is prepared once and kept.
 */
export class Database {
  readonly file: string;
  private readonly connection: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();
  private readonly listing = new Map<string, StatementSync>();
  private depth = 0;

  /** Use `openDatabase`. */
  constructor(file: string, connection: DatabaseSync) {
    this.file = file;
    this.connection = connection;
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; lastId: number } {
    return this.guard(() => {
      const result = this.statement(sql).run(...values);
      return { changes: Number(result.changes), lastId: Number(result.lastInsertRowid) };
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.guard(() => this.statement(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.guard(() => this.statement(sql).all(...values));
  }

  /**
   * The same rows as lists of their columns, in the statement's order, for what goes through thousands: the runtime makes an
   * object with names in twice the time.
   */
  lists(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    return this.guard(
      () => this.statement(sql, this.listing).all(...values) as unknown as SQLOutputValue[][],
    );
  }

  /**
   * Runs `work` in one transaction: all of it is committed and synced on return, or nothing of it is there. A nested
   * call joins the outer transaction.
   */
  transaction<T>(work: () => T): T {
    if (this.depth > 0) return work();
    this.guard(() => this.connection.exec("BEGIN IMMEDIATE"));
    this.depth = 1;
    try {
      const result = work();
      this.guard(() => this.connection.exec("COMMIT"));
      return result;
    } catch (error) {
      if (this.connection.isTransaction) this.connection.exec("ROLLBACK");
      throw error;
    } finally {
      this.depth = 0;
    }
  }

  /** What the schema is, and which programs may still run on it. */
  schema(): StoreSchema {
    return this.guard(() => readSchema(this.connection));
  }

  close(): void {
    if (this.connection.isOpen) this.connection.close();
  }

  private statement(sql: string, kept = this.statements): StatementSync {
    let statement = kept.get(sql);
    if (statement === undefined) {
      statement = this.connection.prepare(sql);
      statement.setReturnArrays(kept === this.listing);
      kept.set(sql, statement);
    }
    return statement;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error);
    }
  }
}

/**
 * Opens the store in `stateDir` (made with mode 0700 when missing), brings its schema up to date and asserts the
 * settings that keep promises. `first`: rows of `meta` that a store which is begun now has from its first moment, so that no
 * crash comes between. Throws `store-unusable`, `store-damaged`, `store-newer` or `store-busy`.
 */
export function openDatabase(
  stateDir: string,
  first: Readonly<Record<string, string>> = {},
  fileSystemOf = kindOfFileSystem,
): Database {
  prepareStateDir(stateDir, fileSystemOf);
  const file = join(stateDir, "store.sqlite");
  let connection: DatabaseSync;
  try {
    connection = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    connection.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-4096",
    );
  } catch (error) {
    throw storeError(error);
  }
  try {
    chmodSync(file, 0o600);
    assertSound(connection);
    migrate(connection, first);
    crashPoint("X-37");
    assertDurable(connection);
    syncFolder(stateDir);
    return new Database(file, connection);
  } catch (error) {
    connection.close();
    throw storeError(error);
  }
}

/** Opens an existing store for looking only; null when there is none. */
export function openDatabaseReadOnly(stateDir: string): Database | null {
  const file = join(stateDir, "store.sqlite");
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  try {
    return new Database(file, new DatabaseSync(file, { readOnly: true, timeout: busyTimeout }));
  } catch (error) {
    throw storeError(error);
  }
}

/**
 * Moves a damaged store aside so that a new one can be built from keys, CA and panel (I9). Returns where it lies now.
 */
export function setStoreAside(stateDir: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(/[:.]/g, "-");
  const target = join(stateDir, `store-damaged-${stamp}.sqlite`);
  for (const suffix of ["-wal", "-shm", ""]) {
    const part = join(stateDir, `store.sqlite${suffix}`);
    if (statSync(part, { throwIfNoEntry: false }) !== undefined) renameSync(part, `${target}${suffix}`);
  }
  syncFolder(stateDir);
  return target;
}

/** Magic numbers of statfs(2): NFS, SMB in its three ages. */
const networkFileSystems = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

function kindOfFileSystem(folder: string): number {
  // Some kernels have the number with a sign.
  return statfsSync(folder).type >>> 0;
}

function prepareStateDir(stateDir: string, fileSystemOf: (folder: string) => number): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(stateDir);
    if (uid !== process.getuid?.()) {
      throw new CodedError("store-unusable", { detail: `${stateDir} belongs to another user` });
    }
    if ((mode & 0o077) !== 0) chmodSync(stateDir, 0o700);
    // WAL wants memory that all who open the file share, and locks that hold: https://www.sqlite.org/wal.html
    if (networkFileSystems.has(fileSystemOf(stateDir))) {
      throw new CodedError("store-unusable", { detail: `${stateDir} is on a network file system` });
    }
  } catch (error) {
    throw storeError(error);
  }
}

/** Written by the program that migrated: the oldest schema whose programs may still run on this store. */
const oldestKey = "oldest-schema";

interface Migration {
  readonly sql: string;
  /** Programs that know this schema may run on the one after the migration; its own number when older ones may not. */
  readonly oldest: number;
}

function readMigrations(): Migration[] {
  return readdirSync(migrationsDir)
    .filter((name) => /^\d{3}-.+\.sql$/.test(name))
    .sort()
    .map((name, index) => {
      const sql = readFileSync(join(migrationsDir, name), "utf8");
      const [, oldest] = /^-- Programs of schema (\d+) and later may run on it\.$/m.exec(sql) ?? [];
      return { sql, oldest: oldest === undefined ? index + 1 : Number(oldest) };
    });
}

/**
 * Brings the schema up to date, or leaves a newer one as it is when whoever wrote it says that this program may run on
 * it: that is what makes going back to an older version possible.
 */
function migrate(connection: DatabaseSync, first: Readonly<Record<string, string>>): void {
  const migrations = readMigrations();
  const { version, oldest } = readSchema(connection);
  if (version > migrations.length) {
    if (oldest <= migrations.length) return;
    throw new CodedError("store-newer", {
      detail: `schema ${version}, for programs of schema ${oldest} and later; this one knows ${migrations.length}`,
    });
  }
  let allowed = Math.max(1, ...migrations.slice(0, version).map((migration) => migration.oldest));
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    allowed = Math.max(allowed, migration.oldest);
    connection.exec("BEGIN IMMEDIATE");
    connection.exec(migration.sql);
    writeMeta(connection, oldestKey, String(allowed));
    if (index === 0) for (const [key, value] of Object.entries(first)) writeMeta(connection, key, value);
    connection.exec(`PRAGMA user_version=${index + 1}`);
    crashPoint("X-36");
    connection.exec("COMMIT");
  }
  if (version === migrations.length && oldest !== allowed) writeMeta(connection, oldestKey, String(allowed));
}

/** The schema's number, and the oldest one whose programs may run on it; a store that does not say allows no older one. */
function readSchema(connection: DatabaseSync): StoreSchema {
  const version = Number(connection.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version === 0) return { version, oldest: 0 };
  const kept = connection.prepare("SELECT value FROM meta WHERE key = ?").get(oldestKey)?.["value"];
  return { version, oldest: kept === undefined ? version : Number(kept) };
}

function writeMeta(connection: DatabaseSync, key: string, value: string): void {
  connection
    .prepare("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")
    .run(key, value);
}

function assertSound(connection: DatabaseSync): void {
  const verdict = connection.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (verdict !== "ok") throw new CodedError("store-damaged", { detail: String(verdict).slice(0, 200) });
}

// A library default or a later open could quietly weaken these, and acknowledged webhooks would be lost at a power cut.
function assertDurable(connection: DatabaseSync): void {
  const synchronous = connection.prepare("PRAGMA synchronous").get()?.["synchronous"];
  const journal = connection.prepare("PRAGMA journal_mode").get()?.["journal_mode"];
  if (synchronous !== 2 || journal !== "wal") {
    throw new CodedError("store-unusable", { detail: `synchronous=${synchronous}, journal_mode=${journal}` });
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

// SQLite's primary result codes, https://www.sqlite.org/rescode.html
const sqliteBusy = new Set([5, 6]);
const sqliteDamaged = new Set([11, 26]);
const sqliteFull = 13;

function storeError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const { errcode, code } = error as { errcode?: number; code?: string };
  const primary = typeof errcode === "number" ? errcode & 0xff : -1;
  const detail = error instanceof Error ? error.message : String(error);
  if (sqliteBusy.has(primary)) return new CodedError("store-busy", { cause: error, detail });
  if (primary === sqliteFull || code === "ENOSPC")
    return new CodedError("disk-full", { cause: error, detail });
  if (sqliteDamaged.has(primary)) return new CodedError("store-damaged", { cause: error, detail });
  return new CodedError("store-unusable", { cause: error, detail });
}
