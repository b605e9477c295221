import { judgeServed } from "../../src/model/served.ts";

/* What decides at the border between two answers. */

describe("what is served", () => {
  const look = (fingerprint: string | null, changes = {}) => ({
    address: "192.0.2.1",
    port: 443,
    name: "example.nl",
    fingerprint,
    complete: fingerprint !== null,
    problem: null,
    ...changes,
  });
  const v6 = { address: "2001:db8::1" };
  const judge = (before: ReturnType<typeof look>[], served: ReturnType<typeof look>[], looks: number) =>
    judgeServed({ before, after: served, expected: "new", looks });

  test("an address that was dead for one name counts for the others", () => {
    const before = [look(null, v6), look("old")];
    const other = look(null, { ...v6, name: "www.example.nl" });
    expect(judge(before, [look("new"), other], 1)).toEqual({ kind: "wait", reason: "tls-unreachable" });
  });

  test("where every address was dead before, all of them count", () => {
    expect(judge([look(null)], [look(null)], 1)).toEqual({ kind: "wait", reason: "tls-unreachable" });
    expect(judge([look(null)], [look("new")], 1)).toEqual({ kind: "verified" });
  });

  test("a dead address is not the one that worked", () => {
    const before = [look("old", v6)];
    expect(judge(before, [look(null)], 9)).toEqual({ kind: "wait", reason: "tls-unreachable" });
    expect(judge(before, [look(null, v6)], 9)).toEqual({ kind: "take-back", reason: "web-server-broken" });
  });

  test("an address that was alive before counts also when the others are dead, and the other way round", () => {
    const before = [look("old"), look("old", v6)];
    expect(judge(before, [look(null), look("new", v6)], 1)).toEqual({
      kind: "wait",
      reason: "tls-unreachable",
    });
    expect(judge(before, [look(null), look("new", v6)], 6)).toEqual({
      kind: "take-back",
      reason: "web-server-broken",
    });
    expect(judge([look("old"), look(null, v6)], [look("new"), look("old", v6)], 1)).toEqual({
      kind: "wait",
      reason: "not-served-yet",
    });
  });

  test("one gap of several is a gap, and a gap of the old one is none of ours", () => {
    const gap = look("new", { complete: false });
    expect(judge([look("old")], [gap, look("new", v6)], 1)).toEqual({
      kind: "wait",
      reason: "served-incomplete",
    });
    expect(judge([look("old")], [look("old", { complete: false })], 1)).toEqual({
      kind: "wait",
      reason: "not-served-yet",
    });
  });

  test("without a gap before at any address a gap is taken back, with nothing served before it is not", () => {
    const gap = look("new", { complete: false });
    expect(judge([look(null), look("old", v6)], [gap], 6).kind).toBe("take-back");
    expect(judge([look(null, { complete: true })], [gap], 6).kind).toBe("wait");
    expect(judge([], [gap], 6).kind).toBe("wait");
  });

  test("the host is asked for an old certificate from the thirteenth look on", () => {
    expect(judge([look("old")], [look("old")], 12)).toEqual({ kind: "wait", reason: "not-served-yet" });
    expect(judge([look("old")], [look("old")], 13)).toEqual({ kind: "wait", reason: "served-old" });
  });

  test("what another address showed before is strange here", () => {
    expect(judge([look("old"), look("other", v6)], [look("other")], 6)).toEqual({
      kind: "take-back",
      reason: "served-other",
    });
    expect(judge([look("old", { complete: false })], [look("old", { complete: false })], 6).kind).toBe(
      "wait",
    );
  });
});
