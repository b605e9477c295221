import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import { handedOver } from "../model/request.ts";
import { Secret } from "../secret.ts";
import type { StoredHandover } from "../store/handovers.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import type { AccountParcel, MovedRequest } from "./account-parcel.ts";
import { type JobContext, record } from "./context.ts";
import { advanceLock, installLock } from "./keyed-lock.ts";

/*
 * An account leaves this server, or comes to it. Between the first step and the last nothing is done about its orders on
 * either side: they are closed with the reason `handing-over`, and what they were is kept with the hand-over. Certificates
 * that are installed go on being served.
 */

/** What could still happen to an order; everything else is history and stays where it is. */
const alive = ["validating", "issuing", "issued", "installing", "installed", "needs-you"];

/**
 * Lets go of the orders of an account, all at once. Throws `handover-not-yet` while something of it is under way, and
 * `nothing-to-do` when it has none.
 */
export async function holdAccount(
  context: JobContext,
  handover: Pick<StoredHandover, "id" | "account"> & { readonly peer: string },
): Promise<void> {
  const { store, locks } = context;
  const found = (): StoredRequest[] =>
    store.requests.list({ account: handover.account, state: null, limit: 10_000 });
  const keys = found()
    .filter(({ state }) => alive.includes(state))
    .flatMap(({ reference }) => [`renew ${reference}`, advanceLock(reference)])
    .sort();
  // What holds one of them now finishes first; what wants one later finds the order closed. Nobody who holds one of these
  // waits for another of them.
  await withAll([installLock, ...keys], async () =>
    store.db.transaction(() => hold(context, handover, found())),
  );

  async function withAll(names: readonly string[], work: () => Promise<void>): Promise<void> {
    const [name, ...rest] = names;
    if (name === undefined) return work();
    return locks.run(name, () => withAll(rest, work));
  }
}

function hold(
  context: JobContext,
  { id, account, peer }: { readonly id: string; readonly account: string; readonly peer: string },
  found: readonly StoredRequest[],
): void {
  const { store, clock } = context;
  const now = clock.now();
  const waiting = found.find(
    ({ state, reason }) => state === "ordering" || (state === "draft" && reason === "approval-needed"),
  );
  if (waiting !== undefined) throw new CodedError("handover-not-yet", { detail: waiting.reference });
  const open = new Set(store.intents.open().map(({ key }) => key));
  const going = found.filter(({ state }) => alive.includes(state));
  if (going.length === 0) throw new CodedError("nothing-to-do", { detail: `${account} has no orders here` });
  for (const { reference } of going) {
    const installations = store.installations.of(reference);
    const busy =
      open.has(reference) ||
      installations.some((one) => ["installing", "applied"].includes(one.state) || open.has(String(one.id)));
    if (busy) throw new CodedError("handover-not-yet", { detail: reference });
  }
  store.handovers.add(
    { id, direction: "out", peer, account, state: "preparing", keyId: null, createdAt: now },
    going.map(({ reference, state, reason }) => ({ reference, state, reason })),
  );
  for (const { reference } of going) close(context, reference, "handing-over", { name: peer });
}

/** It was withdrawn: everything is as it was. */
export function releaseAccount(context: JobContext, { id }: StoredHandover): void {
  const { store, clock } = context;
  const now = clock.now();
  store.db.transaction(() => {
    for (const { reference, state, reason } of store.handovers.items(id)) {
      store.requests.change(reference, { state, reason }, now);
      record(context, reference, "handover-withdrawn");
      want(context, reference, now);
    }
    store.handovers.change(id, "withdrawn", now);
  });
  context.wake();
}

/** The other server has it: what is left here is history, and the keys are destroyed. */
export async function giveAccountAway(context: JobContext, { id }: StoredHandover): Promise<void> {
  const { store, clock, keys } = context;
  const items = store.handovers.items(id);
  for (const { reference } of items) {
    const keyId = store.requests.get(reference)?.keyId ?? null;
    const needed =
      keyId === null ||
      store.installations.backsUp(keyId) ||
      store.requests.byKey(keyId).some((one) => !handedOver(one) && one.keyDestroyedAt === null);
    if (!needed) await keys.destroy(keyId);
    crashPoint("M-09");
    store.db.transaction(() => {
      const now = clock.now();
      if (store.requests.get(reference)?.reason !== "handed-over")
        close(context, reference, "handed-over", {});
      if (!needed) store.requests.change(reference, { keyDestroyedAt: now }, now);
      for (const one of store.installations.of(reference)) {
        store.installations.change(one.id, { state: "superseded", reason: "handed-over" }, now);
      }
    });
  }
  store.handovers.change(id, "taken", clock.now());
}

/**
 * Writes down what arrived, still closed: nothing is done about it before the hub says that it is ours. May be repeated.
 * Throws `handover-refused` when an order is known here already, or a key is not the one it is said to be.
 */
