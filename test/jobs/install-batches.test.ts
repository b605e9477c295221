import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobContext } from "../../src/jobs/context.ts";
import { createInstallHandler } from "../../src/jobs/install-certificates.ts";
import { KeyedLock } from "../../src/jobs/keyed-lock.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { workPriority } from "../../src/store/work.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

const { signal } = new AbortController();
const now = new Date("2026-11-24T09:00:00Z");
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
let folder: string;
let store: Store;
let clock: FakeClock;
let runBatch: () => Promise<unknown>;
let holdBack: (at: Date) => Date | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "batches-"));
  store = new Store(openDatabase(folder));
  clock = new FakeClock(now);
  // Nothing is known of what it is asked to install, so it is done at once.
  const context = { store, clock, locks: new KeyedLock(), wake: () => undefined };
  const handler = createInstallHandler(context as unknown as JobContext);
  holdBack = (at) => handler.holdBack?.(at) ?? null;
  runBatch = () =>
    handler.run(
      [{ kind: "install", key: "xs-gone", wanted: 1, attempts: 0, strikes: 0, lastError: null }],
      signal,
    );
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function collecting(count: number, priority: 0 | 1 | 2 = workPriority.issued): void {
  for (let index = 0; index < count; index += 1) store.work.want("advance", `xs-${index}`, priority, now);
}

test("one certificate is installed at once, also while a few others are on their way", () => {
  store.work.want("install", "xs-ready", workPriority.issued, now);
  expect(holdBack(now)).toBeNull();
  collecting(3);
  expect(holdBack(now)).toBeNull();
});

test("a crowd on its way is waited for, but never longer than ten seconds after the first was ready", () => {
  store.work.want("install", "xs-ready", workPriority.issued, now);
  collecting(4);
  expect(holdBack(later(1))).toEqual(later(10));
  expect(holdBack(later(9.999))).toEqual(later(10));
  expect(holdBack(later(10))).toBeNull();
});

test("when one follows the other, the batch waits for the next until none came for a second, ten seconds at most", () => {
  store.work.want("install", "xs-1", workPriority.issued, now);
  store.work.want("install", "xs-2", workPriority.issued, later(0.4));
  expect(holdBack(later(0.5))).toEqual(later(1.4));
  store.work.want("install", "xs-3", workPriority.issued, later(1.3));
  expect(holdBack(later(1.4))).toEqual(later(2.3));
  expect(holdBack(later(2.3))).toBeNull();
  store.work.want("install", "xs-4", workPriority.issued, later(9.9));
  expect(holdBack(later(9.9))).toEqual(later(10));
  expect(holdBack(later(10))).toBeNull();
});

test("what nobody waits for, and what is planned for later, holds nothing back", () => {
  store.work.want("install", "xs-ready", workPriority.issued, now);
  collecting(50, workPriority.background);
  for (let index = 0; index < 50; index += 1) {
    store.work.plan("advance", `later-${index}`, workPriority.issued, later(60), now);
  }
  expect(holdBack(later(1))).toBeNull();
});

test("with nothing to install there is nothing to hold back", () => {
  collecting(50);
  expect(holdBack(later(1))).toBeNull();
});

test("after a second batch in a row the web server rests for 5, 15, 30, 30 seconds; after a quiet minute the row is over", async () => {
  store.work.want("install", "xs-ready", workPriority.issued, now);
  await runBatch();
  expect(holdBack(clock.now())).toBeNull();
  for (const rest of [5, 15, 30, 30]) {
    await runBatch();
    expect(holdBack(clock.now())).toEqual(new Date(clock.now().getTime() + rest * 1000));
    await clock.advance(rest * 1000);
    expect(holdBack(clock.now())).toBeNull();
  }
  await clock.advance(60_000);
  await runBatch();
  expect(holdBack(clock.now())).toBeNull();
});

test("a clock that is set back lets nobody wait longer", async () => {
  store.work.want("install", "xs-ready", workPriority.issued, now);
  await runBatch();
  await runBatch();
  clock.jump(-3_600_000);
  expect(holdBack(clock.now())).toEqual(new Date(clock.now().getTime() + 5_000));
});
