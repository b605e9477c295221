import { FormTokens } from "../../src/pages/form-token.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { bob } from "./page-fixtures.ts";

const hour = 3_600_000;
let clock: FakeClock;
let tokens: FormTokens;
beforeEach(() => {
  clock = new FakeClock("2026-11-24T09:10:00Z");
  tokens = new FormTokens(clock, Buffer.alloc(32, 7));
});

test.each([
  ["another session", { ...bob, sessionBinding: "session-of-eve" }],
  ["another account", { ...bob, account: "eve" }],
  ["another level", { ...bob, level: "administrator" as const }],
])("T-14 a token is not taken from %s", (_what, other) => {
  expect(tokens.accepts(other, tokens.issue(bob))).toBe(false);
});

test("T-14 a token is not taken when it is empty, cut, longer, changed, or made with another secret", () => {
  const token = tokens.issue(bob);
  const changed = `${token.startsWith("A") ? "B" : "A"}${token.slice(1)}`;
  for (const wrong of ["", token.slice(0, -1), `${token}A`, changed, "é".repeat(token.length)]) {
    expect(tokens.accepts(bob, wrong)).toBe(false);
  }
  expect(tokens.accepts(bob, new FormTokens(clock, Buffer.alloc(32, 8)).issue(bob))).toBe(false);
  expect(new FormTokens(clock).accepts(bob, new FormTokens(clock).issue(bob))).toBe(false);
});

test("T-14 a token is good for one to two hours, and not from the future", async () => {
  const token = tokens.issue(bob);
  expect(tokens.accepts(bob, token)).toBe(true);
  await clock.advance(hour);
  expect(tokens.accepts(bob, token)).toBe(true);
  const later = tokens.issue(bob);
  expect(later).not.toBe(token);
  await clock.advance(50 * 60_000);
  expect(tokens.accepts(bob, token)).toBe(false);
  expect(tokens.accepts(bob, later)).toBe(true);
  const early = new FormTokens(new FakeClock("2026-11-24T09:10:00Z"), Buffer.alloc(32, 7));
  expect(early.accepts(bob, later)).toBe(false);
});
