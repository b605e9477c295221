import { chooseDcvMethod } from "../../src/model/choose-dcv-method.ts";
import { dcvFile, dcvRecord } from "../../src/model/dcv.ts";
import { parseHostName } from "../../src/model/host-name.ts";

/* What decides at the border between two answers. */

const n = parseHostName;

describe("validation values", () => {
  const target = "abc.sectigo.com";
  const code = expect.objectContaining({ code: "dcv-values-suspicious" });

  test.each([
    "sectigo.com",
    "comodoca.com",
    "trust-provider.com",
    "digicert.com",
    "globalsign.com",
    "geotrust.com",
    "rapidssl.com",
  ])("a value below %s is a CNAME, one that only ends alike is not", (end) => {
    expect(dcvRecord(n("example.nl"), "_a", `X.${end}`).type).toBe("CNAME");
    expect(dcvRecord(n("example.nl"), "_a", `x.${end}`)).toEqual({
      owner: "_a.example.nl",
      type: "CNAME",
      value: `x.${end}`,
    });
    expect(dcvRecord(n("example.nl"), "_a", `evil${end}`).type).toBe("TXT");
    expect(dcvRecord(n("example.nl"), "_a", `x.${end}.victim.nl`).type).toBe("TXT");
  });

  test("the record of a wildcard stands below the name itself", () => {
    expect(dcvRecord(n("*.example.nl"), "_a", target).owner).toBe("_a.example.nl");
    expect(dcvRecord(n("*.shop.example.nl"), "_a", target).owner).toBe("_a.shop.example.nl");
  });

  test("a record at the zone itself stays there", () => {
    expect(dcvRecord(n("www.example.nl"), " Example.NL. ", " token ")).toEqual({
      owner: "example.nl",
      type: "TXT",
      value: "token",
    });
  });

  test("a name of a public suffix is its own zone", () => {
    expect(dcvRecord(n("co.uk"), "_a.co.uk", target).owner).toBe("_a.co.uk");
  });

  test.each([
    ["the longest label", `_${"a".repeat(62)}`, true],
    ["a label too long", `_${"a".repeat(63)}`, false],
    ["a label with a hyphen in front", "_a.-b", false],
    ["two underscores", "__a", true],
    ["an empty label", "_a..b", false],
    ["a name of 253 characters", `_${"a.".repeat(121)}`.slice(0, -1), true],
    ["a longer name", `_a.${"a.".repeat(121)}`.slice(0, -1), false],
    ["a slash", "_a/b", false],
    ["an asterisk", "_*", false],
  ])("a record name with %s", (_name, owner, good) => {
    const record = () => dcvRecord(n("example.nl"), owner, target);
    if (good) expect(record().owner).toBe(`${owner}.example.nl`);
    else expect(record).toThrow(code);
  });

  test("a value of 512 characters is published, a longer one is not, nor one with a control character anywhere", () => {
    expect(dcvRecord(n("example.nl"), "_a", "x".repeat(512)).value).toHaveLength(512);
    for (const value of ["x".repeat(513), "\u0001x", "x\u0001y", "x\u007f", "é"]) {
      expect(() => dcvRecord(n("example.nl"), "_a", value)).toThrow(code);
    }
    // A space around it is none of its own.
    expect(dcvRecord(n("example.nl"), "_a", "x\u0009").value).toBe("x");
  });

  test("what is wrong is named with the name it is about", () => {
    const detail = (run: () => unknown): string => {
      try {
        run();
      } catch (thrown) {
        return (thrown as { detail: string }).detail;
      }
      return "";
    };
    const name = n("example.nl");
    const path = "/.well-known/pki-validation/A.txt";
    expect([
      detail(() => dcvRecord(name, "_a b", target)),
      detail(() => dcvRecord(name, "_a", "")),
      detail(() => dcvRecord(name, "a", target)),
      detail(() => dcvRecord(name, "_a", "a b.sectigo.com")),
      detail(() => dcvFile(name, `victim.nl${path}`, "x")),
      detail(() => dcvFile(name, "/x.txt", "x")),
      detail(() => dcvFile(name, path, "")),
    ]).toEqual([
      "example.nl: the record's name is not a DNS name",
      "example.nl: the record's value is not plain text",
      "example.nl: the record's name does not begin with an underscore",
      "example.nl: the record's target is not a DNS name",
      "example.nl: the file is for another host",
      "example.nl: the file lies elsewhere than under /.well-known/pki-validation/",
      "example.nl: the file's content is not plain text",
    ]);
  });

  test("a file of a wildcard lies at the name below it", () => {
    const path = "/.well-known/pki-validation/A_b-1.txt";
    expect(dcvFile(n("*.example.nl"), path, "x")).toEqual({ host: "example.nl", path, content: "x" });
    expect(dcvFile(n("*.example.nl"), `HTTPS://Example.nl${path} `, "x").host).toBe("example.nl");
  });

  test.each([
    ["the longest name", `${"a".repeat(100)}.txt`, true],
    ["a name too long", `${"a".repeat(101)}.txt`, false],
    ["no name", ".txt", false],
    ["something behind it", "a.txt?x", false],
    ["another ending", "axtxt", false],
  ])("a file with %s", (_name, file, good) => {
    const run = () => dcvFile(n("example.nl"), `/.well-known/pki-validation/${file}`, "x");
    if (good) expect(run().path).toContain(file);
    else expect(run).toThrow(code);
  });

  test("a file elsewhere whose path only ends alike is not published", () => {
    expect(() => dcvFile(n("example.nl"), "/x/.well-known/pki-validation/a.txt", "x")).toThrow(code);
  });

  test("an address that only contains one is another host", () => {
    const path = "/.well-known/pki-validation/a.txt";
    expect(() => dcvFile(n("example.nl"), `ftp://example.nl${path}`, "x")).toThrow(code);
    expect(() => dcvFile(n("example.nl"), `xhttp://example.nl${path}`, "x")).toThrow(code);
  });

  test("a content of 4 kB is published, a longer one is not, nor one with a control character", () => {
    const path = "/.well-known/pki-validation/a.txt";
    expect(dcvFile(n("example.nl"), path, "a".repeat(4096)).content).toHaveLength(4096);
    expect(dcvFile(n("example.nl"), path, "a\tb\r\nc").content).toBe("a\tb\r\nc");
    for (const content of ["a".repeat(4097), "\u0001a", "a\u0001"]) {
      expect(() => dcvFile(n("example.nl"), path, content)).toThrow(code);
    }
  });

  test("DNS by our hand is chosen also where nobody knows the zone, a file only where the name leads here", () => {
    const name = n("a.example.nl");
    const choose = (zone: "here" | "elsewhere" | "unknown", canWriteDns: boolean, leadsHere: boolean) =>
      chooseDcvMethod({ name, zone, canWriteDns, leadsHere });
    expect([
      choose("unknown", true, true),
      choose("unknown", false, true),
      choose("unknown", false, false),
    ]).toEqual(["DNS", "FILE", "DNS"]);
  });
});
