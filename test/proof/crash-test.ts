import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../simulation/events.ts";
import type { CrashResult, Death, DeathPlace } from "./crash-death.ts";
import { allPoints, notRun, type Suite, standIns, suites } from "./crash-suites.ts";
import { clockFactor } from "./crash-world.ts";

/** Some deaths are followed by waiting; with so many worlds side by side the processors wait for none of them. */
const lanesByDefault = 2 * availableParallelism();

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "25" },
    lanes: { type: "string", default: String(lanesByDefault) },
    seed: { type: "string", default: "1" },
    points: { type: "string" },
    report: { type: "string" },
  },
});
const runs = Number(values.runs);
const lanes = Number(values.lanes);
const seed = Number(values.seed);
const wanted = values.points?.split(",") ?? allPoints;

/** One death that is to be died. */
interface Task {
  readonly suite: Suite;
  readonly death: Death;
  readonly turn: number;
}

const chosen = suites.map((suite) => ({
  suite,
  deaths: suite.deaths.filter(({ id }) => wanted.includes(id)),
}));
const whole = [runs, lanes, seed].every((value) => Number.isInteger(value) && value > 0);
if (!whole || chosen.every(({ deaths }) => deaths.length === 0)) {
  console.error("usage: crash-test [--runs N] [--points X-01,X-02,…] [--lanes N] [--seed N] [--report FILE]");
  process.exit(2);
}

const random = seededRandom(seed);
const results: { readonly death: Death; readonly suite: Suite; readonly result: CrashResult }[] = [];
const begin = new Date();
const tasks = chosen.flatMap(({ suite, deaths }) =>
  suite.problem !== null
    ? []
    : Array.from({ length: runs }, (_, turn) => deaths.map((death) => ({ suite, death, turn }))).flat(),
);
const left = tasks.values();
await Promise.all(Array.from({ length: lanes }, lane));
const missing = notRun(
  suites,
  wanted,
  (death) => results.filter((one) => one.death === death).length >= runs,
);
const text = report();
console.log(text);
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, text);
}
for (const what of missing) console.log(`not run: ${what}`);
process.exitCode = broken().length === 0 && missing.length === 0 ? 0 : 1;

/** Places of its own, one after the other, for whatever death comes next. */
async function lane(): Promise<void> {
  let here: { readonly suite: Suite; readonly place: DeathPlace<Death>; runs: number } | null = null;
  for (const task of left) {
    try {
      if (here !== null && (here.suite !== task.suite || here.runs === task.suite.perPlace)) {
        const { place } = here;
        here = null;
        await place.close();
      }
      here ??= { suite: task.suite, place: await task.suite.open(random), runs: 0 };
      here.runs += 1;
      note(task, await here.place.die(task.death));
    } catch (thrown) {
      // Many deaths wait: what the harness itself stumbles over is reported like everything else.
      note(task, { breaches: [`its place failed: ${String(thrown)}`], resumedAfter: 0, handshakes: 0 });
    }
  }
  await here?.place.close();
}

function note({ suite, death, turn }: Task, result: CrashResult): void {
  results.push({ suite, death, result });
  const wrong = isSlow(suite, result)
    ? [...result.breaches, `calls taken again after ${Math.round(result.resumedAfter)} ms`]
    : result.breaches;
  for (const what of wrong) console.log(`${death.id} (${suite.where}${death.what}) run ${turn + 1}: ${what}`);
  if (results.length % 40 === 0 || results.length === tasks.length)
    console.log(`${results.length} of ${tasks.length} kills, ${broken().length} with something wrong`);
}

function broken(): typeof results {
  return results.filter(({ suite, result }) => result.breaches.length > 0 || isSlow(suite, result));
}

function isSlow({ resumeAim }: Suite, { resumedAfter }: CrashResult): boolean {
  return resumeAim !== null && resumedAfter > resumeAim;
}

function report(): string {
  const rows = suites.flatMap((suite) =>
    suite.deaths.map((death) => {
      const own = results.filter((one) => one.death === death).map(({ result }) => result);
      const wrong = own.filter(({ breaches }) => breaches.length > 0).length;
      const slowest = Math.max(0, ...own.map(({ resumedAfter }) => resumedAfter));
      const worked = own.flatMap(({ workedAfter }) => workedAfter ?? []);
      const slowestWork = worked.length === 0 ? "" : Math.max(...worked);
      const what = `${suite.where}${death.what}`;
      return {
        id: death.id,
        line: `| ${death.id} | ${what} | ${own.length} | ${wrong} | ${Math.round(slowest)} | ${slowestWork} |`,
      };
    }),
  );
  const handshakes = results.reduce((sum, { result }) => sum + result.handshakes, 0);
  const skipped = missing.map((what) => `- ${what}`);
  return `# Killed at named points

\`scripts/crash-test --runs ${runs} --lanes ${lanes} --seed ${seed}\`, begun ${begin.toISOString()}, on Node ${process.version}, ${lanes} worlds side by side; it
took ${Math.round((Date.now() - begin.getTime()) / 60_000)} minutes, load average at the end ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors.
${results.length} runs: a real process, killed by SIGKILL at the point, started again, followed until its certificate is served by a
real web server; then invariants I1, I3, I4, I5, I6 and I8 are looked at from outside. ${handshakes} handshakes were made meanwhile. Of
the package: the installer, killed at a call that changes something on the server (the seed says at which), and run again in
the panel. With something wrong: ${broken().length}. Aim: none, and calls taken again within 5 s, in a fleet within 30 s.

"Calls taken" is the time from the start after the kill until webhooks and commands are answered; "work went on" the time until CA or
panel got the first call about the order that was open, by the real clock, while the agent's own runs ${clockFactor} times as fast: pauses
that it keeps are that much shorter here. It is empty where nothing had to be asked of them any more, or where nobody looks.

| Point | Where it died | Runs | Wrong | Calls taken, slowest (ms) | Work went on, slowest (ms) |
| --- | --- | --- | --- | --- | --- |
${rows
  .sort((one, other) => one.id.localeCompare(other.id))
  .map(({ line }) => line)
  .join("\n")}

What stands for a point that this program does not have:

${Object.entries(standIns)
  .map(([id, why]) => `- ${id}: ${why}.`)
  .join("\n")}
${skipped.length === 0 ? "" : `\nWanted and not run:\n\n${skipped.join("\n")}\n`}`;
}
