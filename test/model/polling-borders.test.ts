import {
  askAgainAfter,
  nextOnLadder,
  servedLadder,
  validationLadder,
  valuesLadder,
  visibleLadder,
  waitOnLadder,
} from "../../src/model/polling.ts";

/* What decides at the border between two answers. */

const now = new Date("2026-11-24T09:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;

describe("ladders", () => {
  test.each([
    ["the CA's values", valuesLadder, 4, 110_000, 2 * minute],
    ["what is visible from outside", visibleLadder, 76, 153_000 + 120 * minute + 22 * hour, 2 * hour],
    ["the CA's validation", validationLadder, 101, 33 * minute + 6 * hour + 72 * hour, 6 * hour],
    ["what is served", servedLadder, 15, 2_058_700, hour],
  ])("for %s are as long as they say", (_name, steps, count, total, last) => {
    expect(steps.waits).toHaveLength(count);
    expect(steps.waits.reduce((sum, wait) => sum + wait, 0)).toBeCloseTo(total, 5);
    expect(steps.last).toBe(last);
    expect(steps.waits).toEqual([...steps.waits].sort((one, other) => one - other));
  });

  test("climbed by attempts they end in their last wait", () => {
    expect([0, 3, 4, 99].map((step) => waitOnLadder(valuesLadder, step))).toEqual([
      5_000,
      60_000,
      2 * minute,
      2 * minute,
    ]);
  });

  test("exactly at a step the next one counts, and exactly at the end the first one behind it", () => {
    expect(nextOnLadder(valuesLadder, now, later(110_000))).toEqual(later(230_000));
    expect(nextOnLadder(valuesLadder, now, later(109_999))).toEqual(later(110_000));
    expect(nextOnLadder(valuesLadder, now, later(230_000))).toEqual(later(350_000));
    expect(nextOnLadder(valuesLadder, later(1), now)).toEqual(later(5_000));
  });

  test("the CA is not asked to check again within two hours", () => {
    expect(askAgainAfter).toBe(2 * hour);
  });
});
