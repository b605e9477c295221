import { parseArgs } from "node:util";
import { properties } from "./parser-properties.ts";
import { chosen, wholeNumber } from "./script-arguments.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "100000" }, only: { type: "string" } },
});
const usage = 'fuzz [--runs N] [--only "host names"]';
const runs = wholeNumber(values.runs, usage);
const known = await properties();
const wanted = chosen(values.only, [...known.keys()], usage);
let failed = false;
for (const [name, property] of known) {
  if (!wanted.includes(name)) continue;
  const begin = performance.now();
  try {
    await property(runs);
    console.log(
      `${name}: ${runs} inputs, ${Math.round((performance.now() - begin) / 1000)} s, nothing wrong`,
    );
  } catch (thrown) {
    failed = true;
    console.log(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    if (thrown instanceof Error && thrown.cause !== undefined) console.log(thrown.cause);
  }
}
process.exitCode = failed ? 1 : 0;
