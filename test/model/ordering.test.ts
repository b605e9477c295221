import { chooseDcvMethod } from "../../src/model/choose-dcv-method.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { organisationProblems, readOrganisation } from "../../src/model/organisation.ts";
import { type CaaRecord, caaForbids, judgePreflight, type NameLooks } from "../../src/model/preflight.ts";
import { offersFor, type Product, priceOf } from "../../src/model/product.ts";
import { judgeSpending, type SpendingRules } from "../../src/model/spending.ts";
import { openSpending } from "./open-spending.ts";

const price = { years: 1, cents: 900, extraCents: null, extraWildcardCents: null };
function product(changes: Partial<Product>): Product {
  return {
    id: 90,
    brand: "Sectigo",
    name: "EssentialSSL",
    type: "SINGLE",
    validation: "DV",
    includedNames: 1,
    maxNames: null,
    prices: [price],
    ...changes,
  };
}
const single = product({});
const wildcard = product({ id: 91, name: "Wildcard", type: "WILDCARD", prices: [{ ...price, cents: 7000 }] });
const multi = product({
  id: 92,
  name: "Multi",
  type: "MULTI",
  includedNames: 3,
  maxNames: 5,
  prices: [{ years: 1, cents: 2900, extraCents: 900, extraWildcardCents: 7900 }],
});
const plainMulti = product({
  id: 93,
  name: "Multi without wildcards",
  type: "MULTI",
  includedNames: 4,
  prices: [{ years: 1, cents: 19_000, extraCents: 9000, extraWildcardCents: null }],
});
const ev = product({ id: 94, name: "EV", validation: "EV", prices: [{ ...price, cents: 14_900 }] });
const all = [ev, plainMulti, multi, wildcard, single];
const names = (...texts: string[]): HostName[] => texts.map(parseHostName);

test.each<[string[], [number, string[], boolean][]]>([
  [
    ["example.nl"],
    [
      [90, ["example.nl"], false],
      [94, ["example.nl"], false],
    ],
  ],
  [
    ["example.nl", "www.example.nl"],
    [
      [90, ["example.nl"], true],
      [94, ["example.nl"], true],
    ],
  ],
  [
    ["www.example.nl", "example.nl"],
    [
      [90, ["www.example.nl"], true],
      [94, ["www.example.nl"], true],
    ],
  ],
  [["*.example.nl"], [[91, ["*.example.nl"], false]]],
  [
    ["*.example.nl", "example.nl"],
    [
      [92, ["*.example.nl", "example.nl"], false],
      [91, ["*.example.nl"], true],
    ],
  ],
  [
    ["shop.example.nl", "blog.example.nl"],
    [
      [92, ["shop.example.nl", "blog.example.nl"], false],
      [91, ["*.example.nl"], false],
      [93, ["shop.example.nl", "blog.example.nl"], false],
    ],
  ],
  [
    ["example.nl", "example.org"],
    [
      [92, ["example.nl", "example.org"], false],
      [93, ["example.nl", "example.org"], false],
    ],
  ],
  [
    ["a.nl", "b.nl", "c.nl", "d.nl", "e.nl", "f.nl"],
    [[93, ["a.nl", "b.nl", "c.nl", "d.nl", "e.nl", "f.nl"], false]],
  ],
  [
    ["a.b.example.nl", "example.nl"],
    [
      [92, ["a.b.example.nl", "example.nl"], false],
      [93, ["a.b.example.nl", "example.nl"], false],
    ],
  ],
])("for %j only what they need is offered", (chosen, expected) => {
  const offers = offersFor(all, names(...chosen), "all");
  expect(offers.map(({ product: { id }, names: ordered, freeName }) => [id, ordered, freeName])).toEqual(
    expected,
  );
});

test("what the policy does not name is not offered", () => {
  expect(offersFor(all, names("example.nl"), [94]).map(({ product: { id } }) => id)).toEqual([94]);
});

test.each<[Product, string[], number | null, boolean]>([
  [single, ["a.nl"], 900, true],
  [multi, ["a.nl", "b.nl", "c.nl"], 2900, true],
  [multi, ["a.nl", "b.nl", "c.nl", "d.nl"], 3800, false],
  [multi, ["a.nl", "b.nl", "c.nl", "d.nl", "*.e.nl"], 11_700, false],
  [plainMulti, ["a.nl", "b.nl", "c.nl", "d.nl", "*.e.nl"], null, false],
  [product({ prices: [{ ...price, cents: null }] }), ["a.nl"], null, false],
])("the price is never said too low (%#)", (sold, chosen, cents, exact) => {
  expect(priceOf(sold, 1, names(...chosen))).toEqual({ cents, exact });
});

const none = { all: { orders: 0, cents: 0 }, account: { orders: 0, cents: 0 } };
const order = { level: "account", productId: 90, cents: 900, approved: false } as const;

