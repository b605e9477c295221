import type { SQLInputValue } from "node:sqlite";
import type { Database, Row } from "./database.ts";
import { type StoredRequest, toRequest } from "./requests.ts";

/** The accounts whose requests are meant; an account that was made anew under the same name is another one (F-32). */
export type AccountScope = readonly {
  readonly name: string;
  readonly createdAt: string | null;
  /** Requests that name one of these websites are not meant. */
  readonly closed: readonly string[];
}[];

export interface RequestQuery {
  /** Null: every account, and requests without one. */
  readonly scope: AccountScope | null;
  /** 0 someone must act, 1 under way, 2 in order, 3 closed; null: all. */
  readonly rank: number | null;
  /** Any part of a name, account or number; empty: no search. */
  readonly search: string;
  readonly limit: number;
  readonly offset: number;
}

/** Longer texts find nothing more; a search is typed by a person. */
const longestSearch = 253;
/** The search index knows parts of three characters and more; see `request_search` in the first migration. */
const shortestIndexed = 3;
/** A search that finds more than this is not done by looking through its pages; the newest are found. */
export const mostFound = 1_000;
/** Up to so many accounts, looking at each of their requests is quicker than the index over everybody's. */
const fewAccounts = 50;

/** Statements behind the list page, fast with a hundred thousand requests. */
export class RequestLists {
  private readonly db: Database;

  constructor(db: Database) {
    this.db = db;
  }

  /** One page, problems first, latest change first. */
  page(query: RequestQuery): StoredRequest[] {
    const { from, where, values } = conditions(query);
    return this.db
      .all(
        `SELECT r.* FROM ${from} ${where} ORDER BY r.rank, r.updated_at DESC LIMIT ? OFFSET ?`,
        ...values,
        query.limit,
        query.offset,
      )
      .map(toRequest);
  }

  /** How many there are of each rank; of a search over all accounts, at most `mostFound` together. */
  counts(query: Pick<RequestQuery, "scope" | "search">): Map<number, number> {
    if (query.scope === null && query.search === "") return this.sums();
    const { from, where, values } = conditions({ ...query, rank: null });
    const rows = this.db.all(`SELECT r.rank, count(*) AS n FROM ${from} ${where} GROUP BY r.rank`, ...values);
    return countsOf(rows);
  }

  private sums(): Map<number, number> {
    return countsOf(this.db.all("SELECT rank, sum(n) AS n FROM request_counts GROUP BY rank"));
  }
}

function countsOf(rows: readonly Row[]): Map<number, number> {
  return new Map(rows.map((row) => [Number(row["rank"]), Number(row["n"])]));
}

/** Rows to look through, what holds for those that are meant, and the values for both. */
interface Conditions {
  readonly from: string;
  readonly parts: string[];
  readonly values: SQLInputValue[];
}

function conditions({ scope, rank, search }: Pick<RequestQuery, "scope" | "rank" | "search">): {
  from: string;
  where: string;
  values: SQLInputValue[];
} {
  const { from, parts, values } =
    scope === null ? { from: "requests r", parts: [], values: [] } : within(scope);
  const words = search.slice(0, longestSearch);
  if (words !== "") {
    const part = matching(words, scope);
    parts.push(part.sql);
    values.push(...part.values);
  }
  if (rank !== null) {
    parts.push("r.rank = ?");
    values.push(rank);
  }
  return { from, where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

const namesClosed = "n.value IN (c.value, 'www.' || c.value, '*.' || c.value)";

function within(scope: AccountScope): Conditions {
  const [one, ...others] = scope;
  if (one !== undefined && others.length === 0) {
    // Its requests come in the order of their index then, and a page of a large account is read without all the rest of it.
    return {
      from: "requests r",
      parts: [
        "r.account = ?",
        "(r.account_created_at IS NULL OR ifnull(?, r.account_created_at) = r.account_created_at)",
        `NOT EXISTS (SELECT 1 FROM json_each(?) c, json_each(r.names) n WHERE ${namesClosed})`,
      ],
      values: [one.name, one.createdAt, JSON.stringify(one.closed)],
    };
  }
  return {
    from: "json_each(?) s CROSS JOIN requests r",
    parts: [
      "r.account = s.value ->> 'name'",
      "(r.account_created_at IS NULL OR s.value ->> 'createdAt' IS NULL OR r.account_created_at = s.value ->> 'createdAt')",
      `NOT EXISTS (SELECT 1 FROM json_each(s.value -> 'closed') c, json_each(r.names) n WHERE ${namesClosed})`,
    ],
    values: [JSON.stringify(scope)],
  };
}

/** The condition that a request's words hold `words` somewhere. */
function matching(words: string, scope: AccountScope | null): { sql: string; values: SQLInputValue[] } {
  const like = `%${words.replaceAll(/[\\%_]/g, "\\$&")}%`;
  if (scope !== null && scope.length <= fewAccounts) {
    const sql = "(SELECT words FROM request_search WHERE rowid = r.id) LIKE ? ESCAPE '\\'";
    return { sql, values: [like] };
  }
  const bound = scope === null ? ` ORDER BY rowid DESC LIMIT ${mostFound}` : "";
  if (words.length < shortestIndexed) {
    const sql = `r.id IN (SELECT rowid FROM request_search WHERE words LIKE ? ESCAPE '\\'${bound})`;
    return { sql, values: [like] };
  }
  const sql = `r.id IN (SELECT rowid FROM request_search WHERE request_search MATCH ?${bound})`;
  return { sql, values: [`"${words.replaceAll('"', '""')}"`] };
}
