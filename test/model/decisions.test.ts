import { dcvFile, dcvRecord } from "../../src/model/dcv.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import type { Served } from "../../src/model/installation.ts";
import { nextOnLadder, servedLadder, valuesLadder } from "../../src/model/polling.ts";
import { issuedState, pendingState } from "../../src/model/request.ts";
import { nextAttempt } from "../../src/model/retry-schedule.ts";
import { judgeServed } from "../../src/model/served.ts";

const now = new Date("2026-11-24T09:00:00Z");
const inSeconds = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);
const name = parseHostName("www.example.nl");

describe("the next attempt", () => {
  const next = (code: Parameters<typeof nextAttempt>[0]["code"], attempts: number, change = {}) =>
    nextAttempt({ code, attempts, now, random: 1, notBefore: null, ...change });

  test("never comes for what repeating can't help", () => {
    expect(next("key-mismatch", 0)).toBeNull();
    expect(next("ca-refused-us", 0)).toBeNull();
  });

  test.each([
    [0, 60],
    [1, 600],
    [2, 6_000],
    [3, 86_400],
    [9, 86_400],
  ])("F-06 of the CA after %i failures: %i s", (attempts, seconds) => {
    expect(next("ca-unreachable", attempts)).toEqual(inSeconds(seconds));
  });

  test.each([
    [0, 1],
    [3, 10],
    [5, 60],
    [9, 300],
  ])("of something local after %i failures: %i s", (attempts, seconds) => {
    expect(next("panel-unreachable", attempts)).toEqual(inSeconds(seconds));
  });

  test("those that failed together are spread over half the wait", () => {
    expect(next("ca-fault", 1, { random: 0 })).toEqual(inSeconds(300));
  });

  test("F-07 waits for the moment the CA named, but not for an absurd one", () => {
    expect(next("ca-busy", 0, { notBefore: inSeconds(120) })).toEqual(inSeconds(120));
    expect(next("ca-busy", 0, { notBefore: inSeconds(30 * 86_400) })).toEqual(inSeconds(3_600));
  });

  test("F-12 announced but not there: 5 s, 15 s, 1 min, 5 min, then the sweep", () => {
    expect([0, 1, 2, 3, 4].map((attempts) => next("not-issued-yet", attempts))).toEqual([
      inSeconds(5),
      inSeconds(15),
      inSeconds(60),
      inSeconds(300),
      null,
    ]);
  });
});

describe("ladders", () => {
  test("give the first step behind now, and go on evenly behind their end", () => {
    expect(nextOnLadder(valuesLadder, now, now)).toEqual(inSeconds(5));
    expect(nextOnLadder(valuesLadder, now, inSeconds(5))).toEqual(inSeconds(20));
    expect(nextOnLadder(valuesLadder, now, inSeconds(110))).toEqual(inSeconds(230));
    expect(nextOnLadder(valuesLadder, now, inSeconds(231))).toEqual(inSeconds(350));
  });

  test("F-05 begin anew when the clock was set back", () => {
    expect(nextOnLadder(servedLadder, inSeconds(1e6), now)).toEqual(inSeconds(0.2));
  });
});

