import type { Database } from "../../src/store/database.ts";

/*
 * Puts a text of our choice into every text that the store keeps (spec reliability T-13), whatever would have kept it out on
 * the way there. What is not seeded is listed with the reason, so that a new column is either seeded or thought about.
 */

/** Columns that hold no text of others, as `table.column`. */
export const typedColumns: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "the program's own words, looked up in its texts": [
      "requests.kind",
      "requests.validation",
      "requests.dcv_method",
      "requests.state",
      "requests.reason",
      "requests.key_kind",
      "requests.renewal_choice",
      "requests.renewal_problem",
      "requests.told",
      "dcv_names.method",
      "dcv_names.state",
      "dcv_names.reason",
      "dcv_names.wanted",
      "dcv_names.tried",
      "installations.state",
      "installations.reason",
      "work.kind",
      "work.last_error",
      "timeline.kind",
      "timeline.source",
      "notices.kind",
      "notices.reason",
      "bulks.reason",
      "drafts.level",
      "handovers.direction",
      "handovers.state",
      "handover_items.state",
      "handover_items.reason",
      "intents.kind",
      "intents.expected",
      "intents.outcome",
    ],
    "a reference that the program made; other tables point at it": [
      "requests.reference",
      "requests.predecessor",
      "dcv_names.reference",
      "certificates.reference",
      "installations.reference",
      "timeline.reference",
      "drafts.reference",
      "spending.reference",
      "notes.reference",
      "notices.reference",
      "bulk_items.reference",
      "intents.key",
      "work.key",
      "request_search.reference",
      "handovers.id",
      "handover_items.handover",
      "handover_items.reference",
    ],
    "a digest or PEM that the program made or has parsed": [
      "requests.key_id",
      "handovers.key_id",
      "requests.csr",
      "requests.fingerprint",
      "certificates.fingerprint",
      "certificates.key_id",
      "certificates.pem",
      "certificates.chain_pem",
      "installations.fingerprint",
      "installations.previous",
      "installations.previous_pem",
      "installations.previous_chain",
      "installations.previous_key",
    ],
    "kept for the program alone, and shown on no page": ["meta.key", "meta.value", "request_search.words"],
    "a moment as the panel says it, compared and never shown": [
      "requests.account_created_at",
      "organisations.account_created_at",
    ],
  }).flatMap(([reason, columns]) => columns.map((column) => [column, reason] as const)),
);

/** Members of JSON columns that are words of ours, moments or digests. */
const typedMembers = new Set([
  "type",
  "method",
  "state",
  "step",
  "validation",
  "kind",
  "dcv",
  "key",
  "dcvMethod",
  "keyKind",
  "code",
  "nextAt",
  "notAfter",
  "notBefore",
  "fingerprint",
  "checkedAt",
  "at",
  "outcome",
]);

interface Column {
  readonly table: string;
  readonly name: string;
  readonly id: string;
}

export function textColumns(db: Database): Column[] {
  const tables = db
    .all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .map(({ name }) => String(name))
    .filter((name) => !/^request_(search_|counts)/.test(name));
  return tables.flatMap((table) =>
    db
      .all(`SELECT name, type FROM pragma_table_info('${table}')`)
      .filter(({ type }) => type === "TEXT" || type === "")
      .map(({ name }) => ({ table, name: String(name), id: `${table}.${name}` }))
      .filter(({ id }) => id !== "request_search.request_search" && id !== "request_search.rank"),
  );
}

/**
 * Seeds every column; `text` is asked for the text of a place, like `notes.message` or `requests.organisation.city`. Returns
 * the columns in which there was anything to replace.
 */
export function seed(db: Database, text: (place: string) => string): Set<string> {
  const seeded = new Set<string>();
  for (const { table, name, id } of textColumns(db)) {
    if (typedColumns.has(id)) continue;
    const keys = db
      .all(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`)
      .map((row) => String(row["name"]));
    for (const [index, row] of db.all(`SELECT * FROM ${table}`).entries()) {
      const value = row[name];
      if (typeof value !== "string") continue;
      seeded.add(id);
      // Keys have to stay different from each other.
      const place = keys.includes(name) ? `${id}.${index}` : id;
      db.run(
        `UPDATE ${table} SET ${name} = ? WHERE ${keys.map((key) => `${key} = ?`).join(" AND ")}`,
        replaced(value, place, text),
        ...keys.map((key) => row[key] ?? null),
      );
    }
  }
  return seeded;
}

function replaced(value: string, place: string, text: (place: string) => string): string {
  if (!/^[[{]/.test(value)) return text(place);
  const walk = (node: unknown, at: string): unknown => {
    if (typeof node === "string") return text(at);
    if (Array.isArray(node)) return node.map((one) => walk(one, at));
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, inner]) => [
        key,
        typedMembers.has(key) ? inner : walk(inner, `${at}.${key}`),
      ]),
    );
  };
  return JSON.stringify(walk(JSON.parse(value), place));
}
