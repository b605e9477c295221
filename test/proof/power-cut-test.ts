import { parseArgs } from "node:util";
import { seededRandom } from "../simulation/events.ts";
import { anyCut, everyBoundary, type PowerCut, startAfter } from "./power-cuts.ts";
import { recordingProblem, recordLife } from "./power-recording.ts";
import { wholeNumber } from "./script-arguments.ts";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const usage = "power-cut-test [--cases N] [--seed N]";
const wanted = wholeNumber(values.cases, usage);
const seed = wholeNumber(values.seed, usage);
if (recordingProblem !== null) throw new Error(recordingProblem);
const random = seededRandom(seed);
let done = 0;
let boundaries = 0;
let lost = 0;
for (let life = 0; done < wanted; life += 1) {
  const steps = recordLife(seed + life);
  const cuts = everyBoundary(steps);
  boundaries += cuts.length;
  // As many by chance as by plan; what was begun by plan is finished, also where fewer were asked for.
  for (const cut of cuts) await tryOut(cut);
  for (let turn = 0; turn < cuts.length && done < wanted; turn += 1) await tryOut(anyCut(steps, random));

  async function tryOut(cut: PowerCut): Promise<void> {
    const problem = await startAfter(steps, cut);
    done += 1;
    if (problem === null) return;
    lost += 1;
    console.log(`life ${seed + life}: ${problem}`);
  }
}
console.log(
  `${done} power cuts with seed ${seed}, ${boundaries} of them at a boundary each: ${lost} lost something.`,
);
process.exitCode = lost === 0 ? 0 : 1;
