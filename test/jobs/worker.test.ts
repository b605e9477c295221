import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { Worker } from "../../src/jobs/worker.ts";
import { silentLog } from "../../src/logging.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { type WorkPriority, workPriority } from "../../src/store/work.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const now = new Date("2026-11-24T09:00:00Z");
let folder: string;
let store: Store;
let worker: Worker;
/** What is under way, each with what ends it. */
let underWay: Map<string, () => void>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "worker-"));
  store = new Store(openDatabase(folder));
  underWay = new Map();
  worker = new Worker(
    { store, clock: new FakeClock(now), log: silentLog, random: () => 0, gaveUp: () => undefined },
    [
      {
        kind: "advance",
        concurrency: 3,
        keptForUrgent: 1,
        batch: 1,
        async run([item]) {
          const key = item?.key ?? "";
          await new Promise<void>((resolve) => {
            underWay.set(key, resolve);
          });
          underWay.delete(key);
          return new Map([[key, { next: null }]]);
        },
      },
    ],
  );
});
afterEach(async () => {
  const stopped = worker.stop();
  for (const end of underWay.values()) end();
  await stopped;
  store.close();
  rmSync(folder, { recursive: true });
});

async function want(priority: WorkPriority, ...keys: string[]): Promise<void> {
  for (const key of keys) store.work.want("advance", key, priority, now);
  worker.wake();
  await turns();
}

/** The worker looks at the end of a turn of the event loop. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test("work that nobody waits for leaves a place free, and what a person waits for takes it", async () => {
  await want(workPriority.background, "calm-1", "calm-2", "calm-3");
  expect([...underWay.keys()]).toEqual(["calm-1", "calm-2"]);
  await want(workPriority.user, "customer");
  expect([...underWay.keys()]).toEqual(["calm-1", "calm-2", "customer"]);
  underWay.get("customer")?.();
  await turns();
  expect([...underWay.keys()]).toEqual(["calm-1", "calm-2"]);
  underWay.get("calm-1")?.();
  await turns();
  expect([...underWay.keys()]).toEqual(["calm-2", "calm-3"]);
});

test("what is urgent takes every place, and the rest waits for it", async () => {
  await want(workPriority.background, "calm");
  await want(workPriority.issued, "issued-1", "issued-2", "issued-3");
  expect([...underWay.keys()]).toEqual(["calm", "issued-1", "issued-2"]);
});

test("one call that the CA does not answer, after many that the bus did not take, costs a minute and not a day", async () => {
  const clock = new FakeClock(now);
  const codes: ErrorCode[] = [
    ...Array.from({ length: 6 }, () => "bus-unreachable" as const),
    "ca-unreachable",
  ];
  const failing = new Worker({ store, clock, log: silentLog, random: () => 1, gaveUp: () => undefined }, [
    {
      kind: "renew",
      concurrency: 1,
      batch: 1,
      run: async ([item]) =>
        new Map([[item?.key ?? "", { error: new CodedError(codes.shift() ?? "internal") }]]),
    },
  ]);
  store.work.want("renew", "a", workPriority.user, now);
  failing.wake();
  await turns();
  const waits: number[] = [];
  while (codes.length > 0) {
    const next = store.work.nextDue("renew") ?? now;
    waits.push((next.getTime() - clock.now().getTime()) / 1_000);
    await clock.advance(next.getTime() - clock.now().getTime());
    await turns();
  }
  waits.push(((store.work.nextDue("renew")?.getTime() ?? 0) - clock.now().getTime()) / 1_000);
  await failing.stop();
  expect(waits).toEqual([1, 2, 5, 10, 30, 60, 60]);
});