export async function keepArrived(
  context: JobContext,
  handover: StoredHandover,
  from: string,
  account: { readonly name: string; readonly createdAt: string | null },
  { requests, keys: sealed, organisation }: AccountParcel,
): Promise<void> {
  const { store, clock, keys } = context;
  for (const { reference } of requests) {
    const known = store.requests.get(reference);
    if (known !== null && !handedOver(known)) {
      throw new CodedError("handover-refused", { detail: `order ${reference} is known here` });
    }
  }
  // Keys first, because an order without its key can't be installed; which ones is noted before, for when it ends there.
  const fresh = keptKeys(store, handover);
  for (const { keyId } of sealed) if (!(await keys.has(keyId))) fresh.add(keyId);
  store.writeMeta(keptKeysOf(handover), JSON.stringify([...fresh]));
  for (const { keyId, pem } of sealed) await keys.keep(keyId, new Secret(pem));
  crashPoint("M-05");
  const now = clock.now();
  store.db.transaction(() => {
    const references = new Set(requests.map(({ reference }) => reference));
    const sorted = [...requests].sort((a, b) => a.createdAt - b.createdAt);
    for (const moved of sorted) {
      const predecessor =
        moved.predecessor !== null &&
        (references.has(moved.predecessor) || store.requests.get(moved.predecessor) !== null)
          ? moved.predecessor
          : null;
      writeArrived(context, { ...moved, predecessor }, account);
    }
    const own = store.drafts.organisationOf(account.name, account.createdAt);
    if (Object.keys(organisation).length > 0 && Object.keys(own).length === 0) {
      store.drafts.rememberOrganisation(account.name, account.createdAt, organisation, now);
    }
    store.handovers.addItems(
      handover.id,
      requests.map(({ reference, certificate }) => ({
        reference,
        state: certificate === null ? ("validating" as const) : ("issued" as const),
        reason: null,
      })),
    );
    store.handovers.change(handover.id, "arrived", now, from);
    store.removeMeta(keptKeysOf(handover));
  });
}

/** Nobody came back for it: what was kept of the file before it was cut off is destroyed with the file's own key. */
export async function forgetArrival(context: JobContext, handover: StoredHandover): Promise<void> {
  const { store, clock, keys } = context;
  if (handover.keyId !== null) await keys.destroy(handover.keyId);
  for (const keyId of keptKeys(store, handover)) {
    if (!store.requests.usesKey(keyId) && !store.installations.backsUp(keyId)) await keys.destroy(keyId);
  }
  store.db.transaction(() => {
    store.removeMeta(keptKeysOf(handover));
    store.handovers.change(handover.id, "withdrawn", clock.now());
  });
}

/** Names the meta row with the keys that were not here before the file came. */
function keptKeysOf({ id }: StoredHandover): string {
  return `handover.keys.${id}`;
}

function keptKeys(store: JobContext["store"], handover: StoredHandover): Set<string> {
  return new Set(JSON.parse(store.readMeta(keptKeysOf(handover)) ?? "[]") as string[]);
}

function writeArrived(
  context: JobContext,
  moved: MovedRequest,
  account: { readonly name: string; readonly createdAt: string | null },
): void {
  const { store, clock } = context;
  const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
  const { certificate, timeline, createdAt, ...facts } = moved;
  const row = {
    ...facts,
    account: account.name,
    accountCreatedAt: account.createdAt,
    // Without its certificate it is asked of the CA again.
    fingerprint: certificate === null ? null : facts.fingerprint,
    notBefore: date(facts.notBefore),
    notAfter: date(facts.notAfter),
    termEnd: date(facts.termEnd),
    answeredAt: date(facts.answeredAt),
    state: "deleted" as const,
    reason: "handing-over" as const,
    detail: "",
    steps: [],
    goneSince: null,
    keyDestroyedAt: null,
  };
  if (store.requests.get(moved.reference) === null) {
    store.requests.add({ ...row, createdAt: new Date(createdAt) });
    for (const line of timeline) {
      store.timeline.add(moved.reference, { ...line, at: new Date(line.at), kind: line.kind as never });
    }
  }
  const { reference, ...change } = row;
  store.requests.change(reference, change, clock.now());
  if (certificate !== null) {
    store.certificates.put({ ...certificate, reference, collectedAt: new Date(certificate.collectedAt) });
  }
}

/** The hub says that it is ours: from here on it is followed as if it had been ordered here. */
export function takeAccountIn(context: JobContext, handover: StoredHandover): void {
  const { store, clock } = context;
  const now = clock.now();
  store.db.transaction(() => {
    for (const { reference, state, reason } of store.handovers.items(handover.id)) {
      store.requests.change(reference, { state, reason }, now);
      record(context, reference, "handover-taken", { name: handover.peer ?? "" }, "command");
      want(context, reference, now);
    }
    store.handovers.change(handover.id, "taken", now);
  });
  context.wake();
}

/** It was withdrawn before it was ours: as if it had never come. */
export async function turnAway(context: JobContext, handover: StoredHandover): Promise<void> {
  const { store, clock, keys } = context;
  const references = store.handovers.items(handover.id).map(({ reference }) => reference);
  for (const reference of references) {
    const keyId = store.requests.get(reference)?.keyId ?? null;
    if (keyId !== null && !store.requests.byKey(keyId).some((one) => !references.includes(one.reference))) {
      await keys.destroy(keyId);
    }
  }
  store.db.transaction(() => {
    for (const reference of references) close(context, reference, "handed-over", {});
    store.handovers.change(handover.id, "withdrawn", clock.now());
  });
}

function close(
  context: JobContext,
  reference: string,
  reason: "handing-over" | "handed-over",
  data: Readonly<Record<string, string>>,
): void {
  const { store, clock } = context;
  store.requests.change(reference, { state: "deleted", reason }, clock.now());
  for (const kind of ["advance", "echo", "install", "renew"] as const) store.work.remove(kind, reference);
  record(context, reference, reason, data, "command");
}

/** Looks at it again in every respect. */
function want({ store }: JobContext, reference: string, now: Date): void {
  const issued = store.requests.get(reference)?.fingerprint !== null;
  store.work.want("advance", reference, workPriority.issued, now);
  if (!issued) return;
  store.work.want("install", reference, workPriority.issued, now);
  store.work.want("renew", reference, workPriority.background, now);
}
