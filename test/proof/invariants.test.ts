import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asHostName } from "../../src/model/host-name.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import type { FakeCa } from "../labs/ca/fake-ca.ts";
import {
  acknowledgedHasArrived,
  acknowledgedIsStored,
  forgedLeftNothing,
  installedOnce,
  keysAreSealed,
  knownAgain,
  neverWithoutACertificate,
  nothingIsForgotten,
  orderedOnce,
  servedWithoutWebhooks,
  servesTheOrder,
} from "./invariants.ts";
import type { Look } from "./watch-served.ts";

/* The checker itself: each invariant is broken once on purpose, and the checker has to say so. */

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "invariants-"));
  store = new Store(openDatabase(join(folder, "state")));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = new Date("2026-11-24T09:00:00Z");
const delivery = { at, url: "", method: "GET", attempt: 1, status: 200 } as const;
const call = { RequestId: 964200101, Status: "Updated", State: "DCV" };

test("I1 an acknowledged webhook that is not stored is noticed, one that was refused is not asked for", () => {
  const state = join(folder, "state");
  expect(acknowledgedIsStored(state, [{ ...delivery, call }])).toHaveLength(1);
  expect(acknowledgedIsStored(state, [{ ...delivery, status: 503, call }])).toEqual([]);
  store.acceptHints([
    {
      receivedAt: at,
      source: "127.0.0.1",
      requestId: 964200101,
      status: "Updated",
      state: "DCV",
      domain: asHostName("a.test"),
    },
  ]);
  expect(acknowledgedIsStored(state, [{ ...delivery, call }])).toEqual([]);
  // Two calls need two rows.
  expect(
    acknowledgedIsStored(state, [
      { ...delivery, call },
      { ...delivery, call },
    ]),
  ).toHaveLength(1);
});

test("I1 of a fleet's server that was never woken for an acknowledged webhook is noticed", () => {
  const state = join(folder, "state");
  expect(acknowledgedHasArrived(state, [{ ...delivery, call }])).toHaveLength(1);
  expect(acknowledgedHasArrived(state, [{ ...delivery, status: 503, call }])).toEqual([]);
  const hint = { receivedAt: at, source: "bus", requestId: call.RequestId, domain: null };
  store.acceptHints([{ ...hint, status: "Issued", state: null }]);
  // One wake-up stands for all before it.
  expect(
    acknowledgedHasArrived(state, [
      { ...delivery, call },
      { ...delivery, call },
    ]),
  ).toEqual([]);
});

const seen = (fingerprint: string, time: number): Look => ({
  at: time,
  fingerprint,
  verified: true,
  notAfter: 0,
  problem: null,
});

test("I2 a certificate that is not served within the sweep's interval, or never, is noticed", () => {
  const later = (ms: number): Date => new Date(at.getTime() + ms);
  expect(servedWithoutWebhooks(at, null, 1_000)).toHaveLength(1);
  expect(servedWithoutWebhooks(at, later(1_001), 1_000)).toHaveLength(1);
  expect(servedWithoutWebhooks(at, later(900), 1_000)).toEqual([]);
});

test("I3 a failed handshake, what does not verify and an earlier certificate are noticed, a changeover is not", () => {
  const judged = (looks: Look[], returns = false): string[] =>
    neverWithoutACertificate(looks, ["a", "b", "c"], { returns });
  expect(judged([])).toHaveLength(1);
  expect(judged([seen("a", 0), { ...seen("a", 0), problem: "ECONNREFUSED" }])).toHaveLength(1);
  expect(judged([{ ...seen("a", 0), verified: false }])).toHaveLength(1);
  const late = [seen("old", 0), seen("a", 100), seen("old", 5_000)];
  expect(judged(late)).toHaveLength(1);
  expect(judged(late, true)).toEqual([]);
  // Back to one in the middle, which is not the first.
  expect(judged([seen("a", 0), seen("b", 2_000), seen("c", 4_000), seen("b", 6_000)])).toHaveLength(1);
  // What the website carried before was nobody's promise; what comes in its place is.
  const shared = { ...seen("old", 0), verified: false };
  expect(judged([shared, seen("a", 100)])).toEqual([]);
  expect(judged([shared, { ...seen("other", 100), verified: false }])).toHaveLength(1);
  expect(judged([seen("a", 0), seen("b", 100), seen("a", 300), seen("b", 400)])).toEqual([]);
});

