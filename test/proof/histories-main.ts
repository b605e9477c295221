import { parseArgs } from "node:util";
import { expectedState, runHistories } from "./histories.ts";
import { wholeNumber } from "./script-arguments.ts";

/** Orders on one server; more would only make its tables longer. */
const perServer = 500;

const { values } = parseArgs({
  options: { histories: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const usage = "histories [--histories N] [--seed N]";
const wanted = wholeNumber(values.histories, usage);
const firstSeed = wholeNumber(values.seed, usage);
let done = 0;
let other = 0;
for (let seed = firstSeed; done < wanted; seed += 1) {
  const ends = await runHistories(Math.min(perServer, wanted - done), seed);
  for (const [site, end] of ends) {
    done += 1;
    if (JSON.stringify(end) === JSON.stringify(expectedState)) continue;
    other += 1;
    console.log(`seed ${seed}, ${site}: ${JSON.stringify(end)}`);
  }
  if (done % 10_000 === 0) console.log(`${done} of ${wanted} histories, ${other} ended in another state`);
}
console.log(`${done} histories, the first seed ${values.seed}: ${other} ended in another state.`);
process.exitCode = other === 0 ? 0 : 1;
