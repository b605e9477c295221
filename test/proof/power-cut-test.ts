import { parseArgs } from "node:util";
import { seededRandom } from "../simulation/events.ts";
import { powerCuts, record, startAfter } from "./power-cuts.ts";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const random = seededRandom(Number(values.seed));
const perRecording = 250;
let done = 0;
const problems: string[] = [];
while (done < Number(values.cases)) {
  const count = Math.min(perRecording, Number(values.cases) - done);
  for (const cut of powerCuts(record(20, random), count, random)) {
    const problem = startAfter(cut);
    if (problem !== null) problems.push(problem);
    done += 1;
  }
}
for (const problem of problems) console.log(problem);
console.log(`${done} power cuts with seed ${values.seed}: ${problems.length} lost something.`);
process.exitCode = problems.length === 0 ? 0 : 1;
