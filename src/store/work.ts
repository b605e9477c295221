import type { ErrorCode } from "../errors.ts";
import { date, text } from "./columns.ts";
import type { Database, Row } from "./database.ts";

/**
 * Kinds of work: `look` at the websites of an account (key: its name), `advance` a request (key: reference), the `echo` of
 * repeated webhooks about it (same key), `install` its certificate (key: reference), `verify` an installation (key: its
 * id), `renew` what comes to its end (key: reference), `mail` what there is to tell (key: `outbox`), and the parts of the
 * `sweep` (key: `pending`, `full`, `installed`, `ending`).
 */
export type WorkKind = "look" | "advance" | "echo" | "install" | "verify" | "renew" | "mail" | "sweep";

/** Lower runs first: what a person waits for, then issued certificates, then what nobody waits for. */
export const workPriority = { user: 0, issued: 1, background: 2 } as const;
export type WorkPriority = (typeof workPriority)[keyof typeof workPriority];

export interface WorkItem {
  readonly kind: WorkKind;
  readonly key: string;
  /** The generation this run started from; finishing closes exactly that many reasons. */
  readonly wanted: number;
  /** How many attempts failed alike, the last one among them. */
  readonly attempts: number;
  readonly strikes: number;
  /** Why the last attempt failed; null when it did not. */
  readonly lastError: ErrorCode | null;
}

export interface QueueEntry extends WorkItem {
  readonly dueAt: Date;
  readonly parked: boolean;
}

/** Statements on the queue of work. */
export class Work {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** Asks for work: one more reason to do it, at once. A parked item is taken out of its parking place. */
  want(kind: WorkKind, key: string, priority: WorkPriority, now: Date): void {
    this.db.run(
      `INSERT INTO work (kind, key, wanted, priority, due_at, updated_at) VALUES (?1, ?2, 1, ?3, ?4, ?4)
       ON CONFLICT (kind, key) DO UPDATE SET wanted = wanted + 1, priority = min(priority, ?3),
         due_at = CASE WHEN ?3 < 2 OR parked = 1 OR wanted = done THEN ?4 ELSE min(due_at, ?4) END,
         parked = 0, strikes = CASE WHEN parked = 1 THEN 0 ELSE strikes END, updated_at = ?4`,
      kind,
      key,
      priority,
      now.getTime(),
    );
  }

  /** Plans work for a later moment, unless it is due earlier already. */
  plan(kind: WorkKind, key: string, priority: WorkPriority, at: Date, now: Date): void {
    const wait = Math.max(0, at.getTime() - now.getTime());
    this.db.run(
      `INSERT INTO work (kind, key, wanted, priority, due_at, wait, updated_at) VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6)
       ON CONFLICT (kind, key) DO UPDATE SET wanted = done + 1, due_at = ?4, wait = ?5, updated_at = ?6
       WHERE parked = 0 AND (wanted = done OR due_at > ?4)`,
      kind,
      key,
      priority,
      at.getTime(),
      wait,
      now.getTime(),
    );
  }

  /** Makes what is to be done anyway after `now` and no later than `by` as urgent as this; false: there is nothing such. */
  raiseSoon(kind: WorkKind, key: string, priority: WorkPriority, now: Date, by: Date): boolean {
    const { changes } = this.db.run(
      `UPDATE work SET priority = min(priority, ?3)
       WHERE kind = ?1 AND key = ?2 AND parked = 0 AND wanted > done AND due_at > ?4 AND due_at <= ?5`,
      kind,
      key,
      priority,
      now.getTime(),
      by.getTime(),
    );
    return changes > 0;
  }

  /** What is due now and at `least` so urgent, most urgent first; items in `running` are left out. */
  due(
    kind: WorkKind,
    now: Date,
    limit: number,
    running: ReadonlySet<string>,
    least: WorkPriority = workPriority.background,
  ): WorkItem[] {
    // Asked at every turn of the worker and nearly always in vain: the index alone answers that.
    const next = this.nextDue(kind);
    if (next === null || next > now) return [];
    return this.db
      .all(
        // Told by name: SQLite guesses the other index, and then sorts all that is due for the few that are taken.
        `SELECT * FROM work INDEXED BY work_in_order
         WHERE kind = ? AND parked = 0 AND wanted > done AND due_at <= ? AND priority <= ?
         ORDER BY priority, due_at LIMIT ?`,
        kind,
        now.getTime(),
        least,
        limit + running.size,
      )
      .map(toItem)
      .filter((item) => !running.has(item.key))
      .slice(0, limit);
  }

  /** How many items of this kind that someone or something waits for are due or under way. */
  countUrgent(kind: WorkKind, now: Date): number {
    const row = this.db.get(
      "SELECT count(*) AS n FROM work WHERE kind = ? AND parked = 0 AND wanted > done AND due_at <= ? AND priority < ?",
      kind,
      now.getTime(),
      workPriority.background,
    );
    return Number(row?.["n"]);
  }

  /** When this item runs next; null when nothing is planned for it. */
  plannedFor(kind: WorkKind, key: string): Date | null {
    const row = this.db.get(
      "SELECT due_at FROM work WHERE kind = ? AND key = ? AND parked = 0 AND wanted > done",
      kind,
      key,
    );
    return date(row?.["due_at"]);
  }

