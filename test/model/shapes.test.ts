import { hostName } from "../../src/model/shapes.ts";

test("a name that another server wrote comes out in normal form", () => {
  expect(hostName.parse("Example.NL")).toBe("example.nl");
  const longest = `${"a.".repeat(125)}nl`;
  expect(hostName.parse(`${longest}.`)).toBe(longest);
});

test.each([
  ["no host name", "_a.example.nl", "is no host name"],
  ["a single label", "localhost", "is no host name"],
  ["too long", `${"a.".repeat(126)}nl`, "Too big: expected string to have <=253 characters"],
])("%s is refused, and why", (_what, text, message) => {
  const read = hostName.safeParse(text);
  expect(read.error?.issues[0]?.message).toBe(message);
});
