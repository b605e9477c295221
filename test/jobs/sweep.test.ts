import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import type { PendingItem } from "../../src/jobs/ports.ts";
import { sweep } from "../../src/jobs/sweep.ts";
import { silentLog } from "../../src/logging.ts";
import type { HostName } from "../../src/model/host-name.ts";
import { noChoices } from "../../src/model/order-draft.ts";
import type { InstalledMark, VhostRef } from "../../src/panel.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { NewRequest } from "../../src/store/requests.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const now = new Date("2026-11-24T09:00:00Z");
let folder: string;
let store: Store;
/** What CA and panel say. */
let pending: PendingItem[];
let certificates: { id: number; name: string }[];
let installed: InstalledMark[];
let readCertificate: (vhost: VhostRef) => Promise<null>;
let context: JobContext;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sweeps-"));
  store = new Store(openDatabase(folder));
  [pending, certificates, installed] = [[], [], []];
  readCertificate = async () => null;
  context = {
    store,
    clock: new FakeClock(now),
    log: silentLog,
    wake: () => undefined,
    ca: { listPending: async () => pending, listCertificates: async () => certificates },
    panel: {
      listInstalled: async () => installed,
      readCertificate: (vhost: VhostRef) => readCertificate(vhost),
    },
    policy: { keepOldKeysDays: 30 },
  } as unknown as JobContext;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function add(reference: string, change: Partial<NewRequest> = {}): void {
  const names = [`${reference}.test` as HostName];
  store.requests.add(exampleRequest({ reference, names, createdAt: now, ...change }));
}

function addInstalled(reference: string): number {
  add(reference, { state: "installed", fingerprint: `print of ${reference}` });
  return store.installations.put(
    {
      reference,
      fingerprint: `print of ${reference}`,
      vhost: `${reference}.test`,
      account: "bob",
      state: "verified",
    },
    now,
  ).id;
}

/** On three pages of the list; the panel has them on record, except those. */
function addManyInstalled(...elsewhere: string[]): void {
  store.db.transaction(() => {
    for (let index = 0; index < 1_100; index += 1) addInstalled(`xs-${index}`);
  });
  for (const reference of Array.from({ length: 1_100 }, (_, index) => `xs-${index}`)) {
    if (elsewhere.includes(reference)) continue;
    installed.push({
      vhost: { id: `${reference}.test`, account: "bob" },
      fingerprint: `print of ${reference}`,
    });
  }
}

function listed(id: number, progress = "dcv 0"): PendingItem {
  return { id, requiresAction: false, progress };
}

/** How often something else had its turn while this was done. */
async function turnsBeside(work: Promise<void>): Promise<number> {
  let turns = 0;
  let going = true;
  const turn = (): void => {
    turns += 1;
    if (going) setImmediate(turn);
  };
  setImmediate(turn);
  await work;
  going = false;
  return turns;
}

/** References whose requests are to be read again. */
function wanted(kind: "advance" | "install" | "renew" = "advance"): string[] {
  return store.work
    .due(kind, new Date(now.getTime() + 90 * 86_400_000), 10_000, new Set())
    .map(({ key }) => key);
}

function forgetWork(): void {
  for (const key of wanted()) store.work.remove("advance", key);
}

/** Rows that anything changed since the store was opened. */
const changes = (): number => Number(store.db.get("SELECT total_changes() AS n")?.["n"]);

