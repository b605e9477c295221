import { parseHostName } from "../../src/model/host-name.ts";
import { caaForbids, judgePreflight, preflightCodes } from "../../src/model/preflight.ts";

/* What decides at the border between two answers. */

const n = parseHostName;

describe("before an order", () => {
  const look = {
    name: n("example.nl"),
    addresses: ["192.0.2.1"],
    caa: [],
    dnssec: "fine" as const,
    zone: "here" as const,
    file: { kind: "free" as const },
  };
  type Looks = Parameters<typeof judgePreflight>[0];
  const found = (changes: Partial<Looks["looks"][number]>, input: Partial<Looks> = {}) =>
    judgePreflight({
      looks: [{ ...look, ...changes }],
      methods: new Map(),
      serverAddresses: ["192.0.2.1", "2001:db8::1"],
      siteNames: new Set([n("example.nl")]),
      brand: "Sectigo",
      maxNames: null,
      securedUntil: null,
      keyHere: true,
      ...input,
    });
  const codes = (...parameters: Parameters<typeof found>) => found(...parameters).map(({ code }) => code);

  test("each finding says about which name it is, with its fact", () => {
    expect(found({ zone: "elsewhere" })).toEqual([
      { code: "dns-by-hand", severity: "warn", name: "example.nl", fact: "" },
    ]);
    expect(found({}, { securedUntil: new Date("2027-03-01T12:00:00Z") })).toEqual([
      { code: "already-secured", severity: "warn", name: null, fact: "2027-03-01" },
    ]);
    expect(found({}, { maxNames: 0 })).toEqual([
      { code: "too-many-names", severity: "stop", name: null, fact: "0" },
    ]);
    expect(found({}, { maxNames: 1 })).toEqual([]);
  });

  test("a common name of 64 characters is short enough, and others may be longer", () => {
    const name = (length: number) => n(`${"a".repeat(length - 11)}.example.nl`);
    const site = (name_: ReturnType<typeof name>) => ({ siteNames: new Set([name_]) });
    expect(codes({ name: name(64) }, site(name(64)))).toEqual([]);
    expect(codes({ name: name(65) }, site(name(65)))).toEqual(["name-too-long"]);
    const looks = [look, { ...look, name: name(65) }];
    expect(codes({}, { looks, siteNames: new Set(looks.map(({ name: one }) => one)) })).toEqual([]);
    expect(codes({}, { looks: [] })).toEqual([]);
  });

  test("stops come first, notes last, whatever was found first", () => {
    expect(codes({ addresses: null, dnssec: "broken", zone: "elsewhere" }, { keyHere: false })).toEqual([
      "dnssec-broken",
      "key-elsewhere",
      "dns-by-hand",
      "not-looked",
    ]);
  });

  test("addresses that are partly elsewhere matter for a file only", () => {
    const addresses = ["192.0.2.1", "198.51.100.7", "198.51.100.8"];
    expect(codes({ addresses })).toEqual([]);
    expect(found({ addresses }, { methods: new Map([[look.name, "FILE"]]) })).toMatchObject([
      { code: "some-addresses-elsewhere", fact: "198.51.100.7, 198.51.100.8" },
    ]);
    expect(found({ addresses: addresses.slice(1) })).toMatchObject([
      { code: "leads-elsewhere", fact: "198.51.100.7, 198.51.100.8" },
    ]);
  });

  test("a wildcard needs no address, and is at home where a name below it is", () => {
    const name = n("*.example.nl");
    expect(codes({ name, addresses: [] })).toEqual([]);
    expect(codes({ name }, { siteNames: new Set([n("shop.example.nl")]) })).toEqual([]);
    expect(codes({ name }, { siteNames: new Set([n("shopexample.nl")]) })).toEqual(["no-site"]);
    expect(codes({}, { siteNames: new Set([n("shop.example.nl")]) })).toEqual(["no-site"]);
  });

  test("the file is looked at only where it proves anything, and a name nobody looked at finds nothing", () => {
    const silent = { file: { kind: "silent" as const } };
    const byFile = { methods: new Map([[look.name, "FILE" as const]]) };
    expect(codes(silent)).toEqual([]);
    expect(codes(silent, byFile)).toEqual(["site-silent"]);
    expect(codes({ file: null }, byFile)).toEqual([]);
    expect(codes({}, byFile)).toEqual([]);
    expect(codes({ zone: "elsewhere" }, byFile)).toEqual([]);
  });

  test("nothing more is said about a name that is not public", () => {
    expect(codes({ name: n("co.uk"), dnssec: "broken", zone: "elsewhere" })).toEqual(["name-not-public"]);
  });

  test("CAA of a name is judged by whether it is a wildcard", () => {
    const caa = [
      { tag: "issue", value: "sectigo.com", critical: false },
      { tag: "issuewild", value: "letsencrypt.org", critical: false },
    ];
    expect(codes({ caa })).toEqual([]);
    expect(found({ caa, name: n("*.example.nl") })).toMatchObject([
      { code: "caa-forbids", fact: "letsencrypt.org" },
    ]);
    expect(codes({ caa: null })).toEqual([]);
  });

  test("codes are listed once", () => {
    expect(new Set(preflightCodes).size).toBe(preflightCodes.length);
    expect(preflightCodes).toHaveLength(18);
  });

  test.each([
    ["Sectigo", ["sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"]],
    ["Comodo", ["sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"]],
    [
      "DigiCert",
      ["digicert.com", "www.digicert.com", "symantec.com", "thawte.com", "geotrust.com", "rapidssl.com"],
    ],
    [
      "GeoTrust",
      ["digicert.com", "www.digicert.com", "symantec.com", "thawte.com", "geotrust.com", "rapidssl.com"],
    ],
    [
      "Thawte",
      ["digicert.com", "www.digicert.com", "symantec.com", "thawte.com", "geotrust.com", "rapidssl.com"],
    ],
    ["GlobalSign", ["globalsign.com"]],
  ])("%s issues where CAA names one of its own", (brand, domains) => {
    for (const value of domains) {
      expect(
        caaForbids([{ tag: "ISSUE", value: ` ${value} ; x=1`, critical: false }], false, brand),
      ).toBeNull();
    }
    expect(caaForbids([{ tag: "issue", value: "other.example", critical: false }], false, brand)).toBe(
      "other.example",
    );
  });

  test("several CAs that may are all named, those that are nobody are not", () => {
    const records = ["b.example", "", "a.example"].map((value) => ({ tag: "issue", value, critical: false }));
    expect(caaForbids(records, false, "Sectigo")).toBe("b.example, a.example");
    expect(caaForbids(records, true, "Sectigo")).toBe("b.example, a.example");
  });

  test("critical records that are known forbid nothing, those that are not are all named", () => {
    const record = (tag: string, value = "sectigo.com") => ({ tag, value, critical: true });
    expect(caaForbids([record("issue"), record("Iodef"), record("issuewild")], false, "Sectigo")).toBeNull();
    expect(caaForbids([record("x"), record("y"), record("issue")], false, "Sectigo")).toBe("x, y");
  });
});