test.each<[string, Partial<SpendingRules>, typeof none, string]>([
  ["nobody at that level may order", { orderingBy: ["admin"] }, none, "order-not-allowed"],
  ["the product is not on the list", { products: [91] }, none, "product-not-allowed"],
  [
    "the day is full",
    { limits: { ...openSpending.limits, ordersPerDay: 2 } },
    { ...none, all: { orders: 2, cents: 0 } },
    "order-limit-reached",
  ],
  [
    "the account's day is full",
    { limits: { ...openSpending.limits, ordersPerAccountPerDay: 1 } },
    { ...none, account: { orders: 1, cents: 0 } },
    "order-limit-reached",
  ],
  [
    "the day's money would be overspent by one cent",
    { limits: { ...openSpending.limits, eurosPerDay: 100 } },
    { ...none, all: { orders: 5, cents: 9101 } },
    "order-limit-reached",
  ],
  [
    "the account's money would be overspent",
    { limits: { ...openSpending.limits, eurosPerAccountPerDay: 8 } },
    none,
    "order-limit-reached",
  ],
])("an order is refused when %s", (_why, rules, spent, code) => {
  expect(judgeSpending({ ...openSpending, ...rules }, order, spent)).toEqual({ kind: "refuse", code });
});

test("a limit on money refuses what has no price", () => {
  const rules = { ...openSpending, limits: { ...openSpending.limits, eurosPerDay: 1_000_000 } };
  expect(judgeSpending(rules, { ...order, cents: null }, none).kind).toBe("refuse");
});

test("an order exactly within the limits is placed, and one that needs approval waits for it once", () => {
  const rules = { ...openSpending, limits: { ...openSpending.limits, eurosPerDay: 100, ordersPerDay: 6 } };
  expect(judgeSpending(rules, order, { ...none, all: { orders: 5, cents: 9100 } })).toEqual({
    kind: "place",
  });
  const asking = { ...openSpending, approvalFor: ["account" as const] };
  expect(judgeSpending(asking, order, none)).toEqual({ kind: "approval" });
  expect(judgeSpending(asking, { ...order, approved: true }, none)).toEqual({ kind: "place" });
  expect(judgeSpending(asking, { ...order, level: "admin" }, none)).toEqual({ kind: "place" });
});

test.each([
  ["here", true, true, "DNS"],
  ["unknown", true, false, "DNS"],
  ["elsewhere", true, true, "FILE"],
  ["here", false, true, "FILE"],
  ["elsewhere", true, false, "DNS"],
] as const)(
  "a zone %s, DNS writable %s, leading here %s: validated by %s",
  (zone, canWriteDns, leadsHere, method) => {
    expect(chooseDcvMethod({ name: parseHostName("a.nl"), zone, canWriteDns, leadsHere })).toBe(method);
  },
);

test("a wildcard is never validated by a file", () => {
  const name = parseHostName("*.a.nl");
  expect(chooseDcvMethod({ name, zone: "elsewhere", canWriteDns: false, leadsHere: true })).toBe("DNS");
});

const dutch = {
  company: "Example B.V.",
  address: "Straat 1",
  zipcode: "1234 AB",
  city: "Alkmaar",
  country: "NL",
  kvk: "12345678",
  approverRepresentativeFirstName: "Anna",
  approverRepresentativeLastName: "Jansen",
  approverRepresentativeEmail: "anna@example.nl",
  approverRepresentativePhone: "+31 20 1234567",
};

test("a full organisation has no problem, an empty one names every field that is needed", () => {
  expect(organisationProblems(dutch, "EV")).toEqual([]);
  expect(organisationProblems({}, "OV")).toHaveLength(9);
  expect(organisationProblems({}, "DV")).toEqual([]);
});

test.each([
  ["country", "Nederland", "country"],
  ["kvk", "123", "kvk"],
  ["kvk", "", "missing"],
  ["approverRepresentativeEmail", "anna@", "email"],
  ["approverRepresentativePhone", "020-1234567", "phone"],
  ["company", "x".repeat(201), "too-long"],
])("%s with %j is told as %s", (field, value, kind) => {
  const form = new Map(Object.entries({ ...dutch, [field]: value }));
  expect(organisationProblems(readOrganisation(form), "OV")).toEqual([{ field, kind }]);
});

test("of a form only the known fields are taken, on one line and without control characters", () => {
  const form = new Map([
    ["company", "  A\r\nB\u0000C "],
    ["country", "nl"],
    ["product", "1"],
  ]);
  expect(readOrganisation(form)).toEqual({ company: "A B C", country: "NL" });
});

