import { type NoticeLook, planNotice } from "../../src/model/plan-notice.ts";

const day = 86_400_000;
const now = new Date("2026-12-01T00:00:00Z");

function look(changes: Partial<NoticeLook> = {}): NoticeLook {
  return {
    kind: "order",
    state: "installed",
    reason: null,
    account: "bob",
    notAfter: new Date(now.getTime() + 100 * day),
    blockedBy: null,
    now,
    ...changes,
  };
}

test("nothing is told about what is under way, goes by itself, or was replaced", () => {
  for (const change of [
    { state: "validating" },
    { state: "installing" },
    { state: "validating", reason: "phone-delayed" },
    { kind: "reissue" },
    { reason: "newer-installed" },
    { state: "cancelled" },
  ] as const) {
    expect(planNotice(look(change))).toBeNull();
  }
});

test.each([
  ["dcv-zone-elsewhere", "account"],
  ["phone-needed", "account"],
  ["panel-refused-us", "administrator"],
  ["ssl-not-allowed", "reseller"],
  ["account-suspended", "reseller"],
  ["order-lost", null],
] as const)("whose turn it is decides who is told: %s", (reason, to) => {
  expect(planNotice(look({ state: "needs-you", reason }))?.to ?? null).toBe(to);
});

test("an order without an account is the administrator's", () => {
  expect(planNotice(look({ state: "needs-you", reason: "phone-needed", account: null }))?.to).toBe(
    "administrator",
  );
});

test("approval is asked of the administrator", () => {
  expect(planNotice(look({ state: "draft", reason: "approval-needed" }))).toMatchObject({
    kind: "action",
    to: "administrator",
  });
});

test("reminders 30, 21, 14, 7, 3 and 1 days before the end, each once, only when something blocks", () => {
  const marks = new Set<string>();
  for (let left = 40; left >= 0; left -= 1) {
    const notAfter = new Date(now.getTime() + left * day);
    expect(planNotice(look({ notAfter }))).toMatchObject({ mark: "installed" });
    const told = planNotice(look({ notAfter, blockedBy: "renewal-consent-needed", state: "needs-you" }));
    if (told?.kind === "reminder") marks.add(told.mark);
  }
  expect([...marks]).toEqual([30, 21, 14, 7, 3, 1].map((days) => `reminder/${days}`));
});

test("a reminder about what nobody here can change goes to the administrator", () => {
  const notAfter = new Date(now.getTime() + 3 * day);
  expect(planNotice(look({ notAfter, blockedBy: "ca-unreachable" }))?.to).toBe("administrator");
});
