import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FakeCa } from "../labs/ca/fake-ca.ts";
import type { WebhookDelivery } from "../labs/ca/webhook-sender.ts";
import type { Look } from "./watch-served.ts";

/**
 * What must hold whatever happened (spec reliability §3.1), looked at from outside: handshakes, the CA's own record, the
 * files on disk and the store read by a connection of our own. Each check returns what is wrong, in words.
 */

/** A webhook and what was answered to it, whoever made the call. */
export type Answered = Pick<WebhookDelivery, "call" | "status">;

/** I1: what a caller was told `200` for is in the store. */
export function acknowledgedIsStored(stateDir: string, deliveries: readonly Answered[]): string[] {
  const acknowledged = deliveries.filter(({ status }) => status === 200);
  const db = new DatabaseSync(join(stateDir, "store.sqlite"), { readOnly: true });
  try {
    const rows = db.prepare("SELECT request_id, status, coalesce(state, '') AS state FROM hints").all();
    const left = new Map<string, number>();
    for (const row of rows) count(left, `${row["request_id"]} ${row["status"]} ${row["state"]}`, 1);
    const missing: string[] = [];
    for (const { call } of acknowledged) {
      const key = `${call["RequestId"]} ${call["Status"]} ${call["State"] ?? ""}`;
      if ((left.get(key) ?? 0) === 0) missing.push(`I1: acknowledged and not stored: ${key}`);
      count(left, key, -1);
    }
    return missing;
  } finally {
    db.close();
  }
}

/**
 * I1 in a fleet: the server that has the request was woken for what the CA was told `200` for. On the bus the latest wake-up
 * stands for all before it, so that there may be fewer of them than webhooks.
 */
export function acknowledgedHasArrived(stateDir: string, deliveries: readonly Answered[]): string[] {
  const requests = new Set(
    deliveries.filter(({ status }) => status === 200).map(({ call }) => Number(call["RequestId"])),
  );
  const db = new DatabaseSync(join(stateDir, "store.sqlite"), { readOnly: true });
  try {
    const known = db.prepare("SELECT count(*) AS n FROM hints WHERE request_id = ?");
    return [...requests]
      .filter((id) => known.get(id)?.["n"] === 0)
      .map((id) => `I1: acknowledged and never heard of: ${id}`);
  } finally {
    db.close();
  }
}

/**
 * While a web server reloads, its old workers finish what they took: for this long after the first sight of a new
 * certificate the old one may still be shown.
 */
const changeover = 1_000;

/** I3: every handshake worked, showed a whole pair, and never went back to an earlier certificate. */
export function neverWithoutACertificate(
  seen: readonly Look[],
  failures: readonly Look[],
  expected: { readonly returns: boolean },
): string[] {
  const broken = failures.map(({ problem }) => `I3: a handshake failed: ${problem}`);
  if (expected.returns) return broken;
  for (const [index, { at, fingerprint }] of seen.entries()) {
    const passed = seen.slice(0, index).findLast((look) => look.fingerprint !== fingerprint);
    const first = seen.find((look) => look.fingerprint === passed?.fingerprint)?.at ?? at;
    const returned = seen.slice(0, index).some((look) => look.fingerprint === fingerprint);
    const isOld = returned && seen.findIndex((look) => look.fingerprint === fingerprint) === 0;
    if (isOld && at - first > changeover) broken.push(`I3: an earlier certificate came back: ${fingerprint}`);
  }
  return broken;
}

/** I4 and "installed means served": the CA's certificate for this order is what a browser accepts now. */
export function servesTheOrder(now: Look, fingerprint: string | null): string[] {
  if (now.fingerprint !== fingerprint) return [`I4: served is ${now.fingerprint}, issued was ${fingerprint}`];
  return now.verified ? [] : ["I4: what is served does not verify"];
}

/** I5: one wish, one paid order. */
export function orderedOnce(ca: FakeCa, domain: string): string[] {
  const { requests } = ca.describe() as { requests: { kind: string; names: string[] }[] };
  const orders = requests.filter(({ kind, names }) => kind === "order" && names[0] === domain);
  return orders.length === 1 ? [] : [`I5: ${orders.length} orders for ${domain}`];
}

/** I6: no key in clear in any file of ours; key files private, whole and under their own names. */
export function keysAreSealed(folder: string): string[] {
  const wrong: string[] = [];
  for (const path of filesBelow(folder)) {
    const content = readFileSync(path);
    if (content.includes("PRIVATE KEY-----")) wrong.push(`I6: a key in clear in ${path}`);
    if (path.endsWith(".key") && (statSync(path).mode & 0o077) !== 0)
      wrong.push(`I6: ${path} is open to others`);
    if (path.endsWith(".tmp")) wrong.push(`I6: an unfinished write was left: ${path}`);
  }
  return wrong;
}

const resting = new Set(["installed", "cancelled", "deleted", "draft"]);

/** I8: whatever is not at rest has work planned or says why and whose turn it is. */
export function nothingIsForgotten(stateDir: string): string[] {
  const db = new DatabaseSync(join(stateDir, "store.sqlite"), { readOnly: true });
  try {
    const wrong: string[] = [];
    for (const row of db.prepare("SELECT reference, state, reason FROM requests").all()) {
      const { reference, state, reason } = row as { reference: string; state: string; reason: string | null };
      if (resting.has(state)) continue;
      const planned = db
        .prepare(
          `SELECT count(*) AS n FROM work WHERE wanted > done AND parked = 0 AND (key = ?1
             OR (kind = 'verify' AND key IN (SELECT CAST(id AS TEXT) FROM installations WHERE reference = ?1)))`,
        )
        .get(reference)?.["n"];
      if (planned === 0 && reason === null)
        wrong.push(`I8: ${reference} is ${state}, without work and without a reason`);
    }
    const open = db.prepare("SELECT count(*) AS n FROM intents WHERE finished_at IS NULL").get()?.["n"];
    if (open !== 0) wrong.push(`I8: ${open} effects were begun and never closed`);
    return wrong;
  } finally {
    db.close();
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function count(counts: Map<string, number>, key: string, change: number): void {
  counts.set(key, (counts.get(key) ?? 0) + change);
}
