import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { HostName } from "../../src/model/host-name.ts";
import { openDatabase, openDatabaseReadOnly, setStoreAside } from "../../src/store/database.ts";
import { type AccountScope, mostFound, RequestLists } from "../../src/store/request-list.ts";
import type { StoredRequest } from "../../src/store/requests.ts";
import { type AcceptedHint, Store } from "../../src/store/store.ts";
import { workPriority } from "../../src/store/work.ts";
import { exampleRequest } from "../fakes/example-request.ts";

const now = new Date("2026-11-24T09:00:00Z");
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

let stateDir: string;
let store: Store;

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "store-"));
  store = new Store(openDatabase(stateDir));
});

afterEach(() => {
  store.close();
  rmSync(stateDir, { recursive: true });
});

function request(change: Partial<StoredRequest> = {}): Omit<StoredRequest, "updatedAt"> {
  return {
    ...exampleRequest({ accountCreatedAt: "2026-01-01", keyId: "aa", csr: "csr", createdAt: now }),
    names: ["example.nl", "www.example.nl"] as HostName[],
    notBefore: null,
    termEnd: null,
    keyKind: "rsa-2048",
    organisation: {},
    renewalChoice: null,
    renewalProblem: null,
    reissueWantedAt: null,
    keyDestroyedAt: null,
    answeredAt: null,
    told: null,
    ...change,
  };
}

function hint(requestId: number): AcceptedHint {
  return { receivedAt: now, source: "185.93.12.91", requestId, status: "Issued", state: null, domain: null };
}

