import { spawnSync } from "node:child_process";
import { join } from "node:path";

test.each([
  ["power-cut-test.ts", "--cases", "x"],
  ["power-cut-test.ts", "--seed", "-1"],
  ["histories-main.ts", "--histories", "0"],
  ["explore-main.ts", "--depth", "1e"],
  ["fuzz.ts", "--only", "typo"],
  ["fuzz.ts", "--runs", "many"],
  ["guided-fuzz.ts", "--only", "typo"],
  ["race-files-main.ts", "--minutes", "0"],
  ["swap-test.ts", "--swaps", "two"],
])("%s with %s %s does nothing, says so and ends with status 2", (script, option, value) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, script), `${option}=${value}`],
    { encoding: "utf8" },
  );
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(new RegExp(`^"${value}" is no.+Usage: .+${option}`));
});