const look: NameLooks = {
  name: parseHostName("example.nl"),
  addresses: ["192.0.2.1", "2001:db8::1"],
  caa: [],
  dnssec: "fine",
  zone: "here",
  file: { kind: "free" },
};
function codes(changes: Partial<NameLooks>, method: "DNS" | "FILE" | "EMAIL" = "DNS"): string[] {
  const seen = { ...look, ...changes };
  return judgePreflight({
    looks: [seen],
    methods: new Map([[seen.name, method]]),
    serverAddresses: ["192.0.2.1", "2001:db8::1"],
    siteNames: new Set([look.name]),
    brand: "Sectigo",
    maxNames: null,
    securedUntil: null,
    keyHere: true,
  }).map(({ code, severity, fact }) => `${severity} ${code} ${fact}`.trim());
}

test.each<[string, Partial<NameLooks>, "DNS" | "FILE" | "EMAIL", string[]]>([
  ["all is well", {}, "DNS", []],
  ["the name leads elsewhere", { addresses: ["198.51.100.9"] }, "DNS", ["warn leads-elsewhere 198.51.100.9"]],
  [
    "only IPv6 leads elsewhere, by file",
    { addresses: ["192.0.2.1", "2001:db8::9"] },
    "FILE",
    ["warn some-addresses-elsewhere 2001:db8::9"],
  ],
  ["the name does not exist", { addresses: [] }, "DNS", ["warn name-unknown"]],
  ["nobody could be asked", { addresses: null, caa: null, dnssec: "unknown" }, "DNS", ["note not-looked"]],
  [
    "CAA names another CA",
    { caa: [{ tag: "issue", value: "letsencrypt.org", critical: false }] },
    "DNS",
    ["stop caa-forbids letsencrypt.org"],
  ],
  ["DNSSEC is broken", { dnssec: "broken" }, "DNS", ["stop dnssec-broken"]],
  ["the zone is elsewhere", { zone: "elsewhere" }, "DNS", ["warn dns-by-hand"]],
  [
    "the file is redirected",
    { file: { kind: "redirect", to: "https://shop.example.org/" } },
    "FILE",
    ["stop file-redirected https://shop.example.org/"],
  ],
  ["a login stands before it", { file: { kind: "blocked", status: 401 } }, "FILE", ["stop file-blocked 401"]],
  ["no web server answers", { file: { kind: "silent" } }, "FILE", ["warn site-silent"]],
  ["it is proven by mail", {}, "EMAIL", ["warn mail-by-hand"]],
  ["the site is not here", { name: parseHostName("other.nl") }, "DNS", ["warn no-site"]],
  ["a wildcard by file", { name: parseHostName("*.example.nl") }, "FILE", ["stop wildcard-by-file"]],
  ["a public suffix", { name: parseHostName("co.uk") }, "DNS", ["stop name-not-public"]],
])("before an order: %s", (_what, changes, method, expected) => {
  expect(codes(changes, method)).toEqual(expected);
});

test("what is about the order as a whole is found too, stops first", () => {
  const long = `${"a".repeat(60)}.example.nl`;
  const looks = [long, "b.nl", "c.nl"].map((name) => ({ ...look, name: parseHostName(name) }));
  const found = judgePreflight({
    looks,
    methods: new Map(),
    serverAddresses: look.addresses ?? [],
    siteNames: new Set(looks.map(({ name }) => name)),
    brand: "Sectigo",
    maxNames: 2,
    securedUntil: new Date("2027-03-01T00:00:00Z"),
    keyHere: false,
  });
  expect(found.map(({ code, severity }) => [code, severity])).toEqual([
    ["name-too-long", "stop"],
    ["too-many-names", "stop"],
    ["already-secured", "warn"],
    ["key-elsewhere", "warn"],
  ]);
});

const caa = (...pairs: [string, string][]): CaaRecord[] =>
  pairs.map(([tag, value]) => ({ tag, value, critical: false }));
test.each<[CaaRecord[], boolean, string, string | null]>([
  [[], false, "Sectigo", null],
  [caa(["issue", "sectigo.com"]), false, "Comodo", null],
  [caa(["issue", "Sectigo.com; account=1"]), false, "Sectigo", null],
  [caa(["issue", "letsencrypt.org"], ["issue", "sectigo.com"]), false, "Sectigo", null],
  [caa(["issue", ";"]), false, "Sectigo", "–"],
  [caa(["issue", "sectigo.com"], ["issuewild", ";"]), true, "Sectigo", "–"],
  [caa(["issue", "sectigo.com"], ["issuewild", ";"]), false, "Sectigo", null],
  [caa(["iodef", "mailto:a@b.nl"]), false, "Sectigo", null],
  [caa(["issue", "digicert.com"]), false, "GeoTrust", null],
  [caa(["issue", "letsencrypt.org"]), false, "Unheard-of", null],
  [[{ tag: "future", value: "x", critical: true }], false, "Sectigo", "future"],
])("CAA %j (wildcard %s) for %s: %j", (records, isWild, brand, forbidden) => {
  expect(caaForbids(records, isWild, brand)).toBe(forbidden);
});