describe("the CA's validation values", () => {
  const value = "3f787224cd5f0b3079f22cea30166a53.653e1c617b877c9492d954efc4537ca3.sectigo.com";

  test.each([
    ["absolute", "_abc.www.example.nl", "_abc.www.example.nl"],
    ["with a trailing dot", "_ABC.www.example.nl.", "_abc.www.example.nl"],
    ["at a parent in the same zone", "_abc.example.nl", "_abc.example.nl"],
    ["relative", "_abc", "_abc.www.example.nl"],
  ])("U6 a record name %s", (_name, owner, expected) => {
    expect(dcvRecord(name, owner, `${value}.`)).toEqual({ owner: expected, type: "CNAME", value });
  });

  test("U8 what is no known target is a TXT record, unchanged", () => {
    expect(dcvRecord(name, "www.example.nl", "Token with = signs")).toEqual({
      owner: "www.example.nl",
      type: "TXT",
      value: "Token with = signs",
    });
  });

  test.each([
    ["a CNAME on the name itself", "www.example.nl", value],
    ["a record name with a line break", "_a\nb", value],
    ["a record name with a space", "_a b.www.example.nl", value],
    ["a wildcard record", "*.www.example.nl", value],
    ["a value with a line break", "_abc", "x\ny"],
    ["an empty value", "_abc", ""],
    ["a huge value", "_abc", "x".repeat(600)],
    ["a target with a slash", "_abc", "a/b.sectigo.com"],
  ])("T-12 %s is not published", (_name, owner, content) => {
    expect(() => dcvRecord(name, owner, content)).toThrow(
      expect.objectContaining({ code: "dcv-values-suspicious" }),
    );
  });

  test("T-12 a record for somebody else's zone becomes one below the name itself", () => {
    expect(dcvRecord(name, "_abc.victim.nl", value).owner).toBe("_abc.victim.nl.www.example.nl");
  });

  const path = "/.well-known/pki-validation/1333068F2D715D7A56039E879031E479.txt";
  test.each([
    ["host and path", `www.example.nl${path}`],
    ["a http address", `http://www.example.nl${path}`],
    ["a https address", `https://www.example.nl${path}`],
    ["a path alone", path],
  ])("U7 a file location as %s", (_name, location) => {
    expect(dcvFile(name, location, "a\nb")).toEqual({ host: name, path, content: "a\nb" });
  });

  test.each([
    ["another host", `www.victim.nl${path}`],
    ["the bare name for the www name", `example.nl${path}`],
    ["a step up", "/.well-known/pki-validation/../../x.txt"],
    ["an encoded step up", "/.well-known/pki-validation/%2e%2e%2fx.txt"],
    ["a script", "/.well-known/pki-validation/x.php"],
    ["a folder elsewhere", "/cgi-bin/x.txt"],
    ["a file in a subfolder", "/.well-known/pki-validation/a/b.txt"],
    ["no path", "www.example.nl"],
  ])("T-12 a file at %s is not published", (_name, location) => {
    expect(() => dcvFile(name, location, "a")).toThrow(
      expect.objectContaining({ code: "dcv-values-suspicious" }),
    );
  });

  test.each([
    ["empty", ""],
    ["binary", "\u0000"],
    ["longer than 4 kB", "a".repeat(5000)],
  ])("T-12 %s content is not published", (_name, content) => {
    expect(() => dcvFile(name, path, content)).toThrow(
      expect.objectContaining({ code: "dcv-values-suspicious" }),
    );
  });
});

describe("what is served", () => {
  const look = (fingerprint: string | null, change: Partial<Served> = {}): Served => ({
    address: "192.0.2.1",
    port: 443,
    name: "example.nl",
    fingerprint,
    complete: fingerprint !== null,
    problem: fingerprint === null ? "tls-refused" : null,
    ...change,
  });
  const v6 = { address: "2001:db8::1" };
  const judge = (before: Served[], served: Served[], looks = 1) =>
    judgeServed({ before, after: served, expected: "new", looks });

  test.each<[string, Served[], Served[], number, ReturnType<typeof judgeServed>]>([
    ["new everywhere is proven", [look("old")], [look("new"), look("new", v6)], 1, { kind: "verified" }],
    [
      "new on IPv4 and old on IPv6 is not",
      [look("old")],
      [look("new"), look("old", v6)],
      1,
      { kind: "wait", reason: "not-served-yet" },
    ],
    ["no look is no proof", [], [], 1, { kind: "wait", reason: "tls-unreachable" }],
    ["old is waited for", [look("old")], [look("old")], 1, { kind: "wait", reason: "not-served-yet" }],
    [
      "F-23 old for a quarter of an hour is the host's turn",
      [look("old")],
      [look("old")],
      13,
      { kind: "wait", reason: "served-old" },
    ],
    [
      "a chain with gaps is looked at again",
      [look("old")],
      [look("new", { complete: false })],
      5,
      { kind: "wait", reason: "served-incomplete" },
    ],
    [
      "a chain with gaps that stays is taken back",
      [look("old")],
      [look("new", { complete: false })],
      6,
      { kind: "take-back", reason: "served-incomplete" },
    ],
    [
      "a chain with gaps stays where it was no better before",
      [look("old", { complete: false })],
      [look("new", { complete: false })],
      9,
      { kind: "wait", reason: "served-incomplete" },
    ],
    [
      "a third certificate is looked at again",
      [look("old")],
      [look("third")],
      5,
      { kind: "wait", reason: "not-served-yet" },
    ],
    [
      "a third certificate that stays is taken back",
      [look("old")],
      [look("third"), look("new", v6)],
      6,
      { kind: "take-back", reason: "served-other" },
    ],
    [
      "a third certificate stays where nothing was served before",
      [look(null)],
      [look("third")],
      9,
      { kind: "wait", reason: "not-served-yet" },
    ],
    [
      "a broken site is looked at again",
      [look("old")],
      [look(null)],
      5,
      { kind: "wait", reason: "tls-refused" },
    ],
    [
      "a site that worked and stays broken is taken back",
      [look("old")],
      [look(null)],
      6,
      { kind: "take-back", reason: "web-server-broken" },
    ],
    [
      "a site that never worked is not taken back",
      [look(null)],
      [look(null)],
      9,
      { kind: "wait", reason: "tls-refused" },
    ],
    [
      "an address that was dead before does not count against it",
      [look("old"), look(null, v6)],
      [look("new"), look(null, v6)],
      1,
      { kind: "verified" },
    ],
  ])("%s", (_name, before, served, looks, expected) => {
    expect(judge(before, served, looks)).toEqual(expected);
  });
});

