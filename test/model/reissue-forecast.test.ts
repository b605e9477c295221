import { forecastReissues } from "../../src/model/reissue-forecast.ts";

test("how long many reissues take follows the CA's budget, and is not known without one", () => {
  expect(forecastReissues(10_000, null)).toBeNull();
  expect(forecastReissues(10_000, 0)).toBeNull();
  // Measured: 15.0 hours for ten thousand under 120 calls a minute (docs/proof/drill.md).
  const hours = (forecastReissues(10_000, 120) ?? 0) / 3_600_000;
  expect(hours).toBeGreaterThan(13.5);
  expect(hours).toBeLessThan(16.5);
  expect(forecastReissues(0, 120)).toBe(0);
});
