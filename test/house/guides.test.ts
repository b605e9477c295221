import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseSettings } from "../../src/settings.ts";
import { blocksOf, menusOf } from "../package/readme-steps.ts";

const root = join(import.meta.dirname, "../..");
const guides = globSync("docs/guide-*.md", { cwd: root });
const read = (file: string): string => readFileSync(join(root, file), "utf8");

test("the administrator's guide names every setting that there is, and none that is not", () => {
  const minimal = "ca: { username: a, passwordFile: /p }\npanel: { kind: fake }";
  const keys: string[] = [];
  const walk = (value: unknown, at: string): void => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) keys.push(at);
    else for (const [key, inner] of Object.entries(value)) walk(inner, at === "" ? key : `${at}.${key}`);
  };
  walk(parseSettings(minimal, "test", ["fake"]), "");
  const rows = read("docs/guide-administrator.md").matchAll(/^\| (`[^|]*) \|/gm);
  const named = [...rows].flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key));
  expect(named.sort()).toEqual(keys.sort());
});

test("the example of the spending rules is one that the program takes", () => {
  const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(read("docs/guide-administrator.md")) ?? [];
  const settings = parseSettings(
    `ca: { username: a, passwordFile: /p }\npanel: { kind: fake }\n${example}`,
    "the guide",
    ["fake"],
  );
  expect(settings.policy).toMatchObject({ approvalFor: ["account"], limits: { eurosPerDay: 1000 } });
});

test.each(guides)("%s shows pictures and pages that are there", (file) => {
  const links = [...read(file).matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = ""]) => target);
  expect(links.filter((target) => !existsSync(join(root, dirname(file), target)))).toEqual([]);
});

test("every picture is taken by the script, and every one it takes is shown somewhere", () => {
  const taken = [...read("test/demo/screenshots.ts").matchAll(/"([a-z-]+\.png)"/g)].map(([, name]) => name);
  const there = globSync("*.png", { cwd: join(root, "docs/screenshots") });
  expect(there.sort()).toEqual([...new Set(taken)].sort());
  const shown = [...guides, "README.md"].map(read).join("");
  expect(there.filter((name) => !shown.includes(name))).toEqual([]);
});

test("whatever the installation in the README has to be typed is typed in the tests of the packages", () => {
  const [, text = ""] = read("README.md").split("\n## Installation\n");
  const [installation = ""] = text.split("\n## ");
  expect(installation.match(/^ *```sh$/gm)).toHaveLength(9);
  expect(blocksOf("cPanel & WHM")).toHaveLength(2);
  expect(blocksOf("DirectAdmin")).toHaveLength(0);
  expect(blocksOf("Plesk")).toHaveLength(3);
  expect(blocksOf("Afterwards, on every panel")).toHaveLength(4);
});

test("whatever it has to be clicked is clicked there, by its very words", () => {
  const sections = [
    ["cPanel & WHM", "cpanel"],
    ["DirectAdmin", "directadmin"],
    ["Plesk", "plesk"],
  ] as const;
  for (const [section, panel] of sections) {
    const clicks = read(`test/package/${panel}-install.test.ts`).matchAll(
      /click\(\s*machine,\s*\w+,\s*"([^"]*)",\s*(\d+)/g,
    );
    const clicked = [...clicks].map(([, named, menu]) => `${named} ${menu}`);
    expect(clicked.sort()).toEqual(menusOf(section).map((_menu, index) => `${section} ${index}`));
    expect(menusOf(section)).not.toEqual([]);
  }
  const inWords = read("README.md").replaceAll(/\*\*[^*]+\*\*/g, "");
  expect(inWords.match(/.*»/g) ?? []).toEqual([]);
});