describe("opening", () => {
  test("asserts synchronous=FULL and WAL on every open, and keeps folder and file private", () => {
    store.close();
    for (let round = 0; round < 2; round += 1) {
      const db = openDatabase(stateDir);
      expect(db.get("PRAGMA synchronous")).toMatchObject({ synchronous: 2 });
      expect(db.get("PRAGMA journal_mode")).toMatchObject({ journal_mode: "wal" });
      db.run("INSERT INTO meta VALUES (?, ?)", `k${round}`, "v");
      expect(db.get("PRAGMA synchronous")).toMatchObject({ synchronous: 2 });
      db.close();
    }
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
    expect(statSync(join(stateDir, "store.sqlite")).mode & 0o777).toBe(0o600);
  });

  test("closes a state folder that others could read", () => {
    store.close();
    chmodSync(stateDir, 0o755);
    openDatabase(stateDir).close();
    expect(statSync(stateDir).mode & 0o777).toBe(0o700);
  });

  test("F-04 a store of a newer version is refused, not touched", () => {
    store.close();
    const raw = new DatabaseSync(join(stateDir, "store.sqlite"));
    raw.exec("PRAGMA user_version=99; DELETE FROM meta WHERE key = 'oldest-schema'");
    raw.close();
    expect(() => openDatabase(stateDir)).toThrow(expect.objectContaining({ code: "store-newer" }));
  });

  test("a newer store opens when its last migration says that this program may run on it, and stays as new as it is", () => {
    store.close();
    const raw = new DatabaseSync(join(stateDir, "store.sqlite"));
    const known = Number(raw.prepare("PRAGMA user_version").get()?.["user_version"]);
    raw.exec(`ALTER TABLE requests ADD COLUMN later TEXT; PRAGMA user_version=${known + 1}`);
    raw.exec(`UPDATE meta SET value = '${known}' WHERE key = 'oldest-schema'`);
    raw.close();
    const db = openDatabase(stateDir);
    expect(db.schema()).toEqual({ version: known + 1, oldest: known });
    db.close();
    const again = new DatabaseSync(join(stateDir, "store.sqlite"));
    again.exec(`UPDATE meta SET value = '${known + 1}' WHERE key = 'oldest-schema'`);
    again.close();
    expect(() => openDatabase(stateDir)).toThrow(
      expect.objectContaining({
        code: "store-newer",
        detail: expect.stringContaining(`programs of schema ${known + 1}`) as string,
      }),
    );
  });

  test("every migration says which programs may run on what it made", () => {
    const folder = join(import.meta.dirname, "../../src/store/migrations");
    const silent = readdirSync(folder)
      .sort()
      .slice(1)
      .filter(
        (name) =>
          !/^-- Programs of schema \d+ and later may run on it\.\n/.test(
            readFileSync(join(folder, name), "utf8"),
          ),
      );
    expect(silent).toEqual([]);
  });

  test.each([
    ["NFS", 0x6969],
    ["SMB", 0xfe534d42],
  ])("F-04 on %s nothing is begun: its locks and its syncs can't be relied on", (_name, type) => {
    const elsewhere = join(stateDir, "elsewhere");
    expect(() => openDatabase(elsewhere, {}, () => type)).toThrow(
      expect.objectContaining({
        code: "store-unusable",
        detail: expect.stringContaining("network file system") as string,
      }),
    );
    expect(readdirSync(elsewhere)).toEqual([]);
    openDatabase(elsewhere).close();
  });

  test("F-04 a damaged store is a clear error; set aside, a new one opens and the old one is kept", () => {
    store.close();
    writeFileSync(
      join(stateDir, "store.sqlite"),
      "this is no database at all, but long enough to look like one",
    );
    expect(() => openDatabase(stateDir)).toThrow(expect.objectContaining({ code: "store-damaged" }));
    const kept = setStoreAside(stateDir, now);
    openDatabase(stateDir).close();
    expect(statSync(kept).size).toBeGreaterThan(0);
  });

  test("F-04 a lock held elsewhere is reported within a tenth of a second and can be retried", () => {
    const other = new DatabaseSync(join(stateDir, "store.sqlite"));
    other.exec("BEGIN IMMEDIATE");
    const begun = performance.now();
    expect(() => store.acceptHints([hint(7)])).toThrow(expect.objectContaining({ code: "store-busy" }));
    expect(performance.now() - begun).toBeLessThan(500);
    other.exec("ROLLBACK");
    other.close();
    store.acceptHints([hint(7)]);
    expect(store.hints.counts()).toEqual({ total: 1, unmatched: 1 });
  });

  test("looking only: null where there is no store, the rows where there is one", () => {
    expect(openDatabaseReadOnly(join(stateDir, "none"))).toBeNull();
    store.requests.add(request());
    const db = openDatabaseReadOnly(stateDir);
    expect(db?.get("SELECT count(*) AS n FROM requests")).toMatchObject({ n: 1 });
    expect(() => db?.run("DELETE FROM requests")).toThrow(
      expect.objectContaining({ code: "store-unusable" }),
    );
    db?.close();
  });
});

describe("requests", () => {
  test("what is added is what is read, and a change changes nothing else", () => {
    store.requests.add(request());
    store.requests.change(
      "xs-1",
      { state: "issued", notAfter: later(9), steps: [], reason: "brand-review" },
      later(1),
    );
    expect(store.requests.get("xs-1")).toEqual({
      ...request(),
      state: "issued",
      notAfter: later(9),
      reason: "brand-review",
      updatedAt: later(1),
    });
  });

  test("a CA id finds every request it may mean: an order, its certificate, and a reissue under the same id (U3)", () => {
    store.requests.add(request({ caRequestId: 5, caCertificateId: 6 }));
    store.requests.add(
      request({
        reference: "xs-2",
        kind: "reissue",
        predecessor: "xs-1",
        caRequestId: 6,
        createdAt: later(1),
      }),
    );
    expect(store.requests.byCaId(5).map((found) => found.reference)).toEqual(["xs-1"]);
    expect(store.requests.byCaId(6).map((found) => found.reference)).toEqual(["xs-2", "xs-1"]);
    expect(store.requests.referencesOfCaId(6).sort()).toEqual(["xs-1", "xs-2"]);
  });
});

