import { planNotice } from "../../src/model/plan-notice.ts";

/* What decides at the border between two answers. */

const now = new Date("2026-11-24T09:00:00Z");
const later = (ms: number): Date => new Date(now.getTime() + ms);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("notices", () => {
  const look = (changes: Partial<Parameters<typeof planNotice>[0]> = {}) =>
    planNotice({
      kind: "order",
      state: "installed",
      reason: null,
      account: "bob",
      notAfter: later(100 * day),
      blockedBy: null,
      now,
      ...changes,
    });

  test("each notice as a whole", () => {
    expect(look()).toEqual({ kind: "installed", to: "account", reason: null, mark: "installed" });
    expect(look({ account: null })?.to).toBe("administrator");
    expect(look({ state: "deleted", reason: "request-deleted" })).toEqual({
      kind: "deleted",
      to: "account",
      reason: "request-deleted",
      mark: "deleted",
    });
    expect(look({ state: "failed", reason: "ca-refused-order" })).toEqual({
      kind: "failed",
      to: "account",
      reason: "ca-refused-order",
      mark: "failed/ca-refused-order",
    });
    expect(look({ state: "failed" })).toMatchObject({ to: "account", mark: "failed/" });
    expect(look({ state: "needs-you", reason: "phone-needed" })).toMatchObject({
      kind: "action",
      mark: "action/phone-needed",
    });
    expect(look({ state: "draft", reason: "approval-needed" })).toEqual({
      kind: "action",
      to: "administrator",
      reason: "approval-needed",
      mark: "action/approval-needed",
    });
  });

  test.each(["order-lost", "brand-review", "request-cancelled", "message-waiting"] as const)(
    "nobody is told what nobody here can change: %s",
    (reason) => {
      const notice = look({ state: "needs-you", reason });
      if (reason === "message-waiting") expect(notice?.to).toBe("account");
      else expect(notice).toBeNull();
    },
  );

  test("a draft, a renewal and a replaced one are told as what they are", () => {
    expect(look({ state: "draft" })).toBeNull();
    expect(look({ state: "validating", reason: "approval-needed" })).toBeNull();
    expect(look({ kind: "renewal" })?.kind).toBe("installed");
    expect(look({ reason: "covers-less" })).toMatchObject({ kind: "installed", reason: null });
  });

  test("reminders at their borders", () => {
    const left = (ms: number, changes = {}) =>
      look({ notAfter: later(ms), blockedBy: "no-vhost", ...changes })?.mark;
    expect(left(30 * day)).toBe("reminder/30");
    expect(left(30 * day + 1)).toBe("installed");
    expect(left(21 * day)).toBe("reminder/21");
    expect(left(21 * day + 1)).toBe("reminder/30");
    expect(left(0)).toBe("reminder/1");
    expect(left(-day)).toBe("reminder/1");
    expect(left(-day - 1)).toBe("installed");
    expect(left(day, { state: "validating" })).toBeUndefined();
    expect(look({ notAfter: null, blockedBy: "no-vhost" })?.kind).toBe("installed");
  });
});
