import { parseArgs } from "node:util";
import { raceFiles } from "./race-files.ts";
import { amount } from "./script-arguments.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const { outcomes, swaps, breaches } = await raceFiles(
  60 * amount(values.minutes, "race-files [--minutes N]"),
);
for (const breach of breaches) console.log(breach);
for (const [what, times] of [...outcomes].sort()) console.log(`${what}: ${times}`);
console.log(`${swaps} exchanges of folders and files for links, ${breaches.length} escapes`);
process.exitCode = breaches.length === 0 ? 0 : 1;
