import { parseSettings } from "../../src/settings.ts";
import { changeConfig, changesOf, firstConfig, readConfig } from "../../src/setup/config-text.ts";

const first = firstConfig("one", "/etc/xolphin-ssl/ca-password");

test("the first configuration is complete, but for the account that nobody has entered yet", () => {
  const settings = parseSettings(first, "config.yaml", ["one"]);
  expect(settings.ca.username).toBeNull();
  expect(settings.panel.executor).toBe("socket");
});

test("a change keeps comments, order and everything else that the administrator wrote", () => {
  const own = `${first}policy:\n  renewal: automatic # we asked our customers\n`;
  const changed = changeConfig(own, [
    { keys: ["ca", "username"], value: "account@example.nl" },
    { keys: ["webhook", "listen"], value: ["0.0.0.0:9771"] },
  ]);
  expect(changed).toContain("renewal: automatic # we asked our customers");
  expect(changed).toContain("# After a change: systemctl reload xolphin-ssl");
  expect(readConfig(changed, ["webhook", "listen"])).toEqual(["0.0.0.0:9771"]);
  expect(parseSettings(changed, "config.yaml", ["one"]).ca.username).toBe("account@example.nl");
});

test("no change is no new text", () => {
  const own = "ca:   {username:   x}\n";
  expect(changeConfig(own, [])).toBe(own);
});

test("a value that would be YAML of its own is kept as text", () => {
  const name = 'a: "b" # c\nd';
  expect(
    readConfig(changeConfig(first, [{ keys: ["ca", "username"], value: name }]), ["ca", "username"]),
  ).toBe(name);
});

test("nested answers become single changes, lists are set whole", () => {
  expect(changesOf({ webhook: { listen: ["a"], tls: false }, log: { level: "warn" } })).toEqual([
    { keys: ["webhook", "listen"], value: ["a"] },
    { keys: ["webhook", "tls"], value: false },
    { keys: ["log", "level"], value: "warn" },
  ]);
});
