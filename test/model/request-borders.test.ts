import { handedOver, issuedState, isTerminal, pendingState, requestStates } from "../../src/model/request.ts";

/* What decides at the border between two answers. */

describe("states", () => {
  test("what is over, and what is on its way to another server", () => {
    expect(requestStates.filter(isTerminal)).toEqual(["failed", "cancelled", "deleted"]);
    const states = [
      ["deleted", "handing-over"],
      ["deleted", "handed-over"],
      ["deleted", "request-deleted"],
      ["installed", "handed-over"],
    ] as const;
    expect(states.map(([state, reason]) => handedOver({ state, reason }))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  const step = (key: string, done: boolean, attention = false) => ({ key, done, attention, text: "" });
  const pending = (changes: Partial<Parameters<typeof pendingState>[0]>) =>
    pendingState({
      brandReview: false,
      requiresAction: false,
      steps: [],
      control: null,
      hinted: null,
      unread: false,
      ...changes,
    });

  test.each([
    ["organization", "organization-needed"],
    ["docs", "organization-needed"],
    ["request", "message-waiting"],
    ["phone", "phone-needed"],
    ["whois", "whois-needed"],
    ["unheard-of", "message-waiting"],
  ])("attention at the CA's step %s: %s", (key, reason) => {
    expect(pending({ steps: [step("dcv", true), step(key, false, true)] })).toEqual({
      state: "needs-you",
      reason,
    });
    expect(pending({ steps: [step(key, true, true)] })).toEqual({ state: "issuing", reason: null });
  });

  test.each([
    ["organization-needed", ["organization", "docs"]],
    ["phone-needed", ["phone"]],
    ["phone-delayed", ["phone"]],
    ["whois-needed", ["whois"]],
  ] as const)("%s means nothing any more once all of its steps are done", (hinted, keys) => {
    const told = (...done: boolean[]) =>
      pending({
        hinted,
        steps: [step("dcv", false), ...keys.map((key, index) => step(key, done[index] ?? true))],
      }).reason;
    expect(told(...keys.map(() => true))).toBeNull();
    expect(told(false)).toBe(hinted);
    expect(pending({ hinted, steps: [step("dcv", false)] }).reason).toBe(hinted);
  });

  test("an unheard step in need is what the last webhook was about", () => {
    expect(pending({ hinted: "csr-refused-by-ca", steps: [step("x", false, true)] }).reason).toBe(
      "csr-refused-by-ca",
    );
  });

  test("what is unread comes before a postponed call, what control needs as well", () => {
    expect(pending({ hinted: "phone-delayed", unread: true }).reason).toBe("message-waiting");
    expect(pending({ hinted: "phone-delayed", control: "dcv-file-blocked" }).reason).toBe("dcv-file-blocked");
  });

  const row = (state: Parameters<typeof issuedState>[1][number]["state"], reason = null) => ({
    state,
    reason,
  });
  test("a renewal that does not come is told where the certificate is verified, and only there", () => {
    const request = { state: "installed", reason: null, renewalProblem: "no-vhost" } as const;
    expect(issuedState(request, [row("verified")])).toEqual({ state: "needs-you", reason: "no-vhost" });
    expect(issuedState(request, [row("installing")])).toEqual({ state: "installing", reason: null });
    expect(issuedState(request, [row("superseded")]).state).toBe("installed");
  });

  test("nowhere yet, it stands as it stood", () => {
    expect(issuedState({ state: "needs-you", reason: "key-missing" }, [])).toEqual({
      state: "needs-you",
      reason: "key-missing",
    });
    expect(issuedState({ state: "installing", reason: "panel-fault" }, [])).toEqual({
      state: "issued",
      reason: "panel-fault",
    });
    for (const state of ["failed", "cancelled", "deleted"] as const) {
      expect(issuedState({ state, reason: "request-deleted" }, [row("failed")])).toEqual({
        state,
        reason: "request-deleted",
      });
    }
  });

  test("each state of an installation decides as it should beside a verified one", () => {
    const beside = (state: Parameters<typeof row>[0]) =>
      issuedState({ state: "issued", reason: null }, [row("verified"), row(state)]).state;
    expect(
      (["planned", "installing", "applied", "failed", "rolled-back", "refused", "superseded"] as const).map(
        beside,
      ),
    ).toEqual(["installing", "installing", "installing", "needs-you", "needs-you", "installed", "installed"]);
  });
});
