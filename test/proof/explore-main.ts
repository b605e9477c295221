import { parseArgs } from "node:util";
import { explore } from "./explore.ts";
import { wholeNumber } from "./script-arguments.ts";

const { values } = parseArgs({
  options: { depth: { type: "string", default: "8" }, "whole-months": { type: "boolean", default: false } },
});
const depth = wholeNumber(values.depth, "explore [--depth N] [--whole-months]");
const { states, fresh, steps, lost } = await explore(depth, !values["whole-months"], (line) =>
  console.log(line),
);
for (const { path, end } of lost) console.log(`${path.join(", ")}: ${JSON.stringify(end)}`);
console.log(
  `To depth ${values.depth}: ${states} states by ${steps} steps, ${fresh.at(-1)} of them new at the last step; from ${lost.length} of them the good end is not reached.`,
);
process.exitCode = lost.length === 0 ? 0 : 1;