describe("with a clock that is wrong (F-05)", () => {
  const ending = new Date(now.getTime() + 20 * 86_400_000);
  const wrong = (days: number): JobContext => ({
    ...context,
    caTime: () => new Date(now.getTime() - days * 86_400_000),
  });

  test.each([2, -2, 400])(
    "by %d days, nothing that comes to its end is planned, and the check says why",
    async (days) => {
      add("xs-ending", { state: "installed", fingerprint: "1", notAfter: ending });
      await expect(sweep(wrong(days), "ending")).rejects.toMatchObject({ code: "clock-implausible" });
      expect(wanted("renew")).toEqual([]);
      await sweep(wrong(0), "ending");
      expect(wanted("renew")).toEqual(["xs-ending"]);
    },
  );

  test("orders are followed and drafts stay, however old they look", async () => {
    const begun = new Date(now.getTime() - 90 * 86_400_000);
    add("xs-old", { state: "draft", createdAt: begun });
    store.drafts.put("xs-old", noChoices, begun);
    add("xs-issued", { caRequestId: 7 });
    certificates = [{ id: 7, name: "xs-issued.test" }];
    await expect(sweep(wrong(60), "full")).rejects.toMatchObject({ code: "clock-implausible" });
    expect(store.requests.get("xs-old")?.state).toBe("draft");
    expect(wanted()).toContain("xs-issued");
    await sweep(wrong(0), "full");
    expect(store.requests.get("xs-old")?.state).toBe("cancelled");
  });
});

describe("the CA's list of pending orders", () => {
  test("has what it says for the first time read again, and what it no longer has", async () => {
    add("xs-new", { caRequestId: 1 });
    add("xs-gone", { caRequestId: 2 });
    pending = [listed(1)];
    await sweep(context, "pending");
    expect(wanted().sort()).toEqual(["xs-gone", "xs-new"]);
  });

  test("tells that the CA answers: what waits because it did not is read again at once", async () => {
    for (const reference of ["xs-waits", "xs-refused"]) add(reference, { caRequestId: 1 });
    pending = [listed(1)];
    await sweep(context, "pending");
    const codes = { "xs-waits": "ca-unreachable", "xs-refused": "ca-refused-us" } as const;
    const tomorrow = new Date(now.getTime() + 86_400_000);
    for (const item of store.work.due("advance", now, 2, new Set()))
      store.work.fail(item, codes[item.key as keyof typeof codes], 4, tomorrow, false, now);
    await sweep(context, "pending");
    expect(store.work.due("advance", now, 2, new Set()).map(({ key }) => key)).toEqual(["xs-waits"]);
  });

  test("has nothing read again, and writes nothing, while it says the same", async () => {
    add("xs-same", { caRequestId: 1 });
    pending = [listed(1)];
    await sweep(context, "pending");
    forgetWork();
    const before = changes();
    await sweep(context, "pending");
    expect([wanted(), changes() - before]).toEqual([[], 0]);
    pending = [listed(1, "dcv 1")];
    await sweep(context, "pending");
    expect(wanted()).toEqual(["xs-same"]);
  });

  test("is forgotten with the day's sweep for orders that are settled", async () => {
    for (const [reference, id] of Object.entries({ "xs-open": 1, "xs-settled": 2 })) {
      add(reference, { caRequestId: id });
      pending.push(listed(id));
    }
    await sweep(context, "pending");
    store.requests.change("xs-settled", { state: "cancelled" }, now);
    await sweep(context, "full");
    expect(store.readMeta("progress.xs-open")).toBe("dcv 0");
    expect(store.readMeta("progress.xs-settled")).toBeNull();
  });
});

describe("the CA's list of certificates", () => {
  test("has an order read again whose certificate was never collected, under either number", async () => {
    add("xs-order", { caRequestId: 7 });
    add("xs-reissue", { caRequestId: 8, caCertificateId: 9 });
    add("xs-other", { caRequestId: 10 });
    add("xs-collected", { caRequestId: 11, state: "issued", fingerprint: "print" });
    add("xs-cancelled", { caRequestId: 12, state: "cancelled" });
    pending = [7, 8, 10].map((id) => listed(id));
    await sweep(context, "pending");
    forgetWork();
    certificates = [7, 9, 11, 12, 13].map((id) => ({ id, name: "site.test" }));
    await sweep(context, "full");
    expect(wanted().sort()).toEqual(["xs-order", "xs-reissue"]);
  });
});

