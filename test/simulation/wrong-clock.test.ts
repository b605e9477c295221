import { runYears, type YearsReport } from "./years.ts";

/*
 * Two years of a server whose clock is set wrong twice a week, by an hour, a day, a month or ten years, in both directions, for
 * hours or days; the CA's time stays right (spec reliability F-05 and §5, 20).
 */

let report: YearsReport;
beforeAll(async () => {
  report = await runYears(
    { sites: 8, asking: 0, zonesElsewhere: 0 },
    new Date("2026-11-24T00:00:00Z"),
    new Date("2028-11-24T00:00:00Z"),
    11,
    { clockIsSet: true },
  );
}, 300_000);

test("F-05 the clock was wrong more than a hundred times while certificates were replaced", () => {
  expect(report.clockSet).toBeGreaterThan(100);
  expect(report.certificates).toBeGreaterThan(30);
});

test("F-05 no certificate was ordered because of a wrong clock, and none was missed because of one", () => {
  expect(report.tooMany).toEqual([]);
  expect(report.expired).toEqual([]);
});

test("F-05 nobody was told of an end that was none, no key of a certificate in use was destroyed, and nobody had to help", () => {
  expect(report.reminders).toBe(0);
  expect(report.keysMissed).toEqual([]);
  expect(report.humanActionsAtLocalZones).toBe(0);
});