describe("lists of requests", () => {
  const everything = { scope: null, rank: null, search: "", limit: 25, offset: 0 };

  function add(count: number, change: (index: number) => Partial<StoredRequest>): RequestLists {
    store.db.transaction(() => {
      for (let index = 0; index < count; index += 1) {
        store.requests.add(request({ reference: `xs-${index}`, keyId: `k${index}`, ...change(index) }));
      }
    });
    return new RequestLists(store.db);
  }

  test("the kept counts follow every change of rank and account", () => {
    const lists = add(3, (index) => ({ account: index === 2 ? null : "bob" }));
    expect(lists.counts(everything)).toEqual(new Map([[1, 3]]));
    store.requests.change("xs-0", { state: "needs-you" }, now);
    store.requests.change("xs-1", { state: "installed", account: "eve" }, now);
    store.requests.change("xs-2", { account: "bob" }, now);
    const counted = (scope: AccountScope | null): [number, number][] =>
      [...lists.counts({ scope, search: "" })].filter(([, n]) => n > 0).sort();
    expect(counted(null)).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(counted([{ name: "eve", createdAt: null, closed: [] }])).toEqual([[2, 1]]);
  });

  test("a search over all accounts finds the newest thousand, one within an account finds all of its own", () => {
    const lists = add(1_100, (index) => ({
      account: index < 5 ? "eve" : "bob",
      accountCreatedAt: null,
      names: [`site${index}.example.test`] as HostName[],
    }));
    const search = "EXAMPLE.test";
    expect(lists.counts({ scope: null, search })).toEqual(new Map([[1, mostFound]]));
    expect(lists.page({ ...everything, search, limit: 2_000 })).toHaveLength(mostFound);
    const eve = [{ name: "eve", createdAt: null, closed: [] }];
    expect(lists.page({ ...everything, scope: eve, search })).toHaveLength(5);
    expect(lists.page({ ...everything, scope: eve, search: "site3." })).toHaveLength(1);
    expect(lists.page({ ...everything, scope: eve, search: "%" })).toEqual([]);
    expect(lists.page({ ...everything, search: "site7." }).map(({ names }) => names)).toEqual([
      ["site7.example.test"],
    ]);
    expect(lists.page({ ...everything, search: "'\"; -- *" })).toEqual([]);
  });
});

describe("lists of an account's requests", () => {
  const bob = { name: "bob", createdAt: "2026-01-01", closed: [] as string[] };
  const alone: AccountScope = [bob];
  const withAnother: AccountScope = [bob, { name: "eve", createdAt: null, closed: [] }];

  /** References that a list of these accounts shows, and how many it counts. */
  function listed(scope: AccountScope): [string[], number] {
    const lists = new RequestLists(store.db);
    const rows = lists.page({ scope, rank: null, search: "", limit: 25, offset: 0 });
    const counts = [...lists.counts({ scope, search: "" }).values()];
    return [rows.map(({ reference }) => reference).sort(), counts.reduce((sum, n) => sum + n, 0)];
  }

  test.each([
    ["alone", alone],
    ["beside another", withAnother],
  ])("F-32 leave out what an account of the same name ordered before it was made anew, %s", (_how, scope) => {
    store.requests.add(request({ reference: "xs-own", accountCreatedAt: "2026-01-01" }));
    store.requests.add(request({ reference: "xs-former", accountCreatedAt: "2025-01-01" }));
    store.requests.add(request({ reference: "xs-unknown", accountCreatedAt: null }));
    store.requests.add(request({ reference: "xs-other", account: "mallory" }));
    expect(listed(scope)).toEqual([["xs-own", "xs-unknown"], 2]);
    const anyAge = scope.map((one) => ({ ...one, createdAt: null }));
    expect(listed(anyAge)).toEqual([["xs-former", "xs-own", "xs-unknown"], 3]);
  });

  test.each([
    ["alone", alone],
    ["beside another", withAnother],
  ])("leave out websites kept from the caller, %s", (_how, scope) => {
    for (const name of ["open.nl", "closed.nl", "www.closed.nl", "*.closed.nl", "notclosed.nl"]) {
      store.requests.add(request({ reference: `xs-${name}`, names: [name as HostName] }));
    }
    const closed = scope.map((one) => ({ ...one, closed: ["closed.nl"] }));
    expect(listed(closed)).toEqual([["xs-notclosed.nl", "xs-open.nl"], 2]);
  });

  test("show nothing of a caller without accounts", () => {
    store.requests.add(request());
    expect(listed([])).toEqual([[], 0]);
  });
});