test("I4 another certificate, and one that does not verify, are noticed", () => {
  expect(servesTheOrder(seen("a", 0), "b")).toHaveLength(1);
  expect(servesTheOrder({ ...seen("a", 0), verified: false }, "a")).toHaveLength(1);
  expect(servesTheOrder(seen("a", 0), "a")).toEqual([]);
});

/** A CA with these requests in its books. */
function caWith(...requests: readonly [kind: string, reference: string][]): FakeCa {
  const described = requests.map(([kind, reference]) => ({
    kind,
    names: ["a.test"],
    details: { reference },
  }));
  return { describe: () => ({ requests: described }) } as unknown as FakeCa;
}

test("I5 a second order, reissue or renewal for one wish is noticed", () => {
  expect(orderedOnce(caWith(), "a.test")).toHaveLength(1);
  expect(orderedOnce(caWith(["order", "1"], ["order", "2"]), "a.test")).toHaveLength(1);
  expect(orderedOnce(caWith(["order", "1"], ["reissue", "2"]), "a.test")).toHaveLength(1);
  expect(orderedOnce(caWith(["order", "1"], ["renewal", "2"]), "a.test")).toHaveLength(1);
  expect(orderedOnce(caWith(["order", "1"]), "a.test", 1)).toHaveLength(1);
  expect(orderedOnce(caWith(["order", "1"], ["reissue", "2"]), "a.test", 1)).toEqual([]);
  // As many as wished for, but two of them are the same wish.
  expect(orderedOnce(caWith(["order", "1"], ["reissue", "2"], ["reissue", "2"]), "a.test", 2)).toHaveLength(
    1,
  );
});

test("I5 a certificate that is put onto a website again after another is noticed, the same over the same is not", () => {
  const put = (...prints: readonly (string | null)[]) =>
    prints.map((fingerprint) => ({ site: "a.test", fingerprint }));
  expect(installedOnce(put("a", "b", "a", "b"), ["a", "b"])).toHaveLength(2);
  expect(installedOnce(put("a", null, "a"), ["a"])).toHaveLength(1);
  expect(installedOnce(put(null, "a", "a", "b", "b"), ["a", "b"])).toEqual([]);
  expect(installedOnce([...put("a"), { site: "b.test", fingerprint: "a" }], ["a"])).toEqual([]);
  // What the panel had before may come back any number of times.
  expect(installedOnce(put("panel's", "a", "panel's"), ["a"])).toEqual([]);
  expect(installedOnce([], ["a"])).toHaveLength(1);
});

test("I6 a key in clear, an open key file and an unfinished write are noticed", () => {
  const keys = join(folder, "keys");
  mkdirSync(keys);
  writeFileSync(join(keys, "a.key"), "sealed", { mode: 0o600 });
  expect(keysAreSealed(keys)).toEqual([]);
  chmodSync(join(keys, "a.key"), 0o644);
  writeFileSync(join(keys, "b.tmp"), "");
  writeFileSync(join(keys, "log"), "-----BEGIN EC PRIVATE KEY-----");
  expect(keysAreSealed(keys)).toHaveLength(3);
});

test("I7 a forged webhook that was taken, and a refused one that is stored, are noticed", () => {
  const state = join(folder, "state");
  expect(forgedLeftNothing(state, [{ call, status: 403 }])).toEqual([]);
  expect(forgedLeftNothing(state, [{ call, status: 200 }])).toHaveLength(1);
  const hint = { receivedAt: at, source: "192.0.2.1", requestId: call.RequestId, domain: null };
  store.acceptHints([{ ...hint, status: call.Status, state: call.State }]);
  expect(forgedLeftNothing(state, [{ call, status: 403 }])).toHaveLength(1);
});

test("I8 a request without work and without a reason, and an effect left open, are noticed", () => {
  const state = join(folder, "state");
  store.requests.add(exampleRequest({ createdAt: at }));
  expect(nothingIsForgotten(state)).toHaveLength(1);
  store.work.want("advance", "xs-1", 1, at);
  expect(nothingIsForgotten(state)).toEqual([]);
  store.intents.takeOver();
  store.intents.begin("order", "xs-1", {}, at);
  expect(nothingIsForgotten(state)).toHaveLength(1);
});

test("I9 a website whose certificate is not known again after the store was lost is noticed", () => {
  const carried = new Map([["a.test", "a"]]);
  expect(knownAgain(carried, [])).toHaveLength(1);
  expect(knownAgain(carried, [{ state: "validating", fingerprint: "a" }])).toHaveLength(1);
  expect(knownAgain(carried, [{ state: "installed", fingerprint: "a" }])).toEqual([]);
});