  /** When the next item of this kind is due; null when nothing is planned. */
  nextDue(kind: WorkKind): Date | null {
    const row = this.db.get(
      "SELECT min(due_at) AS at FROM work WHERE kind = ? AND parked = 0 AND wanted > done",
      kind,
    );
    return date(row?.["at"]);
  }

  /** When the item of this kind that became due last did so; null when none is due. */
  lastDue(kind: WorkKind, now: Date): Date | null {
    const row = this.db.get(
      "SELECT max(due_at) AS at FROM work WHERE kind = ? AND parked = 0 AND wanted > done AND due_at <= ?",
      kind,
      now.getTime(),
    );
    return date(row?.["at"]);
  }

  /**
   * Closes a run. What was wanted after it began stays wanted and is due at once. `next` plans the following run.
   */
  finish(item: WorkItem, next: Date | null, now: Date): void {
    this.db.run(
      `UPDATE work SET done = ?3, attempts = 0, strikes = 0, last_error = NULL, priority = 2, updated_at = ?6,
         wanted = CASE WHEN wanted = ?3 AND ?4 IS NOT NULL THEN wanted + 1 ELSE wanted END,
         due_at = CASE WHEN wanted = ?3 THEN ifnull(?4, due_at) ELSE ?6 END, wait = ?5
       WHERE kind = ?1 AND key = ?2`,
      item.kind,
      item.key,
      item.wanted,
      next === null ? null : next.getTime(),
      next === null ? 0 : Math.max(0, next.getTime() - now.getTime()),
      now.getTime(),
    );
  }

  /**
   * Puts a failed run back: again at `next`, or never (`null`) until someone or something wants it anew. `attempts` failed alike,
   * this one among them.
   */
  fail(
    item: WorkItem,
    code: ErrorCode,
    attempts: number,
    next: Date | null,
    strike: boolean,
    now: Date,
  ): void {
    if (next === null) {
      this.db.run(
        `UPDATE work SET done = ?3, attempts = ?6, last_error = ?4, updated_at = ?5,
           due_at = CASE WHEN wanted = ?3 THEN due_at ELSE ?5 END
         WHERE kind = ?1 AND key = ?2`,
        item.kind,
        item.key,
        item.wanted,
        code,
        now.getTime(),
        attempts,
      );
      return;
    }
    this.db.run(
      `UPDATE work SET attempts = ?9, strikes = strikes + ?6, last_error = ?4, updated_at = ?5, priority = 2,
         due_at = CASE WHEN wanted = ?3 THEN ?7 ELSE ?5 END, wait = ?8
       WHERE kind = ?1 AND key = ?2`,
      item.kind,
      item.key,
      item.wanted,
      code,
      now.getTime(),
      strike ? 1 : 0,
      next.getTime(),
      Math.max(0, next.getTime() - now.getTime()),
      attempts,
    );
  }

  /** What waits because of that error is due now: what it speaks of is over. */
  hasten(kind: WorkKind, code: ErrorCode, now: Date): void {
    this.db.run(
      `UPDATE work SET due_at = ?3, wait = 0, updated_at = ?3
       WHERE kind = ?1 AND parked = 0 AND wanted > done AND due_at > ?3 AND last_error = ?2`,
      kind,
      code,
      now.getTime(),
    );
  }

  /** Sets a poisonous item aside, visibly, until someone wants it again. */
  park(item: WorkItem, code: ErrorCode, now: Date): void {
    this.db.run(
      "UPDATE work SET parked = 1, last_error = ?, updated_at = ? WHERE kind = ? AND key = ?",
      code,
      now.getTime(),
      item.kind,
      item.key,
    );
  }

  /** After a start or a jump of the clock: no item waits longer than was planned for it (F-05). */
  rebase(shift: number, now: Date): void {
    this.db.run("UPDATE work SET due_at = min(due_at + ?, ? + wait)", shift, now.getTime());
  }

  remove(kind: WorkKind, key: string): void {
    this.db.run("DELETE FROM work WHERE kind = ? AND key = ?", kind, key);
  }

  /** What waits, most urgent first, for pages and `status`. */
  queue(limit: number): QueueEntry[] {
    return this.db
      .all(
        `SELECT * FROM work WHERE kind NOT IN ('sweep', 'echo', 'mail') AND (parked = 1 OR wanted > done)
         ORDER BY parked DESC, priority, due_at LIMIT ?`,
        limit,
      )
      .map((row) => ({
        ...toItem(row),
        dueAt: new Date(Number(row["due_at"])),
        parked: row["parked"] === 1,
      }));
  }

  counts(now: Date): { waiting: number; due: number; parked: number } {
    const row = this.db.get(
      `SELECT count(*) FILTER (WHERE parked = 0) AS waiting, count(*) FILTER (WHERE parked = 0 AND due_at <= ?) AS due,
         count(*) FILTER (WHERE parked = 1) AS parked
       FROM work WHERE kind NOT IN ('sweep', 'echo', 'mail') AND (parked = 1 OR wanted > done)`,
      now.getTime(),
    );
    return { waiting: Number(row?.["waiting"]), due: Number(row?.["due"]), parked: Number(row?.["parked"]) };
  }
}

function toItem(row: Row): WorkItem {
  return {
    kind: row["kind"] as WorkKind,
    key: String(row["key"]),
    wanted: Number(row["wanted"]),
    attempts: Number(row["attempts"]),
    strikes: Number(row["strikes"]),
    lastError: text(row["last_error"]) as ErrorCode | null,
  };
}
