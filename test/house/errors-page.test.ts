import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCatalogue } from "../../src/errors.ts";

const root = join(import.meta.dirname, "../..");

test("docs/errors.md lists exactly the catalogue", () => {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)];
  const listed = rows.map(([, code, sentence, advice, owner, next]) => [
    code,
    { sentence, advice, owner, next },
  ]);
  expect(Object.fromEntries(listed)).toEqual(errorCatalogue);
});

test("every code of the catalogue is used somewhere", () => {
  const sources = globSync(["src/**/*.ts", "panels/**/*.ts"], { cwd: root })
    .filter((file) => file !== "src/errors.ts" && !file.includes("/texts/"))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  const unused = Object.keys(errorCatalogue).filter((code) => !sources.includes(`"${code}"`));
  expect(unused).toEqual([]);
});

test("nothing is matched by its text", () => {
  const matching = globSync(["src/**/*.ts", "panels/**/*.ts"], { cwd: root }).filter((file) =>
    /\.message\s*(===|!==|\.includes|\.match|\.startsWith)|\.test\(\s*\w*\.message/.test(
      readFileSync(join(root, file), "utf8"),
    ),
  );
  expect(matching).toEqual([]);
});
