import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { type PlanInput, planInstallation } from "../../src/model/plan-installation.ts";
import type { Account, InstalledCertificate, Vhost } from "../../src/panel.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";

const ca = new TestAuthority(testNow);
const names = (...texts: string[]): HostName[] => texts.map(parseHostName);

const bob: Account = {
  name: "bob",
  role: "account",
  owner: "reseller",
  createdAt: "2025-01-01T00:00:00Z",
  suspended: false,
  tlsAllowed: true,
  dnsAllowed: true,
  email: null,
  language: null,
};
const site: Vhost = {
  id: "example.nl",
  account: "bob",
  names: names("example.nl", "www.example.nl", "shop.example.nl"),
  addresses: ["192.0.2.1"],
  suspended: false,
  tls: true,
};
const certificate = ca.leaf(["example.nl", "www.example.nl", "shop.example.nl"]);

const aDay = 24 * 3_600_000;
const reissued = ca.leaf(["example.nl", "www.example.nl", "shop.example.nl"], {
  from: new Date(certificate.notBefore.getTime() + aDay),
  days: (certificate.notAfter.getTime() - certificate.notBefore.getTime()) / aDay - 1,
});

function input(change: Partial<PlanInput> = {}): PlanInput {
  return {
    certificate,
    finding: null,
    keyAtHand: true,
    request: { account: "bob", accountCreatedAt: bob.createdAt, names: certificate.names },
    accounts: [bob, { ...bob, name: "eve" }],
    vhosts: [site],
    current: new Map(),
    policy: { replace: "when-better", adoptFreeCertificates: true },
    force: false,
    onlyVhost: null,
    now: testNow,
    ...change,
  };
}

function carrying(
  change: Partial<InstalledCertificate> & { leaf: InstalledCertificate["leaf"] },
): Partial<PlanInput> {
  return { current: new Map([[site.id, { chain: [], managedByPanel: false, ...change }]]) };
}

function outcome(change: Partial<PlanInput> = {}): string[] {
  return planInstallation(input(change)).map((step) =>
    step.action === "install"
      ? `install ${step.vhost.id}`
      : `${step.reason}${step.vhost === null ? "" : ` ${step.vhost.id}`}`,
  );
}

const otherNames = ["example.nl", "www.example.nl", "shop.example.nl"];

test.each<[string, Partial<PlanInput>, string[]]>([
  ["a finding about the certificate stops everything", { finding: "chain-incomplete" }, ["chain-incomplete"]],
  ["a missing key stops everything", { keyAtHand: false }, ["key-missing"]],
  [
    "force does not overrule validity",
    { finding: "certificate-expired", force: true },
    ["certificate-expired"],
  ],
  [
    "F-32 an account re-created under the same name is another one",
    { accounts: [{ ...bob, createdAt: "2026-06-01T00:00:00Z" }] },
    ["owner-changed"],
  ],
  [
    "F-31 a vhost that moved to another account is not touched",
    { vhosts: [{ ...site, account: "eve" }] },
    ["owner-changed"],
  ],
  ["F-31 not even by force", { vhosts: [{ ...site, account: "eve" }], force: true }, ["owner-changed"]],
  ["no vhost at all", { vhosts: [] }, ["no-vhost"]],
  ["no vhost with a name of it", { vhosts: [{ ...site, names: names("other.example") }] }, ["no-vhost"]],
  ["a vhost asked for that is not there", { onlyVhost: "gone.example" }, ["vhost-unknown"]],
  [
    "a vhost asked for that it does not cover",
    { onlyVhost: "other.example", vhosts: [{ ...site, id: "other.example", names: names("other.example") }] },
    ["names-not-covered"],
  ],
  ["a suspended account", { accounts: [{ ...bob, suspended: true }] }, ["account-suspended example.nl"]],
  ["a suspended vhost", { vhosts: [{ ...site, suspended: true }] }, ["account-suspended example.nl"]],
  [
    "an account that may not use TLS",
    { accounts: [{ ...bob, tlsAllowed: false }] },
    ["ssl-not-allowed example.nl"],
  ],
  ["the same certificate already there", carrying({ leaf: certificate }), ["already-installed example.nl"]],
  [
    "one that lasts longer",
    carrying({ leaf: ca.leaf(otherNames, { days: 300 }) }),
    ["newer-installed example.nl"],
  ],
  ["a reissue that ends on the same day", carrying({ leaf: reissued }), ["newer-installed example.nl"]],
  [
    "F-30 one that covers a name more",
    carrying({ leaf: ca.leaf([...otherNames, "mail.example.nl"]) }),
    ["install example.nl"],
  ],
  [
    "policy never",
    {
      ...carrying({ leaf: ca.leaf(otherNames, { days: 30 }) }),
      policy: { replace: "never", adoptFreeCertificates: true },
    },
    ["policy-keeps-current example.nl"],
  ],
  [
    "a free certificate where policy keeps them",
    {
      ...carrying({ leaf: ca.leaf(otherNames, { days: 90 }), managedByPanel: true }),
      policy: { replace: "when-better", adoptFreeCertificates: false },
    },
    ["policy-keeps-current example.nl"],
  ],
])("%s", (_name, change, expected) => {
  expect(outcome(change)).toEqual(expected);
});