describe("walks over what is not settled", () => {
  test("come across each request of a state once, in pages, with what the CA's list told of it", () => {
    for (const reference of ["xs-1", "xs-2", "xs-3"]) store.requests.add(request({ reference }));
    store.requests.add(request({ reference: "xs-4", state: "needs-you" }));
    store.writeMeta("progress.xs-2", "dcv 1");
    const seen = ["", "xs-2", "xs-3"].map((after) => store.unsettled.page("validating", after, 2));
    expect(seen.map((page) => page.map(({ reference, progress }) => [reference, progress]))).toEqual([
      [
        ["xs-1", null],
        ["xs-2", "dcv 1"],
      ],
      [["xs-3", null]],
      [],
    ]);
  });

  test("forget what the list told of settled orders, some at a time, and of nothing else", () => {
    for (const [reference, state] of Object.entries({ "xs-1": "cancelled", "xs-2": "validating" } as const)) {
      store.requests.add(request({ reference, state }));
    }
    store.requests.add(request({ reference: "xs-3", state: "issued", fingerprint: "print" }));
    const kept = ["progress", "progress.xs-2", "progress/"];
    for (const key of [...kept, "progress.xs-1", "progress.xs-3", "progress.xs-gone"])
      store.writeMeta(key, "1");
    const lasts: (string | null)[] = [""];
    while (lasts.at(-1) !== null) lasts.push(store.unsettled.forgetProgress(lasts.at(-1) ?? "", 3));
    expect(lasts).toEqual(["", "xs-3", "xs-gone", null]);
    const left = store.db.all("SELECT key FROM meta WHERE key LIKE 'progress%' ORDER BY key");
    expect(left.map((row) => row["key"])).toEqual(kept);
  });
});

