import { parseArgs } from "node:util";
import { faultsOf, raceFiles } from "./race-files.ts";
import { amount } from "./script-arguments.ts";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } } });
const result = await raceFiles(60 * amount(values.minutes, "race-files [--minutes N]"));
const { outcomes, swaps, breaches } = result;
for (const [what, times] of [...outcomes].sort()) console.log(`${what}: ${times}`);
console.log(`${swaps} exchanges of folders and files for links, ${breaches.length} escapes`);
const faults = faultsOf(result);
for (const fault of faults) console.log(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
