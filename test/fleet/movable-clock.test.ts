import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "../fakes/fake-clock.ts";
import { MovableClock, noticedWithin, writeTime } from "./movable-clock.ts";

const minute = 60_000;
let folder: string;
let file: string;
let inner: FakeClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-time-"));
  file = join(folder, "time");
  writeTime(file, 0);
  inner = new FakeClock();
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Writes another time, and has it noticed. */
function passTo(ahead: number): Promise<void> {
  writeTime(file, ahead);
  return inner.advance(noticedWithin);
}

test("a clock is never moved back, and what was cancelled or is due later is not done", async () => {
  const clock = new MovableClock(inner, file);
  const done: string[] = [];
  clock.after(2 * minute, () => done.push("cancelled"))();
  clock.after(90 * minute, () => done.push("later"));
  const begin = clock.monotonic();
  await passTo(75 * minute);
  await passTo(1);
  await inner.advance(15 * minute - 2 * noticedWithin - 1);
  expect(clock.monotonic()).toBe(begin + 90 * minute - 1);
  expect(done).toEqual([]);
  await inner.advance(1);
  expect(done).toEqual(["later"]);
});

test("what is due within the jump is done at once and in its order, and a clock that begins later begins there", async () => {
  const clock = new MovableClock(inner, file);
  const done: string[] = [];
  clock.after(70 * minute, () => done.push("second"));
  clock.after(minute, () => done.push("first"));
  const before = clock.now().getTime();
  await passTo(75 * minute);
  await inner.advance(0);
  expect(clock.now().getTime()).toBe(before + 75 * minute + noticedWithin);
  expect(done).toEqual(["first", "second"]);
  expect(new MovableClock(inner, file).now()).toEqual(clock.now());
});
