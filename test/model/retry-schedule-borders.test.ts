import { failedAlike, nextAttempt, strikesBeforeParking } from "../../src/model/retry-schedule.ts";

/* What decides at the border between two answers. */

const now = new Date("2026-11-24T09:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("trying again", () => {
  const next = (code: Parameters<typeof nextAttempt>[0]["code"], attempts: number, change = {}) =>
    nextAttempt({ code, attempts, now, random: 0, notBefore: null, ...change });

  test("the first look again is never spread, later ones are by up to half", () => {
    expect(next("panel-fault", 0)).toEqual(later(1_000));
    expect(next("panel-fault", 1)).toEqual(later(1_000));
    expect(next("panel-fault", 1, { random: 1 })).toEqual(later(2_000));
    expect(next("panel-fault", 1, { random: 0.5 })).toEqual(later(1_500));
  });

  test("every step of the schedules", () => {
    const waits = (code: "panel-fault" | "ca-fault", count: number) =>
      Array.from(
        { length: count },
        (_none, attempts) => ((next(code, attempts, { random: 1 })?.getTime() ?? 0) - now.getTime()) / 1000,
      );
    expect(waits("panel-fault", 8)).toEqual([1, 2, 5, 10, 30, 60, 300, 300]);
    expect(waits("ca-fault", 5)).toEqual([60, 600, 6_000, 86_400, 86_400]);
  });

  test("a moment in the past that the CA named shortens no wait", () => {
    expect(next("ca-busy", 0, { notBefore: later(-day) })).toEqual(later(minute));
  });

  test.each([
    ["ca-unreachable", 4, "ca-unreachable", 4],
    ["ca-fault", 4, "ca-unreachable", 4],
    ["bus-unreachable", 4, "panel-fault", 4],
    ["bus-unreachable", 4, "ca-unreachable", 0],
    ["ca-unreachable", 4, "bus-unreachable", 0],
    ["ca-unreachable", 4, "not-issued-yet", 0],
    ["not-issued-yet", 3, "not-issued-yet", 3],
    [null, 0, "ca-unreachable", 0],
  ] as const)("after %s, %d times, %s is tried again as after %d", (before, attempts, code, count) => {
    expect(failedAlike(attempts, before, code)).toBe(count);
  });

  test("F-49 five unexpected failures put work aside", () => {
    expect(strikesBeforeParking).toBe(5);
  });
});