describe("hints", () => {
  test("a hint for a known request is stored and makes it wanted at once", () => {
    store.requests.add(request({ caRequestId: 7 }));
    store.acceptHints([hint(7)]);
    expect(store.work.due("advance", now, 10, new Set())).toMatchObject([{ key: "xs-1", wanted: 1 }]);
    expect(store.hints.counts()).toEqual({ total: 1, unmatched: 0 });
  });

  test("F-14 a thousand copies are one piece of work", () => {
    store.requests.add(request({ caRequestId: 7 }));
    store.acceptHints(Array.from({ length: 1000 }, () => hint(7)));
    expect(store.work.due("advance", now, 10, new Set())).toHaveLength(1);
  });

  test("F-17 of many different ones about a request three are read for at once, the rest by one read afterwards", () => {
    store.requests.add(request({ caRequestId: 7 }));
    store.requests.add(request({ reference: "xs-2", caRequestId: 8 }));
    store.acceptHints(Array.from({ length: 1000 }, (_, index) => ({ ...hint(7), state: `S${index}` })));
    expect(store.work.due("advance", now, 10, new Set())).toMatchObject([{ key: "xs-1", wanted: 3 }]);
    expect(store.work.plannedFor("echo", "xs-1")).toEqual(later(20));
    // Another request's is read for at once, and so is the same one's when a minute has passed without any.
    store.acceptHints([hint(8)]);
    expect(store.work.due("advance", now, 10, new Set())).toHaveLength(2);
    store.acceptHints([{ ...hint(7), receivedAt: later(61) }]);
    expect(store.work.due("advance", later(61), 10, new Set())).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ key: "xs-1", wanted: 4 })]),
    );
  });

  test("F-17 where the next read is near anyway, what can wait makes that one urgent and asks for none of its own", () => {
    store.requests.add(request({ caRequestId: 7 }));
    store.acceptHints([hint(7)]);
    const [item] = store.work.due("advance", now, 1, new Set());
    if (item === undefined) throw new Error("nothing is due");
    store.work.finish(item, later(15), now);
    store.acceptHints([hint(7)]);
    expect(store.work.plannedFor("echo", "xs-1")).toBeNull();
    expect(store.work.countUrgent("advance", later(14))).toBe(0);
    expect(store.work.countUrgent("advance", later(15))).toBe(1);
  });

  test("F-16 a hint that is faster than the CA's reply is kept and wakes the request when its id is stored", () => {
    store.requests.add(request({ state: "ordering" }));
    store.acceptHints([hint(7)]);
    expect(store.work.due("advance", now, 10, new Set())).toEqual([]);
    store.setCaIds("xs-1", { caRequestId: 7 }, later(1));
    expect(store.work.due("advance", later(1), 10, new Set())).toMatchObject([{ key: "xs-1" }]);
    expect(store.hints.counts().unmatched).toBe(0);
  });

  test("F-16 unmatched hints go after 30 days, matched ones stay", () => {
    store.requests.add(request({ caRequestId: 7 }));
    store.acceptHints([hint(7), hint(8)]);
    store.hints.prune(later(31 * 86_400));
    expect(store.hints.counts()).toEqual({ total: 1, unmatched: 0 });
  });
});

