import { type DrillReport, runDrill } from "./drill.ts";

/*
 * The CA revokes everything within a day. `scripts/simulate-drill 10000` runs it with 10,000 certificates; here the number
 * and the CA's limit are forty times smaller, so that the time it takes is the same.
 */

let report: DrillReport;
beforeAll(async () => {
  report = await runDrill(250, 3);
}, 600_000);

test("F-45 every certificate is replaced within 24 hours under the CA's limit, and none is left to a person", () => {
  expect(report.replaced).toBe(250);
  expect(report.stuck).toBe(0);
  expect(report.hours).toBeLessThan(24);
});

test("an order that somebody places meanwhile is served within the hour", () => {
  expect(report.orderMinutes).not.toBeNull();
  expect(report.orderMinutes).toBeLessThan(60);
});

test("after a tenth of the way the page foretells the end to within a third", () => {
  expect(report.foretoldHours).not.toBeNull();
  expect(Math.abs((report.foretoldHours ?? 0) / report.hours - 1)).toBeLessThan(1 / 3);
});
