import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { asCodedError } from "../../src/errors.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";

/*
 * What a power cut leaves behind: everything that was synced, and any part of what was not. A run writes batches of hints
 * and keeps, after each commit, what a disk is bound to hold. A case cuts the power after a commit: of the bytes that
 * follow, any number is there, whole or torn. (SQLite's file formats: https://www.sqlite.org/fileformat2.html §4)
 */

const walHeader = 32;
const walFrameHeader = 24;
const pageSize = 4096;

interface Commit {
  /** Hints acknowledged when this commit had returned. */
  readonly acknowledged: number;
  /** Bytes of the log that were synced by then. */
  readonly synced: number;
}

export interface Recording {
  readonly database: Buffer;
  readonly log: Buffer;
  readonly commits: readonly Commit[];
  /** The database file after the log was written back into it. */
  readonly writtenBack: Buffer;
  /** The log at that moment. */
  readonly logBefore: Buffer;
}

/** Accepts hints in batches and records what is on disk after each; then has the log written back. */
export function record(batches: number, random: () => number): Recording {
  const folder = mkdtempSync(join(tmpdir(), "power-"));
  try {
    const db = openDatabase(folder);
    const store = new Store(db);
    const file = join(folder, "store.sqlite");
    const database = readFileSync(file);
    const commits: Commit[] = [{ acknowledged: 0, synced: statSync(`${file}-wal`).size }];
    let acknowledged = 0;
    for (let batch = 0; batch < batches; batch += 1) {
      const size = 1 + Math.floor(random() * 40);
      store.acceptHints(
        Array.from({ length: size }, (_, index) => ({
          receivedAt: new Date(1_800_000_000_000 + acknowledged + index),
          source: "185.93.12.91",
          requestId: acknowledged + index + 1,
          status: "Updated",
          state: "DCV",
          domain: null,
        })),
      );
      acknowledged += size;
      commits.push({ acknowledged, synced: statSync(`${file}-wal`).size });
    }
    const log = readFileSync(`${file}-wal`);
    // By a second connection, so that the log is not removed with the last one.
    const other = new DatabaseSync(file);
    other.exec("PRAGMA wal_checkpoint(PASSIVE)");
    const writtenBack = readFileSync(file);
    const logBefore = readFileSync(`${file}-wal`);
    other.close();
    store.close();
    return { database, log, commits, writtenBack, logBefore };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface PowerCut {
  readonly what: string;
  readonly database: Buffer;
  readonly log: Buffer;
  /** Hints that were acknowledged before the cut. */
  readonly acknowledged: number;
}

/** Every frame boundary after every commit, then random bytes and torn pages until there are `count` cases. */
export function* powerCuts(recording: Recording, count: number, random: () => number): Generator<PowerCut> {
  const { database, log, commits, writtenBack, logBefore } = recording;
  const at = (list: readonly Commit[], index: number): Commit =>
    list[index] ?? { acknowledged: 0, synced: 0 };
  let made = 0;
  for (const [index, { acknowledged, synced }] of commits.entries()) {
    const end = index + 1 < commits.length ? at(commits, index + 1).synced : log.length;
    for (let cut = synced; cut < end || cut === synced; cut += walFrameHeader + pageSize) {
      if (made >= count / 2) break;
      made += 1;
      yield { what: `log cut at frame ${cut}`, database, log: log.subarray(0, cut), acknowledged };
    }
  }
  for (; made < count; made += 1) {
    const index = Math.floor(random() * commits.length);
    const { acknowledged, synced } = at(commits, index);
    const end = index + 1 < commits.length ? at(commits, index + 1).synced : log.length;
    const cut = synced + Math.floor(random() * Math.max(1, end - synced));
    if (made % 3 === 0) {
      yield { what: `log cut at byte ${cut}`, database, log: log.subarray(0, cut), acknowledged };
    } else if (made % 3 === 1) {
      // The length reached the disk, the contents did not.
      const torn = Buffer.from(log.subarray(0, end));
      for (let byte = Math.max(cut, walHeader); byte < torn.length; byte += 1)
        torn[byte] = (random() * 256) | 0;
      yield { what: `log torn from byte ${cut}`, database, log: torn, acknowledged };
    } else {
      // Power lost while the log is written back: any of the pages may have arrived, and the log is still there.
      const mixed = Buffer.from(writtenBack);
      for (let page = 0; page < mixed.length; page += pageSize) {
        if (random() < 0.5) continue;
        // A page that was not there before is a hole.
        if (page >= database.length) mixed.fill(0, page, page + pageSize);
        else database.copy(mixed, page, page, page + pageSize);
      }
      const all = at(commits, commits.length - 1).acknowledged;
      yield { what: "some pages written back", database: mixed, log: logBefore, acknowledged: all };
    }
  }
}

/** Starts on what the cut left; says what is wrong, or null. */
export function startAfter({ what, database, log, acknowledged }: PowerCut): string | null {
  const folder = mkdtempSync(join(tmpdir(), "power-"));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "store.sqlite"), database, { mode: 0o600 });
    writeFileSync(join(folder, "store.sqlite-wal"), log, { mode: 0o600 });
    const db = openDatabase(folder);
    try {
      const kept = Number(
        db.get("SELECT count(*) AS n FROM hints WHERE request_id <= ?", acknowledged)?.["n"],
      );
      return kept === acknowledged ? null : `${what}: ${acknowledged} acknowledged, ${kept} kept`;
    } finally {
      db.close();
    }
  } catch (thrown) {
    return `${what}: the store can't be opened: ${asCodedError(thrown).code}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
