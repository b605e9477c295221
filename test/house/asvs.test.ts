import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { titlesOf } from "./test-titles.ts";

const root = join(import.meta.dirname, "../..");
const table = readFileSync(join(root, "docs/proof/asvs.md"), "utf8");
const rows = [...table.matchAll(/^\| (V[\d., V]+) \| (\S+) \| (.+) \|$/gm)];
/** Identifiers of every requirement of level 1 and 2 in OWASP ASVS 5.0.0. */
const wanted = readFileSync(join(import.meta.dirname, "asvs-5.0-level-2.txt"), "utf8")
  .trim()
  .split("\n");

test("the table has every requirement of ASVS 5.0 up to level 2, no other, and none left open", () => {
  expect(rows.flatMap(([, ids = ""]) => ids.split(", "))).toEqual(wanted);
  expect(new Set(rows.map(([, , held]) => held))).toEqual(new Set(["test", "reason", "n/a"]));
});

test("every test that the table names exists, with a title that says so, and whatever says test names one", () => {
  const wrong: string[] = [];
  for (const [, ids = "", held, how = ""] of rows) {
    const named = [...how.matchAll(/`(test\/[^`]+)`(?: “([^”]+)”)?/g)];
    if (held === "test" && named.length === 0) wrong.push(`${ids} names no test`);
    for (const [, file = "", title] of named) {
      const path = join(root, file);
      if (!existsSync(path)) wrong.push(`${ids}: no ${file}`);
      else if (title === undefined) wrong.push(`${ids}: ${file} without a title`);
      else if (!titlesOf(path).some((one) => one.includes(title)))
        wrong.push(`${ids}: no “${title}” in ${file}`);
    }
  }
  expect(wrong).toEqual([]);
});
