import { runYears, type YearsReport } from "./years.ts";

/*
 * The promise that nobody has to think of: 1,000 certificates, issued one after the other for a few sites in five years
 * whose lifetimes shrink from 200 over 100 to 47 days. `scripts/simulate-years 1000` runs the same with 1,000 sites.
 */

let report: YearsReport;
beforeAll(async () => {
  report = await runYears(
    { sites: 23, asking: 2, zonesElsewhere: 2 },
    new Date("2026-11-24T00:00:00Z"),
    new Date("2031-11-24T00:00:00Z"),
    7,
  );
}, 600_000);

test("a thousand certificates were issued, and outages of up to seven days were among them", () => {
  expect(report.sites).toBe(23);
  expect(report.certificates).toBeGreaterThan(1_000);
  expect(report.outageDays).toBeGreaterThan(100);
  expect(report.longestOutageDays).toBeGreaterThan(6.5);
});

test("none of them expired before the next one was served, not even nearly", () => {
  expect(report.expired).toEqual([]);
  expect(report.closestDays).toBeGreaterThan(3);
});

test("no order was one too many: every certificate was needed when it was issued, one at a time", () => {
  expect(report.tooMany).toEqual([]);
  // The last order of a site may still be under way at the end.
  const ordered = report.sites + report.reissues + report.renewals;
  expect(ordered - report.certificates).toBeLessThanOrEqual(report.sites / 4);
});

test("nobody did anything for sites with their zone here; consent was asked for where the owner wants it", () => {
  expect(report.humanActionsAtLocalZones).toBe(0);
  // Two owners with terms of one and two years: five and three terms in five years, the first of each was the order.
  expect(report.humanActions["renewal-consent-needed"]).toBeLessThanOrEqual(10);
  expect(report.humanActions["renewal-consent-needed"]).toBeGreaterThanOrEqual(4);
});

test("old keys are gone, and the CA is asked about twenty times for one certificate", () => {
  expect(report.keysLeft).toBeLessThan(report.sites * 3);
  expect(report.caCallsPerCertificate).toBeLessThan(25);
});
