import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { crashCases, withoutCase } from "./crash-cases.ts";
import { type CrashResult, runCrashCase } from "./crash-runner.ts";
import { CrashWorld } from "./crash-world.ts";

/** Runs with one world; a server with ever more history would measure the lab. */
const runsPerWorld = 40;
const resumeAim = 5_000;
/** Some deaths are followed by waiting; with so many worlds side by side the processors wait for none of them. */
const lanesByDefault = 2 * availableParallelism();

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "25" },
    lanes: { type: "string", default: String(lanesByDefault) },
    points: { type: "string" },
    report: { type: "string" },
  },
});
const runs = Number(values.runs);
const lanes = Number(values.lanes);
const wanted = values.points?.split(",") ?? null;
const cases = crashCases.filter(({ id }) => wanted === null || wanted.includes(id));
if (cases.length === 0 || !(Number.isInteger(runs) && runs > 0 && Number.isInteger(lanes) && lanes > 0)) {
  console.error("usage: crash-test [--runs N] [--points X-01,X-02,…] [--lanes N] [--report FILE]");
  process.exit(2);
}

const results: CrashResult[] = [];
const begin = new Date();
const deaths = Array.from({ length: runs }, (_, turn) => cases.map((crash) => ({ crash, turn }))).flat();
const left = deaths.values();
await Promise.all(Array.from({ length: lanes }, lane));
const text = report();
console.log(text);
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, text);
}
process.exitCode = broken().length === 0 ? 0 : 1;

/** Worlds of its own, one after the other, for whatever death comes next. */
async function lane(): Promise<void> {
  let world = await CrashWorld.open();
  let runsHere = 0;
  try {
    for (const { crash, turn } of left) {
      if (runsHere === runsPerWorld) {
        await world.close();
        world = await CrashWorld.open();
        runsHere = 0;
      }
      runsHere += 1;
      const result = await runCrashCase(world, crash);
      results.push(result);
      for (const breach of result.breaches) console.log(`${crash.id} run ${turn + 1}: ${breach}`);
      if (results.length % cases.length === 0)
        console.log(`${results.length} of ${deaths.length} kills, ${broken().length} with something wrong`);
    }
  } finally {
    await world.close();
  }
}

function broken(): CrashResult[] {
  return results.filter(({ breaches, resumedAfter }) => breaches.length > 0 || resumedAfter > resumeAim);
}

function report(): string {
  const lines = crashCases.map(({ id, what }) => {
    const own = results.filter((result) => result.id === id);
    const wrong = own.filter(({ breaches }) => breaches.length > 0).length;
    const slowest = Math.max(0, ...own.map(({ resumedAfter }) => resumedAfter));
    return `| ${id} | ${what} | ${own.length} | ${wrong} | ${Math.round(slowest)} |`;
  });
  const handshakes = results.reduce((sum, result) => sum + result.handshakes, 0);
  return `# Killed at named points

\`scripts/crash-test --runs ${runs}\`, begun ${begin.toISOString()}, on Node ${process.version}, ${lanes} worlds side by side; it took
${Math.round((Date.now() - begin.getTime()) / 60_000)} minutes, load average at the end ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors.
${results.length} runs: a real agent process, killed by SIGKILL at the point, started again, followed until its certificate is
served by the lab's nginx; then invariants I1, I3, I4, I5, I6 and I8 are looked at from outside. ${handshakes} handshakes were
made meanwhile. With something wrong: ${broken().length}. Aim: none, and calls taken again within ${resumeAim / 1000} s.

| Point | Where it died | Runs | Wrong | Slowest start (ms) |
| --- | --- | --- | --- | --- |
${lines.join("\n")}

Without a case:

${Object.entries(withoutCase)
  .map(([id, why]) => `- ${id}: ${why}.`)
  .join("\n")}
`;
}
