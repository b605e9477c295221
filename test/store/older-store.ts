import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const migrationsDir = join(import.meta.dirname, "../../src/store/migrations");
const migrations = readdirSync(migrationsDir).sort();

export const newestSchema = migrations.length;

/**
 * Puts a store of an older schema in the place of one that nobody has open: it holds as much of it as an older version would have
 * written down.
 */
export function makeOlder(stateDir: string, schema: number): void {
  const file = join(stateDir, "store.sqlite");
  const older = join(stateDir, "older.sqlite");
  const db = new DatabaseSync(older, { enableForeignKeyConstraints: false });
  try {
    for (const name of migrations.slice(0, schema)) db.exec(readFileSync(join(migrationsDir, name), "utf8"));
    const made = new Set(tablesOf(db, "main").flatMap((table) => (rows(db, table) > 0 ? [table] : [])));
    db.prepare("ATTACH ? AS newer").run(file);
    const newer = new Set(tablesOf(db, "newer"));
    for (const table of tablesOf(db, "main")) {
      if (!newer.has(table)) continue;
      if (made.has(table)) db.exec(`DELETE FROM main.${table}`);
      const known = new Set(columnsOf(db, "newer", table));
      const columns = columnsOf(db, "main", table).filter((name) => known.has(name));
      db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM newer.${table}`);
    }
    db.exec("DELETE FROM main.meta WHERE key = 'oldest-schema'");
    db.exec(`PRAGMA main.user_version=${schema}`);
  } finally {
    db.close();
  }
  for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
  renameSync(older, file);
}

/** Without those that an index keeps for itself. */
function tablesOf(db: DatabaseSync, schema: string): string[] {
  const found = db.prepare(
    "SELECT name FROM pragma_table_list WHERE schema = ? AND type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  return found.all(schema).map(({ name }) => String(name));
}

function columnsOf(db: DatabaseSync, schema: string, table: string): string[] {
  const found = db.prepare("SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden = 0");
  return found.all(table, schema).map(({ name }) => String(name));
}

function rows(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
}