describe("the state of a request", () => {
  const step = (key: string, done: boolean, attention = false) => ({ key, done, attention, text: "" });
  const look = {
    brandReview: false,
    requiresAction: false,
    steps: [step("dcv", false)],
    control: null,
    hinted: null,
    unread: false,
  };

  test.each<[string, Partial<Parameters<typeof pendingState>[0]>, [string, string | null]]>([
    ["validation open", {}, ["validating", null]],
    ["all steps done", { steps: [step("dcv", true)] }, ["issuing", null]],
    ["no steps told", { steps: [] }, ["validating", null]],
    ["held for a brand", { brandReview: true, requiresAction: true }, ["validating", "brand-review"]],
    ["attention at the phone", { steps: [step("phone", false, true)] }, ["needs-you", "phone-needed"]],
    [
      "action needed, a webhook said which",
      { requiresAction: true, hinted: "whois-needed" },
      ["needs-you", "whois-needed"],
    ],
    ["action needed, nobody said which", { requiresAction: true }, ["needs-you", "message-waiting"]],
    ["DNS elsewhere", { control: "dcv-zone-elsewhere" }, ["needs-you", "dcv-zone-elsewhere"]],
    ["the call could not be made", { hinted: "phone-needed" }, ["needs-you", "phone-needed"]],
    [
      "the call is made since",
      { hinted: "phone-needed", steps: [step("phone", true), step("dcv", false)] },
      ["validating", null],
    ],
    ["the CA wrote", { unread: true, control: "dcv-zone-elsewhere" }, ["needs-you", "message-waiting"]],
    ["the CSR was refused", { hinted: "csr-refused-by-ca" }, ["needs-you", "csr-refused-by-ca"]],
    ["a message that was answered", { hinted: "message-waiting" }, ["validating", null]],
    ["call postponed", { hinted: "phone-delayed" }, ["validating", "phone-delayed"]],
  ])("pending, %s", (_name, change, [state, reason]) => {
    expect(pendingState({ ...look, ...change })).toEqual({ state, reason });
  });

  const row = (
    state: Parameters<typeof issuedState>[1][number]["state"],
    reason: "served-old" | "covers-less" | "newer-installed" | null = null,
  ) => ({ state, reason });
  test.each<[string, Parameters<typeof issuedState>[1], [string, string | null]]>([
    ["nowhere yet", [], ["issued", null]],
    ["planned", [row("planned")], ["installing", null]],
    ["applied", [row("applied", "served-old")], ["installing", "served-old"]],
    ["verified", [row("verified")], ["installed", null]],
    [
      "verified here, refused there",
      [row("verified"), row("refused", "covers-less")],
      ["installed", "covers-less"],
    ],
    ["refused everywhere", [row("refused", "covers-less")], ["needs-you", "covers-less"]],
    ["failed on one of two", [row("verified"), row("failed", "served-old")], ["needs-you", "served-old"]],
    ["taken back", [row("rolled-back")], ["needs-you", null]],
    ["superseded everywhere", [row("superseded")], ["installed", "newer-installed"]],
    [
      "F-30 a newer one of somebody else's everywhere",
      [row("refused", "newer-installed")],
      ["needs-you", "newer-installed"],
    ],
    [
      "verified here, a newer one there",
      [row("verified"), row("refused", "newer-installed")],
      ["installed", null],
    ],
  ])("issued, %s", (_name, installations, [state, reason]) => {
    expect(issuedState({ state: "issued", reason: null }, installations)).toEqual({ state, reason });
  });

  test("a cancelled request stays cancelled, whatever is installed", () => {
    expect(issuedState({ state: "cancelled", reason: "request-cancelled" }, [row("verified")]).state).toBe(
      "cancelled",
    );
  });
});
