import type { SessionClaim } from "../../src/fleet/operations.ts";
import { copyOf, judgeSession, movedTo, type SessionRecord } from "../../src/fleet/session-rules.ts";

/** Each is asked a second after the one before it. */
let asked = 0;
const claim = (id: string, previous: string | readonly string[] = [], machine = "m1"): SessionClaim => ({
  id,
  previous: [previous].flat(),
  machine,
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, ++asked)).toISOString(),
});

/** What the hub remembers after these processes have spoken in turn, and which of them it took for the server. */
function spoken(...claims: SessionClaim[]): { record: SessionRecord | null; ours: boolean[] } {
  let record: SessionRecord | null = null;
  const ours = claims.map((one) => {
    const verdict = judgeSession(record, one);
    record = verdict.record;
    return verdict.kind === "ours";
  });
  return { record, ours };
}

test("a copy of the machine is noticed once both have spoken, and then neither is believed", () => {
  const { ours, record } = spoken(claim("a"), claim("b", "a"), claim("a"), claim("b", "a"));
  expect(ours).toEqual([true, true, false, false]);
  expect(record).toMatchObject({ disputed: true });
});

test("a copy made while the server rested is noticed as well", () => {
  expect(spoken(claim("a"), claim("b", "a"), claim("c", "a")).ours).toEqual([true, true, false]);
});

test("another machine is never taken for a restart, and the one that was there goes on", () => {
  const { ours } = spoken(claim("a"), claim("b", "a", "m2"), claim("a"), claim("c", "a"));
  expect(ours).toEqual([true, false, true, true]);
});

test("a server that restarts again and again stays the server", () => {
  expect(spoken(claim("a"), claim("b", "a"), claim("c", "b"), claim("c", "b")).ours).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test("a server that was started several times before the hub heard of it is no copy, whichever of them was heard last", () => {
  expect(spoken(claim("a"), claim("c", ["a", "b"]), claim("d", ["a", "b", "c"])).ours).toEqual([
    true,
    true,
    true,
  ]);
  expect(spoken(claim("a"), claim("b", "a"), claim("c", ["a", "b"])).ours).toEqual([true, true, true]);
});

test("a question of a dead process that was held up on its way is refused, and the server goes on", () => {
  const late = claim("a");
  const { ours, record } = spoken(claim("a"), claim("b", "a"), late, claim("b", "a"));
  expect(ours).toEqual([true, true, false, true]);
  expect(record).toMatchObject({ id: "b", disputed: false });
});

test("a copy whose original has a chain of starts behind it is noticed all the same", () => {
  const { ours, record } = spoken(
    claim("b", ["z", "a"]),
    claim("c", ["z", "a", "b"]),
    claim("b", ["z", "a"]),
  );
  expect(ours).toEqual([true, true, false]);
  expect(record).toMatchObject({ disputed: true });
});

test("once it was said where the server moved to, the old machine is refused without a new dispute", () => {
  const { record } = spoken(claim("a"));
  const moved = movedTo(record, claim("b", "a", "m2"));
  expect(judgeSession(moved, claim("a")).kind).toBe("other");
  const restarted = judgeSession(moved, claim("c", "a"));
  expect(restarted).toMatchObject({ kind: "other", record: { disputed: false } });
  expect(judgeSession(restarted.record, claim("d", "c")).kind).toBe("other");
  expect(judgeSession(restarted.record, claim("b", "a", "m2")).kind).toBe("ours");
});

test("once a machine was said to be a copy, the other one is the server again", () => {
  const { record } = spoken(claim("a"), claim("b", "a"), claim("a"));
  if (record === null) throw new Error("nothing was said");
  const settled = copyOf(record, claim("b", "a"));
  expect(judgeSession(settled, claim("b", "a")).kind).toBe("other");
  expect(judgeSession(settled, claim("a")).kind).toBe("ours");
});

test.each(["m1", "m2"])(
  "a copy that speaks before the server ever did does not become the server, which may be on %s",
  (machine) => {
    const settled = copyOf(null, claim("b", "a"));
    expect(judgeSession(settled, claim("b", "a")).kind).toBe("other");
    const heard = judgeSession(settled, claim("a", [], machine));
    expect(heard).toMatchObject({ kind: "ours", record: { machine } });
    expect(judgeSession(heard.record, claim("b", "a")).kind).toBe("other");
  },
);
