import {
  asHostName,
  covers,
  displayName,
  isWildcard,
  parents,
  parseHostName,
  registrableName,
} from "../../src/model/host-name.ts";

const n = parseHostName;

test.each([
  ["", "nothing"],
  ["localhost", "a single label"],
  [".example.nl", "an empty label"],
  ["example..nl", "an empty label inside"],
  ["example.nl..", "two dots at the end"],
  ["-a.example.nl", "a label that begins with a hyphen"],
  ["a-.example.nl", "a label that ends with a hyphen"],
  [`${"a".repeat(64)}.nl`, "a label of 64 characters"],
  [`${"a.".repeat(130)}nl`, "more than 253 characters"],
  ["_dmarc.example.nl", "an underscore"],
  ["exam ple.nl", "a space"],
  ["a\r\nb.com", "a line break, which domainToASCII drops"],
  ["a\u0000b.nl", "a NUL"],
  ["a\u200bb.nl", "an invisible character"],
  ["a\u202eb.nl", "a character that reverses text"],
  ["example。com", "an ideographic full stop, which domainToASCII maps to a dot"],
  ["192.0.2.1", "an IPv4 address"],
  ["1.2.3", "a number that becomes an address"],
  ["0x7f.1", "a hexadecimal address"],
  ["[2001:db8::1]", "an IPv6 address"],
  ["example.nl:443", "a port"],
  ["user@example.nl", "an at sign"],
  ["../../etc/passwd", "a path"],
  ["a%2e.nl", "percent encoding"],
  ["*.*.example.nl", "two wildcards"],
  ["a.*.example.nl", "a wildcard inside"],
  ["w*.example.nl", "a partial wildcard"],
  ["*", "a bare asterisk"],
  ["xn--zzzzzzzz--.nl", "an A-label that decodes to nothing"],
])("%j is refused: %s", (text) => {
  expect(asHostName(text)).toBeNull();
  expect(() => parseHostName(text)).toThrow(expect.objectContaining({ code: "host-name-invalid" }));
});

test.each([
  ["Example.NL", "example.nl"],
  ["example.nl.", "example.nl"],
  ["*.Example.nl", "*.example.nl"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["BÜCHER.example", "xn--bcher-kva.example"],
  ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ["*.bücher.example", "*.xn--bcher-kva.example"],
  ["1.example.nl", "1.example.nl"],
  ["пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"],
])("%s becomes %s", (text, expected) => {
  expect(parseHostName(text)).toBe(expected);
});

test.each([
  ["example.nl", "example.nl", true],
  ["example.nl", "www.example.nl", false],
  ["*.example.nl", "www.example.nl", true],
  ["*.example.nl", "example.nl", false],
  ["*.example.nl", "a.b.example.nl", false],
  ["*.example.nl", "*.example.nl", true],
  ["*.example.nl", "*.b.example.nl", false],
  ["*.co.uk", "example.co.uk", false],
  ["*.github.io", "someone.github.io", false],
  ["*.xn--bcher-kva.example", "shop.bücher.example", true],
])("a certificate for %s is good for %s: %s", (pattern, name, expected) => {
  expect(covers(n(pattern), n(name))).toBe(expected);
});

test("the registrable part knows public and private suffixes", () => {
  expect(registrableName(n("a.b.example.co.uk"))).toBe("example.co.uk");
  expect(registrableName(n("*.example.nl"))).toBe("example.nl");
  expect(registrableName(n("site.github.io"))).toBe("site.github.io");
  expect(registrableName(n("co.uk"))).toBeNull();
});

test("parents go up to the registrable name and no further", () => {
  expect(parents(n("a.b.example.co.uk"))).toEqual(["a.b.example.co.uk", "b.example.co.uk", "example.co.uk"]);
  expect(parents(n("*.example.nl"))).toEqual(["example.nl"]);
  expect(parents(n("co.uk"))).toEqual([]);
});

test("people read U-labels, except where scripts are mixed to deceive", () => {
  expect(displayName(n("*.xn--bcher-kva.example"))).toBe("*.bücher.example");
  const mixed = n("pаypal.example"); // the second letter is Cyrillic
  expect(displayName(mixed)).toBe(mixed);
  expect(displayName(n("example.nl"))).toBe("example.nl");
});

test("a wildcard is told apart", () => {
  expect([isWildcard(n("*.example.nl")), isWildcard(n("example.nl"))]).toEqual([true, false]);
});
