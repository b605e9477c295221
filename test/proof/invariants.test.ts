import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asHostName } from "../../src/model/host-name.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import {
  acknowledgedHasArrived,
  acknowledgedIsStored,
  keysAreSealed,
  neverWithoutACertificate,
  nothingIsForgotten,
  servesTheOrder,
} from "./invariants.ts";

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

const seen = (fingerprint: string, time: number) => ({
  at: time,
  fingerprint,
  verified: true,
  notAfter: 0,
  problem: null,
});

test("I3 a failed handshake and an old certificate that comes back are noticed, a changeover is not", () => {
  const failed = { ...seen("x", 0), problem: "ECONNREFUSED" };
  expect(neverWithoutACertificate([], [failed], { returns: false })).toHaveLength(1);
  const late = [seen("old", 0), seen("new", 100), seen("old", 5_000)];
  expect(neverWithoutACertificate(late, [], { returns: false })).toHaveLength(1);
  expect(neverWithoutACertificate(late, [], { returns: true })).toEqual([]);
  const changeover = [seen("old", 0), seen("new", 100), seen("old", 300), seen("new", 400)];
  expect(neverWithoutACertificate(changeover, [], { returns: false })).toEqual([]);
});

test("I4 another certificate, and one that does not verify, are noticed", () => {
  expect(servesTheOrder(seen("a", 0), "b")).toHaveLength(1);
  expect(servesTheOrder({ ...seen("a", 0), verified: false }, "a")).toHaveLength(1);
  expect(servesTheOrder(seen("a", 0), "a")).toEqual([]);
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
