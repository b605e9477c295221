import { asHostName, covers, displayName, parents, parseHostName } from "../../src/model/host-name.ts";

/* What decides at the border between two answers. */

const n = parseHostName;

describe("host names", () => {
  test.each([
    [`${"a.".repeat(125)}nl`, true],
    [`${"a.".repeat(125)}nl.`, true],
    [`${"a.".repeat(125)}nlx`, true],
    [`${"a.".repeat(125)}nlxy`, false],
    [`${"a".repeat(63)}.nl`, true],
    ["a.x1", true],
    ["a.1x", true],
    ["a.0x", false],
    ["a.0X1f", false],
    ["a.10", false],
    ["a.0xg", true],
    ["ab--c.nl", false],
    ["abc--d.nl", true],
    ["a--b.nl", true],
    ["*.nl", false],
    ["*.", false],
    [".", false],
    ["a.nl..", false],
    ["example.nl\n", false],
    ["\nexample.nl", false],
    ["½.example.nl", false],
    ["a\u0640b.example", false],
    ["\u07fa\u07ca.example", false],
    ["〵.example", false],
    ["xn--bücher-kva.example", false],
    ["a.xn--bücher-kva.example", false],
    ["XN--BCHER-KVA.example", true],
    ["xn--bcher-kva.xn--bcher-kva", true],
    ["xn--a.example", false],
    ["xn--.example", false],
    ["xn--example-.nl", false],
    ["straße.example", true],
    ["-ü.example", false],
    ["ü-.example", false],
    ["mü--ller.example", false],
    ["xn--m--ller-n2a.example", false],
    ["mülle--r.example", true],
    ["xn--mlle--r-n2a.example", true],
    ["xn--mller-bcher-thbg.example", true],
  ])("%j is a host name: %s", (text, good) => {
    expect(asHostName(text) !== null).toBe(good);
  });

  test("a name of a wildcard keeps its own normal form", () => {
    expect(asHostName("*.Straße.example.")).toBe("*.xn--strae-oqa.example");
  });

  test("what is no name is named in the error, cut where it is long", () => {
    const refused = (text: string) => {
      try {
        parseHostName(text);
      } catch (thrown) {
        return (thrown as { detail: string }).detail;
      }
      return null;
    };
    expect(refused("a b")).toBe('"a b"');
    expect(refused("x".repeat(300))).toBe(`"${"x".repeat(100)}"`);
  });

  test("a wildcard covers exactly one label more than itself, whatever the name begins with", () => {
    expect(covers(n("*.example.nl"), n("aexample.nl"))).toBe(false);
    expect(covers(n("*.shop.example.nl"), n("a.shop.example.nl"))).toBe(true);
    expect(covers(n("a.example.nl"), n("*.example.nl"))).toBe(false);
  });

  test("parents of a name that only ends like its registrable one", () => {
    expect(parents(n("www.myexample.nl"))).toEqual(["www.myexample.nl", "myexample.nl"]);
    expect(parents(n("example.nl"))).toEqual(["example.nl"]);
    expect(parents(n("*.a.example.nl"))).toEqual(["a.example.nl", "example.nl"]);
  });

  test.each([
    ["bücher.example", "bücher.example"],
    ["*.пример.испытание", "*.пример.испытание"],
    ["αβγ.example", "αβγ.example"],
    ["aα.example", null],
    ["пα.example", null],
    ["bücher.пример.example", "bücher.пример.example"],
  ])("%s is shown as %j", (text, shown) => {
    const name = n(text);
    expect(displayName(name)).toBe(shown ?? name);
  });
});