describe("work", () => {
  const { user, issued, background } = workPriority;

  test("what becomes wanted during a run stays wanted when the run ends", () => {
    store.work.want("advance", "a", issued, now);
    const [item] = store.work.due("advance", now, 1, new Set());
    store.work.want("advance", "a", issued, later(1));
    if (item === undefined) throw new Error("nothing was due");
    store.work.finish(item, null, later(2));
    expect(store.work.due("advance", later(2), 1, new Set())).toMatchObject([{ key: "a", wanted: 2 }]);
  });

  test("a finished run with nothing new is not due again, unless it plans its next run", () => {
    store.work.want("advance", "a", background, now);
    const [first] = store.work.due("advance", now, 1, new Set());
    if (first === undefined) throw new Error("nothing was due");
    store.work.finish(first, later(60), now);
    expect(store.work.due("advance", later(59), 1, new Set())).toEqual([]);
    const [second] = store.work.due("advance", later(60), 1, new Set());
    if (second === undefined) throw new Error("nothing was due");
    store.work.finish(second, null, later(61));
    expect(store.work.due("advance", later(1e9), 1, new Set())).toEqual([]);
    expect(store.work.counts(now)).toEqual({ waiting: 0, due: 0, parked: 0 });
  });

  test("a failed run waits its turn, a new hint brings it forward, background work does not", () => {
    store.work.want("advance", "a", background, now);
    const [item] = store.work.due("advance", now, 1, new Set());
    if (item === undefined) throw new Error("nothing was due");
    store.work.fail(item, "ca-unreachable", 1, later(600), false, now);
    expect(store.work.due("advance", later(599), 1, new Set())).toEqual([]);
    store.work.plan("advance", "a", background, later(900), later(1));
    expect(store.work.nextDue("advance")).toEqual(later(600));
    store.work.want("advance", "a", issued, later(2));
    expect(store.work.due("advance", later(2), 1, new Set())).toMatchObject([{ attempts: 1 }]);
  });

  test("what waits for one reason is due at once when that is over, and nothing else", () => {
    for (const key of ["a", "b", "c"]) store.work.want("advance", key, background, now);
    const codes = ["ca-unreachable", "ca-refused-us", "ca-unreachable"] as const;
    for (const [index, item] of store.work.due("advance", now, 3, new Set()).entries()) {
      store.work.fail(item, codes[index] ?? "internal", 1, later(86_400), false, now);
    }
    const [, , third] = store.work.due("advance", later(86_400), 3, new Set());
    if (third === undefined) throw new Error("nothing was due");
    store.work.park(third, "ca-unreachable", now);
    store.work.hasten("advance", "ca-unreachable", later(60));
    expect(store.work.due("advance", later(60), 3, new Set())).toMatchObject([{ key: "a", attempts: 1 }]);
    expect(store.work.due("advance", later(59), 3, new Set())).toEqual([]);
  });

  test("parked work is out of the way but visible, and comes back when someone wants it", () => {
    store.work.want("install", "a", issued, now);
    const [item] = store.work.due("install", now, 1, new Set());
    if (item === undefined) throw new Error("nothing was due");
    store.work.park(item, "internal", now);
    expect(store.work.due("install", later(9), 1, new Set())).toEqual([]);
    expect(store.work.queue(10)).toMatchObject([{ key: "a", parked: true, lastError: "internal" }]);
    store.work.want("install", "a", user, later(10));
    expect(store.work.due("install", later(10), 1, new Set())).toMatchObject([{ key: "a", strikes: 0 }]);
  });

  test("what a person waits for comes first", () => {
    store.work.want("advance", "slow", background, now);
    store.work.want("advance", "issued", issued, later(1));
    store.work.want("advance", "user", user, later(2));
    const order = store.work.due("advance", later(3), 10, new Set(["issued"])).map((item) => item.key);
    expect(order).toEqual(["user", "slow"]);
  });

  test("F-05 a clock set back does not stretch a wait beyond what was planned", () => {
    store.work.plan("advance", "a", background, later(600), now);
    const yearBack = new Date(now.getTime() - 365 * 86_400_000);
    store.work.rebase(0, yearBack);
    expect(store.work.nextDue("advance")).toEqual(new Date(yearBack.getTime() + 600_000));
  });
});

describe("intents", () => {
  test("F-36 an effect without an outcome is found again by the next agent, and the earlier agent can begin nothing more", () => {
    store.intents.takeOver();
    const id = store.intents.begin("install", "1", { fingerprint: "ff" }, now);
    const next = new Store(openDatabase(stateDir));
    next.intents.takeOver();
    expect(next.intents.open("install")).toEqual([
      { id, kind: "install", key: "1", expected: { fingerprint: "ff" }, startedAt: now },
    ]);
    expect(() => store.intents.begin("install", "2", {}, now)).toThrow(
      expect.objectContaining({ code: "store-unusable" }),
    );
    next.intents.finish(id, "done", now);
    expect(next.intents.open()).toEqual([]);
    next.close();
  });
});

test("a replaced certificate's key that is kept for another reason holds up no other key", () => {
  const replaced = { state: "installed", reason: "newer-installed", createdAt: now } as const;
  store.requests.add(request({ ...replaced, reference: "xs-shared", keyId: "k1" }));
  store.requests.add(request({ reference: "xs-live", keyId: "k1", createdAt: now }));
  store.requests.add(request({ ...replaced, reference: "xs-idle", keyId: "k2" }));
  const found = store.requests.withIdleKey(later(60), 1);
  expect(found.map(({ reference }) => reference)).toEqual(["xs-idle"]);
  store.requests.change("xs-live", { state: "cancelled" }, later(30));
  store.requests.change("xs-idle", { keyDestroyedAt: later(30) }, later(30));
  expect(
    store.requests
      .withIdleKey(later(60), 9)
      .map(({ reference }) => reference)
      .sort(),
  ).toEqual(["xs-live", "xs-shared"]);
});
