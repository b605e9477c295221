import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const tests = join(import.meta.dirname, "..");
/** Every row of the list of faults that have to be survived (spec reliability §3.4). */
const faults = Array.from({ length: 52 }, (_, index) => `F-${String(index + 1).padStart(2, "0")}`);
/** What is without a test, and why. */
const without: ReadonlyMap<string, string> = new Map([
  ["F-40", "there is no PostgreSQL: the store is one SQLite file on every server"],
]);

function namedInTitles(): Set<string> {
  const named = new Set<string>();
  for (const entry of readdirSync(tests, { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".test.ts") || entry === "house/faults.test.ts") continue;
    const lines = readFileSync(join(tests, entry), "utf8").split("\n");
    // In a title or a row of a table of titles; what a comment mentions is no test.
    const titles = lines.filter((line) => /["'`]/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line));
    for (const [id] of titles.join("\n").matchAll(/\bF-\d\d\b/g)) named.add(id);
  }
  return named;
}

test("every fault of the list has a test that bears its id, or a reason why it can't happen here", () => {
  const named = namedInTitles();
  expect(faults.filter((id) => !named.has(id) && !without.has(id))).toEqual([]);
  expect([...named].filter((id) => !faults.includes(id))).toEqual([]);
});
