import { parseArgs } from "node:util";
import { properties } from "./parser-properties.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "100000" }, only: { type: "string" } },
});
let failed = false;
for (const [name, property] of await properties()) {
  if (values.only !== undefined && values.only !== name) continue;
  const begin = performance.now();
  try {
    await property(Number(values.runs));
    console.log(
      `${name}: ${values.runs} inputs, ${Math.round((performance.now() - begin) / 1000)} s, nothing wrong`,
    );
  } catch (thrown) {
    failed = true;
    console.log(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    if (thrown instanceof Error && thrown.cause !== undefined) console.log(thrown.cause);
  }
}
process.exitCode = failed ? 1 : 0;
