import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { FakeCa } from "../labs/ca/fake-ca.ts";
import type { WebhookDelivery } from "../labs/ca/webhook-sender.ts";
import type { Placement } from "../labs/common/placements.ts";
import { judge } from "./judge-looks.ts";
import type { Look } from "./watch-served.ts";

/**
 * What must hold whatever happened (spec reliability §3.1), looked at from outside: handshakes, the CA's own record, the
 * files on disk and the store read by a connection of our own. Each check returns what is wrong, in words.
 *
 * I1, I3, I4, I5, I6 and I8 are looked at after every kill and every fault. The others need a situation of their own:
 * | I2 | without webhooks | at the end of the soak (soak.ts), `F-13 a webhook that never comes …` (journeys/faults-ca) |
 * | I7 | forged webhooks | among the load of the random kills (webhook-load.ts), byte for byte in attack-intake.test.ts |
 * | I9 | the store is lost | at the end of each world of random kills (random-kills.ts), `F-04 I9 …` (journeys/faults-crash) |
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
 * I2: with webhooks switched off, a certificate is served within `withinMs` of its issue, which is an interval of the sweep and
 * what the web server takes. `servedAt` is null when it never was.
 */
export function servedWithoutWebhooks(issuedAt: Date, servedAt: Date | null, withinMs: number): string[] {
  if (servedAt === null) return ["I2: without webhooks it was never served"];
  const took = servedAt.getTime() - issuedAt.getTime();
  return took <= withinMs ? [] : [`I2: without webhooks it was served after ${took} ms`];
}

/**
 * I3: every handshake worked, showed a whole pair that a browser accepts, and never went back to an earlier certificate.
 * `returns`: the certificate breaks the website, so that the one before has to come back.
 */
export function neverWithoutACertificate(
  looks: readonly Look[],
  issued: readonly string[],
  expected: { readonly returns: boolean },
): string[] {
  const { handshakes, refused, unverified, older } = judge(looks, issued);
  const broken = refused.map((problem) => `I3: a handshake failed: ${problem}`);
  if (handshakes === 0) broken.push("I3: nobody looked");
  if (expected.returns) return broken;
  if (unverified > 0) broken.push(`I3: ${unverified} handshakes showed what does not verify`);
  if (older > 0) broken.push(`I3: ${older} handshakes showed an earlier certificate`);
  return broken;
}

/** I4 and "installed means served": the CA's certificate for this order is what a browser accepts now. */
export function servesTheOrder(now: Look, fingerprint: string | null): string[] {
  if (now.fingerprint !== fingerprint) return [`I4: served is ${now.fingerprint}, issued was ${fingerprint}`];
  return now.verified ? [] : ["I4: what is served does not verify"];
}

/** What was asked of the CA, by its own record. */
interface Asked {
  readonly kind: "order" | "reissue" | "renewal";
  readonly names: readonly string[];
  readonly details: { readonly reference?: string };
}

/**
 * I5: one wish, one paid order, and one reissue for each that was wished for. `reissues`: how many, or between which numbers
 * where somebody does not know whether the wish got through.
 */
export function orderedOnce(
  ca: FakeCa,
  domain: string,
  reissues: number | { readonly least: number; readonly most: number } = 0,
): string[] {
  const { requests } = ca.describe() as { requests: Asked[] };
  const own = requests.filter(({ names }) => names[0] === domain);
  const number = (kind: Asked["kind"]): number => own.filter((one) => one.kind === kind).length;
  const { least, most } = typeof reissues === "number" ? { least: reissues, most: reissues } : reissues;
  const wrong: string[] = [];
  if (number("order") !== 1) wrong.push(`I5: ${number("order")} orders for ${domain}`);
  if (number("reissue") < least || number("reissue") > most)
    wrong.push(`I5: ${number("reissue")} reissues for ${domain}, wished for were ${least} to ${most}`);
  if (number("renewal") > 0) wrong.push(`I5: ${number("renewal")} renewals for ${domain}`);
  // Each wish has a reference of its own, so that two under one are one wish that was paid twice.
  const references = own.map(({ details }) => details.reference ?? "none");
  for (const twice of references.filter((one, index) => references.indexOf(one) !== index))
    wrong.push(`I5: two requests for ${domain} under the reference ${twice}`);
  return wrong;
}

/**
 * I5: a certificate is put onto a website once with effect, by the panel's own record. The same over the same is without
 * effect; one that comes again after another is not. `issued`: fingerprints of what the CA issued.
 */
export function installedOnce(placements: readonly Placement[], issued: readonly string[]): string[] {
  const ours = new Set(issued);
  const carried = new Map<string, string | null>();
  const effects = new Map<string, number>();
  for (const { site, fingerprint } of placements) {
    if (carried.get(site) === fingerprint) continue;
    carried.set(site, fingerprint);
    if (fingerprint !== null && ours.has(fingerprint)) count(effects, `${fingerprint} onto ${site}`, 1);
  }
  const twice = [...effects].filter(([, times]) => times > 1);
  return [
    ...twice.map(([what, times]) => `I5: ${what} was put ${times} times with effect`),
    ...(effects.size === 0 && issued.length > 0 ? ["I5: nothing was put onto any website"] : []),
  ];
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

/**
 * I9: a store that was lost is back from keys, CA and panel: each website's certificate is known as installed again.
 * `expected`: what each website carries; `known`: what the agent says now. What it may not have done for that is in the other
 * books (`orderedOnce`, `installedOnce`).
 */
export function knownAgain(
  expected: ReadonlyMap<string, string | null>,
  known: readonly { readonly state: string; readonly fingerprint: string | null }[],
): string[] {
  return [...expected]
    .filter(([, carried]) => !known.some((one) => one.state === "installed" && one.fingerprint === carried))
    .map(([site, carried]) => `I9: ${site} carries ${carried}, of which nothing is known any more`);
}

/** I7: forged webhooks were refused, and none of them is in the store. Their words are in no other webhook. */
export function forgedLeftNothing(stateDir: string, forged: readonly Answered[]): string[] {
  const db = new DatabaseSync(join(stateDir, "store.sqlite"), { readOnly: true });
  try {
    const find = db.prepare("SELECT count(*) AS n FROM hints WHERE state = ?");
    return forged.flatMap(({ call, status }) => {
      const word = call.State ?? "";
      if (status === 200) return [`I7: a forged webhook was taken: ${word}`];
      return find.get(word)?.["n"] === 0 ? [] : [`I7: a refused webhook is stored: ${word}`];
    });
  } finally {
    db.close();
  }
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