describe("what is installed", () => {
  test("is left alone, without a write, where the panel has it on record", async () => {
    addManyInstalled();
    const before = changes();
    expect(await turnsBeside(sweep(context, "installed"))).toBeGreaterThanOrEqual(2);
    expect(changes() - before).toBe(0);
  });

  test("is put back where the panel has another one on record, on whichever page of the list it stands", async () => {
    addManyInstalled("xs-3", "xs-1050");
    await sweep(context, "installed");
    expect(wanted("install").sort()).toEqual(["xs-1050", "xs-3"]);
  });

  test("is asked for by itself where the panel has the same certificate on record, but for another account", async () => {
    addInstalled("xs-0");
    installed = [{ vhost: { id: "xs-0.test", account: "eve" }, fingerprint: "print of xs-0" }];
    await sweep(context, "installed");
    expect(wanted("install")).toEqual(["xs-0"]);
  });

  test("is left alone on each of the vhosts that one certificate is on", async () => {
    addInstalled("xs-0");
    const row = {
      reference: "xs-0",
      fingerprint: "print of xs-0",
      account: "bob",
      state: "verified",
    } as const;
    store.installations.put({ ...row, vhost: "second.test" }, now);
    for (const id of ["xs-0.test", "second.test"]) {
      installed.push({ vhost: { id, account: "bob" }, fingerprint: "print of xs-0" });
    }
    await sweep(context, "installed");
    expect(wanted("install")).toEqual([]);
  });

  test("is not judged by what it was when the page was read: others work meanwhile", async () => {
    const ids = [addInstalled("xs-0"), addInstalled("xs-1")];
    const asked: string[] = [];
    readCertificate = async ({ id }) => {
      asked.push(id);
      // While the first one is looked at, something newer takes the place of the second one.
      for (const other of ids) store.installations.change(other, { state: "superseded" }, now);
      throw new CodedError("vhost-unknown");
    };
    await sweep(context, "installed");
    expect(asked).toEqual(["xs-0.test"]);
  });
});

describe("what comes to its end", () => {
  test("is planned in turns: thousands at once do not keep others waiting, and none is left out", async () => {
    const notAfter = new Date(now.getTime() + 20 * 86_400_000);
    store.db.transaction(() => {
      for (let index = 0; index < 1_000; index += 1) add(`xs-${index}`, { state: "installed", notAfter });
    });
    expect(await turnsBeside(sweep(context, "ending"))).toBeGreaterThanOrEqual(3);
    expect(wanted("renew")).toHaveLength(1_000);
  });
});

describe("what waits for somebody", () => {
  const soon = new Date(now.getTime() + 5 * 86_400_000);

  /** What there is to tell, as it stands in the store. */
  const told = (): string[] =>
    store.notices
      .open(10_000)
      .map(({ reference, mark }) => `${reference} ${mark}`)
      .sort();

  test("is told once, and nothing is written while it stays as it is", async () => {
    add("xs-waits", { state: "needs-you", reason: "dcv-zone-elsewhere" });
    add("xs-failed", { state: "failed", reason: "csr-invalid" });
    add("xs-busy");
    await sweep(context, "ending");
    expect(told()).toEqual(["xs-failed failed/csr-invalid", "xs-waits action/dcv-zone-elsewhere"]);
    const before = changes();
    await sweep(context, "ending");
    expect(changes() - before).toBe(0);
  });

  test("is told of an installed certificate whose successor does not come, for a reason at either of them", async () => {
    for (const reference of ["xs-own", "xs-halted", "xs-followed"]) {
      add(reference, { state: "installed", notAfter: soon });
    }
    store.requests.change("xs-own", { renewalProblem: "renewal-consent-needed" }, now);
    add("xs-next", { predecessor: "xs-halted", state: "draft", reason: "approval-needed" });
    add("xs-new", { predecessor: "xs-followed" });
    await sweep(context, "ending");
    const reminders = told().filter((one) => one.includes("reminder"));
    expect(reminders).toEqual(["xs-halted reminder/7", "xs-own reminder/7"]);
  });
});
