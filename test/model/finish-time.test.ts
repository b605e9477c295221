import { finishTime } from "../../src/model/finish-time.ts";

const firstAt = new Date("2026-11-24T09:00:00Z");
const minutes = (count: number): Date => new Date(firstAt.getTime() + count * 60_000);

test("the pace from the first to the last goes on", () => {
  // Eleven in ten minutes: one a minute.
  expect(finishTime({ all: 41, done: 11, firstAt, lastAt: minutes(10) })).toEqual(minutes(40));
  expect(finishTime({ all: 6, done: 5, firstAt, lastAt: minutes(8) })).toEqual(minutes(10));
});

test.each([
  ["too few are done", { all: 100, done: 4, firstAt, lastAt: minutes(10) }],
  ["none is left", { all: 5, done: 5, firstAt, lastAt: minutes(10) }],
  ["more are done than there were", { all: 5, done: 9, firstAt, lastAt: minutes(10) }],
  ["nobody knows the first", { all: 100, done: 50, firstAt: null, lastAt: minutes(10) }],
  ["nobody knows the last", { all: 100, done: 50, firstAt, lastAt: null }],
])("nothing is foretold when %s", (_name, run) => {
  expect(finishTime(run)).toBeNull();
});
