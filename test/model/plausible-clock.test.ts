import { isPlausible } from "../../src/model/plausible-clock.ts";

const at = (text: string): Date => new Date(text);

test.each([
  ["2026-10-31T23:59:59.999Z", null, false],
  ["2026-11-01T00:00:00.000Z", null, true],
  ["2036-10-29T00:00:00.000Z", null, true],
  ["2036-10-29T00:00:00.001Z", null, false],
  ["2027-06-01T12:00:00.000Z", "2027-06-02T12:00:00.000Z", true],
  ["2027-06-01T12:00:00.000Z", "2027-06-02T12:00:00.001Z", false],
  ["2027-06-02T12:00:00.000Z", "2027-06-01T12:00:00.000Z", true],
  ["2027-06-02T12:00:00.001Z", "2027-06-01T12:00:00.000Z", false],
  ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", false],
] as const)("F-05 a clock that says %s while the CA's says %s is plausible: %s", (now, caTime, expected) => {
  expect(isPlausible(at(now), caTime === null ? null : at(caTime))).toBe(expected);
});
