import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/data.md"), "utf8");

/** Message and level of every line that the program can log; a message with a part that is filled in ends where that begins. */
function logged(): string[] {
  // One line chooses its level while it runs.
  const call = /\blog(?:\.(error|warn|info|debug)|\["?[^\]]*\])\(\s*(?:"([^"]+)"|`([^`]+)`)/g;
  return globSync(["src/**/*.ts", "panels/**/*.ts"], { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(call)].map(
      ([, level = "error", fixed, filled = ""]) =>
        `${level}: ${fixed ?? filled.replace(/\$\{[^}]*\}/g, "…")}`,
    ),
  );
}

test("the page on data names every line that is logged, with its level, and no other", () => {
  const named = [...page.matchAll(/^\| (error|warn|info|debug) \| (.+?) \| .+ \|$/gm)].map(
    ([, level, message]) => `${level}: ${message}`,
  );
  expect(named.sort()).toEqual([...new Set(logged())].sort());
});

test("the page on data names every table of the store with its class", () => {
  const tables = globSync("src/store/migrations/*.sql", { cwd: root }).flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/^CREATE (?:VIRTUAL )?TABLE (\w+)/gm)].map(
      ([, name]) => name,
    ),
  );
  const [, section = ""] = /## What is kept where\n([\s\S]*?)\n## /.exec(page) ?? [];
  const named = [...section.matchAll(/`store\.sqlite`: ([^|]+)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual([...new Set(tables)].sort());
});
