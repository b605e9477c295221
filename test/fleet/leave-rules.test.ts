import {
  afterArrival,
  afterFailure,
  afterLeaving,
  isToBeLeft,
  nextServer,
  type Standing,
  wellServed,
} from "../../src/fleet/leave-rules.ts";

const second = 1_000;

/** When somebody leaves who sees nothing but failures from `begun` on, in milliseconds since then. */
function waits(standing: Standing, chance = 0): number {
  const { leaveAt } = afterFailure(standing, 0, chance);
  if (leaveAt === null) throw new Error("it is never left");
  return leaveAt;
}

test("one failure is no reason to leave, nor are many within ten seconds", () => {
  let standing = wellServed;
  for (let now = 0; now < 10 * second; now += second) {
    standing = afterFailure(standing, now, 0);
    expect(isToBeLeft(standing, now)).toBe(false);
  }
});

test("a bus server is left after ten seconds of nothing but failures, counted from the first", () => {
  const once = afterFailure(wellServed, 5 * second, 0);
  const again = afterFailure(once, 14 * second, 0);
  expect(isToBeLeft(again, 15 * second - 1)).toBe(false);
  expect(isToBeLeft(again, 15 * second)).toBe(true);
});

test("nobody leaves whom nothing failed, however long ago anything succeeded", () => {
  expect(isToBeLeft(wellServed, 1e9)).toBe(false);
});

test("a new connection is judged by what is asked of it", () => {
  const arrived = afterArrival(afterFailure(wellServed, 0, 0));
  expect(isToBeLeft(arrived, 20 * second)).toBe(false);
  expect(waits(arrived)).toBe(10 * second);
});

test("while leaving does not help, the pauses double from ten seconds to five minutes, and a success makes them short again", () => {
  const pauses: number[] = [];
  let standing = wellServed;
  for (let turn = 0; turn < 8; turn += 1) {
    pauses.push(waits(standing) / second);
    standing = afterArrival(afterLeaving(standing));
  }
  expect(pauses).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  expect(waits(wellServed) / second).toBe(10);
});

test("those who lose the same bus server at the same moment leave it one after the other, within a quarter of the pause", () => {
  expect([0, 0.5, 1].map((chance) => waits(wellServed, chance) / second)).toEqual([10, 11.25, 12.5]);
});

test("from a server that is left one goes to each other one once, first to where one was longest ago, and never straight back", () => {
  const pool = [
    { listen: "left:4222", lastConnect: 1 },
    { listen: "late:4222", lastConnect: 3 },
    { listen: "never:4222", lastConnect: 0 },
  ];
  const passedBy = new Set(["left:4222"]);
  const way: (string | null)[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const next = nextServer(pool, passedBy)?.listen ?? null;
    way.push(next);
    if (next !== null) passedBy.add(next);
  }
  expect(way).toEqual(["never:4222", "late:4222", null]);
});
