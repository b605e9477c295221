import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobContext } from "../../src/jobs/context.ts";
import { createInstallHandler } from "../../src/jobs/install-certificates.ts";
import { openDatabase } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { workPriority } from "../../src/store/work.ts";

const now = new Date("2026-11-24T09:00:00Z");
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
let folder: string;
let store: Store;
let holdBack: (at: Date) => Date | null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "batches-"));
  store = new Store(openDatabase(folder));
  const handler = createInstallHandler({ store } as unknown as JobContext);
  holdBack = (at) => handler.holdBack?.(at) ?? null;
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
