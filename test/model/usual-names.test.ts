import { judgeCoverage } from "../../src/model/coverage.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { offersFor, type Product } from "../../src/model/product.ts";
import { isServiceName, namesInOrder, namesNeeded, usualNames } from "../../src/model/usual-names.ts";

const names = (...texts: string[]): HostName[] => texts.map(parseHostName);

test.each<[string, string[], boolean]>([
  ["mail.example.nl", ["example.nl", "mail.example.nl"], true],
  ["ftp.example.nl", ["example.nl", "ftp.example.nl"], true],
  ["webmail.example.nl", ["example.nl", "webmail.example.nl"], true],
  ["shop.example.nl", ["example.nl", "shop.example.nl"], false],
  // The website itself is called so: there is nothing beside which it could be a service.
  ["mail.example.nl", ["mail.example.nl", "www.mail.example.nl"], false],
  ["mailing.example.nl", ["example.nl", "mailing.example.nl"], false],
])("whether %s of %j is the name of a service: %s", (name, site, expected) => {
  expect(isServiceName(parseHostName(name), names(...site))).toBe(expected);
});

test.each<[string[], string[]]>([
  [[], []],
  [["example.nl"], ["example.nl"]],
  [
    ["example.nl", "mail.example.nl", "www.example.nl"],
    ["example.nl", "www.example.nl"],
  ],
  [
    ["www.example.nl", "mail.example.nl", "example.nl"],
    ["www.example.nl", "example.nl"],
  ],
  [["example.nl", "mail.example.nl"], ["example.nl"]],
  [["example.nl", "example.org", "www.example.org"], ["example.nl"]],
  [["*.example.nl", "example.nl"], ["*.example.nl"]],
])("of the website %j, %j is ordered when nobody chose", (site, expected) => {
  expect(usualNames(names(...site))).toEqual(expected);
});

test("services come last, and the partner of the main name right after it", () => {
  const site = names("example.nl", "mail.example.nl", "example.org", "www.example.nl");
  expect(namesInOrder(site)).toEqual(["example.nl", "www.example.nl", "example.org", "mail.example.nl"]);
  expect(namesNeeded(site)).toEqual(["example.nl", "www.example.nl", "example.org"]);
});

test("a website is not incomplete because its certificate leaves a service out", () => {
  const site = names("example.nl", "www.example.nl", "mail.example.nl");
  const certificate = {
    fingerprint: "f",
    issuer: "Sectigo Limited",
    names: names("example.nl", "www.example.nl"),
    notAfter: new Date("2027-06-01"),
    selfSigned: false,
    complete: true,
    managed: false,
  };
  const now = new Date("2026-12-01");
  const judged = (shown: HostName[]) =>
    judgeCoverage({
      names: site,
      look: { at: now, certificate: { ...certificate, names: shown } },
      requests: [],
      now,
    });
  expect(judged(certificate.names)).toMatchObject({ state: "secured", uncovered: ["mail.example.nl"] });
  expect(judged(names("example.nl"))).toMatchObject({ state: "incomplete" });
});

test("the usual names lead to a single certificate with the other name for free, the cheapest first", () => {
  const product = (id: number, name: string, type: Product["type"], cents: number): Product => ({
    id,
    brand: "Sectigo",
    name,
    type,
    validation: "DV",
    includedNames: 1,
    maxNames: null,
    prices: [
      { years: 1, cents, extraCents: 900, extraWildcardCents: null },
      { years: 2, cents: cents * 2, extraCents: 900, extraWildcardCents: null },
    ],
  });
  const sold = [
    product(1, "A dear one", "SINGLE", 4900),
    product(2, "Wildcard", "WILDCARD", 7000),
    product(3, "The cheap one", "SINGLE", 900),
    product(4, "Of unknown price", "SINGLE", 0),
  ].map((one) =>
    one.id === 4
      ? { ...one, prices: [{ years: 1, cents: null, extraCents: null, extraWildcardCents: null }] }
      : one,
  );
  const chosen = usualNames(names("example.nl", "mail.example.nl", "www.example.nl"));
  expect(
    offersFor(sold, chosen, "all").map(({ product: { id }, years, freeName }) => [id, years, freeName]),
  ).toEqual([
    [3, 1, true],
    [3, 2, true],
    [1, 1, true],
    [1, 2, true],
    [4, 1, true],
  ]);
});