test("a refusal says for which vhost it is, or that it is for none", () => {
  const nowhere = (reason: string) => [{ action: "refuse", vhost: null, reason }];
  expect(planInstallation(input({ keyAtHand: false }))).toEqual(nowhere("key-missing"));
  expect(planInstallation(input({ vhosts: [{ ...site, account: "eve" }] }))).toEqual(
    nowhere("owner-changed"),
  );
  expect(planInstallation(input({ vhosts: [] }))).toEqual(nowhere("no-vhost"));
  const other = { ...site, id: "other.example", names: names("other.example") };
  expect(planInstallation(input({ onlyVhost: "other.example", vhosts: [site, other] }))).toEqual(
    nowhere("names-not-covered"),
  );
  expect(planInstallation(input({ vhosts: [{ ...site, suspended: true }] }))).toEqual([
    { action: "refuse", vhost: { ...site, suspended: true }, reason: "account-suspended" },
  ]);
});

describe("whose it is", () => {
  test.each<[string, Partial<PlanInput>, string[]]>([
    [
      "an order without an account goes wherever its names are",
      { request: { account: null, accountCreatedAt: null, names: certificate.names } },
      ["install example.nl"],
    ],
    [
      "an account that is gone owns nothing, and its names are another's now",
      { accounts: [{ ...bob, name: "eve" }], vhosts: [{ ...site, account: "eve" }] },
      ["owner-changed"],
    ],
    ["a vhost whose account is not listed is left alone", { accounts: [] }, ["account-unknown example.nl"]],
    [
      "when another account was created does not matter",
      { accounts: [{ ...bob, name: "eve", createdAt: "2020-01-01T00:00:00Z", suspended: true }, bob] },
      ["install example.nl"],
    ],
    [
      "where nobody wrote down when the account was created, its name decides",
      { request: { account: "bob", accountCreatedAt: null, names: certificate.names } },
      ["install example.nl"],
    ],
    [
      "where the panel does not say when the account was created, its name decides",
      { accounts: [{ ...bob, createdAt: null }] },
      ["install example.nl"],
    ],
  ])("%s", (_name, change, expected) => {
    expect(outcome(change)).toEqual(expected);
  });
});

describe("what is in use gives way where it is good for nothing", () => {
  const longer = ca.leaf(otherNames, { days: 300 });
  test.each<[string, Partial<PlanInput>, string[]]>([
    [
      "it has ended this moment",
      { ...carrying({ leaf: longer }), now: longer.notAfter },
      ["install example.nl"],
    ],
    [
      "it is to begin in a moment",
      { ...carrying({ leaf: longer }), now: new Date(longer.notBefore.getTime() - 1) },
      ["install example.nl"],
    ],
    [
      "it began this moment",
      { ...carrying({ leaf: longer }), now: longer.notBefore },
      ["newer-installed example.nl"],
    ],
    ["it signs itself", carrying({ leaf: { ...longer, selfSigned: true } }), ["install example.nl"]],
    [
      "it covers one of the names",
      carrying({ leaf: ca.leaf(["example.nl"], { days: 300 }) }),
      ["newer-installed example.nl"],
    ],
  ])("%s", (_name, change, expected) => {
    expect(outcome(change)).toEqual(expected);
  });
});

test("F-30 a certificate that covers fewer names of the vhost than the one in use waits for a decision", () => {
  const narrow = ca.leaf(["example.nl", "www.example.nl"]);
  const current = carrying({ leaf: ca.leaf(otherNames, { days: 30 }) });
  expect(outcome({ ...current, certificate: narrow })).toEqual(["covers-less example.nl"]);
  expect(outcome({ ...current, certificate: narrow, force: true })).toEqual(["install example.nl"]);
});

test.each<[string, Partial<PlanInput>]>([
  ["nothing", {}],
  ["an older one", carrying({ leaf: ca.leaf(otherNames, { days: 30 }) })],
  [
    "an expired one that lasted longer in its time",
    carrying({ leaf: ca.leaf(otherNames, { from: new Date("2020-01-01") }) }),
  ],
  ["one for quite other names", carrying({ leaf: ca.leaf(["elsewhere.example"], { days: 500 }) })],
  [
    "a free one of the panel's own engine",
    carrying({ leaf: ca.leaf(otherNames, { days: 500 }), managedByPanel: true }),
  ],
  ["a self-signed one", carrying({ leaf: ca.part("root") })],
])("a vhost that carries %s takes it", (_name, change) => {
  expect(outcome(change)).toEqual(["install example.nl"]);
});

test("policy always replaces one that lasts longer, and so does force", () => {
  const longer = carrying({ leaf: ca.leaf(otherNames, { days: 300 }) });
  expect(outcome({ ...longer, policy: { replace: "always", adoptFreeCertificates: true } })).toEqual([
    "install example.nl",
  ]);
  expect(outcome({ ...longer, force: true })).toEqual(["install example.nl"]);
});

test("F-34 several vhosts of the account each get a step of their own; those of others are not even named", () => {
  const wide = ca.leaf(["example.nl", "example.org", "example.com"]);
  const vhosts = [
    site,
    { ...site, id: "example.org", names: names("example.org") },
    { ...site, id: "example.com", names: names("example.com"), account: "eve" },
  ];
  expect(outcome({ certificate: wide, vhosts })).toEqual(["install example.nl", "install example.org"]);
  expect(outcome({ certificate: wide, vhosts, onlyVhost: "example.org" })).toEqual(["install example.org"]);
});

test("a wildcard reaches a vhost of its own below it", () => {
  const wildcard = ca.leaf(["*.example.nl", "example.nl"]);
  const vhosts = [site, { ...site, id: "shop.example.nl", names: names("shop.example.nl") }];
  expect(outcome({ certificate: wildcard, vhosts })).toEqual([
    "install example.nl",
    "install shop.example.nl",
  ]);
});
