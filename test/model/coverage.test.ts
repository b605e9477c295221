import type { ErrorCode } from "../../src/errors.ts";
import {
  type CoverageState,
  type CoveringRequest,
  coverageStates,
  groupOf,
  issuerOf,
  judgeCoverage,
  type ShownCertificate,
  summarise,
} from "../../src/model/coverage.ts";
import { parseHostName } from "../../src/model/host-name.ts";

const now = new Date("2026-11-24T09:00:00Z");
const names = ["example.test", "www.example.test"].map(parseHostName);
const good: ShownCertificate = {
  fingerprint: "aa",
  issuer: "Sectigo Limited",
  names,
  notAfter: new Date("2027-03-01T00:00:00Z"),
  selfSigned: false,
  complete: true,
  managed: false,
};

function stateOf(changes: Partial<ShownCertificate> | null, requests: CoveringRequest[] = []): CoverageState {
  const certificate = changes === null ? null : { ...good, ...changes };
  return judgeCoverage({ names, look: { at: now, certificate }, requests, now }).state;
}

test.each<[string, Partial<ShownCertificate> | null, CoverageState]>([
  ["nothing", null, "unprotected"],
  ["an expired certificate", { notAfter: now }, "expired"],
  ["a self-signed one", { selfSigned: true, complete: false }, "self-signed"],
  ["one without a way to a trusted root", { complete: false }, "untrusted"],
  [
    "the server's own for another name",
    { names: [parseHostName("server.test")], complete: false },
    "other-name",
  ],
  ["one for some of its names", { names: names.slice(0, 1) }, "incomplete"],
  ["one that ends within two weeks", { notAfter: new Date("2026-12-05T00:00:00Z") }, "ending"],
  ["a free one by its issuer", { issuer: "Let's Encrypt" }, "free"],
  ["one that the panel's engine looks after", { managed: true }, "free"],
  ["a good one", {}, "secured"],
  ["a wildcard that covers all", { names: ["*.example.test", "example.test"].map(parseHostName) }, "secured"],
])("a website that shows %s is told so", (_what, changes, expected) => {
  expect(stateOf(changes)).toBe(expected);
});

test("a website nobody looked at yet is unknown, not unprotected", () => {
  expect(judgeCoverage({ names, look: null, requests: [], now }).state).toBe("unknown");
});

test.each<[CoveringRequest["state"], CoverageState]>([
  ["draft", "unprotected"],
  ["needs-you", "waiting"],
  ["ordering", "under-way"],
  ["validating", "under-way"],
  ["installing", "under-way"],
  ["failed", "unprotected"],
  ["cancelled", "unprotected"],
])("with an own request that is %s, an unprotected website is %s", (state, expected) => {
  expect(stateOf(null, [{ reference: "xs-1", state, reason: null, fingerprint: null }])).toBe(expected);
});

test("a draft hides no problem, and ordering goes on where it was left; one that waits for approval waits for the host", () => {
  const draft = { reference: "xs-1", state: "draft", fingerprint: null } as const;
  const site = { names, look: { at: now, certificate: null }, now };
  expect(judgeCoverage({ ...site, requests: [{ ...draft, reason: null }] })).toMatchObject({
    state: "unprotected",
    request: "xs-1",
  });
  expect(judgeCoverage({ ...site, requests: [{ ...draft, reason: "approval-needed" }] }).state).toBe("held");
});

test.each<[ErrorCode, CoverageState]>([
  ["dcv-email-waiting", "waiting"],
  ["account-suspended", "held"],
  ["panel-refused-us", "held"],
])("an own request that needs somebody because of %s leaves its website %s", (reason, expected) => {
  const request = { reference: "xs-1", state: "needs-you", reason, fingerprint: null } as const;
  expect(stateOf(null, [request])).toBe(expected);
});

test("an own certificate that is shown is secured, whatever else is under way for the name", () => {
  const requests: CoveringRequest[] = [
    { reference: "xs-2", state: "validating", reason: null, fingerprint: null },
    { reference: "xs-1", state: "installed", reason: null, fingerprint: "aa" },
  ];
  expect(judgeCoverage({ names, look: { at: now, certificate: good }, requests, now })).toEqual({
    state: "secured",
    uncovered: [],
    request: "xs-1",
  });
});

test("the names that are not covered are named", () => {
  const certificate = { ...good, names: names.slice(0, 1) };
  expect(judgeCoverage({ names, look: { at: now, certificate }, requests: [], now }).uncovered).toEqual([
    "www.example.test",
  ]);
});

test("every state belongs to one group, and problems come before what is in order", () => {
  const groups = coverageStates.map(groupOf);
  expect(groups.lastIndexOf("problems")).toBeLessThan(groups.indexOf("secured"));
  expect(summarise(coverageStates)).toEqual({
    total: coverageStates.length,
    secured: 2,
    problems: 7,
    waiting: 1,
    held: 1,
    underWay: 1,
    unknown: 1,
  });
});

test.each([
  ["C=US\nO=Let's Encrypt\nCN=R11", "Let's Encrypt"],
  ["CN=Some CA", "Some CA"],
  ["OU=x", "OU=x"],
])("of the issuer %j people know %s", (issuer, known) => {
  expect(issuerOf({ issuer })).toBe(known);
});
