import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { crashCases, withoutCase } from "./crash-cases.ts";
import { type CrashResult, runCrashCase } from "./crash-runner.ts";
import { CrashWorld } from "./crash-world.ts";

/** Runs with one world; a server with ever more history would measure the lab. */
const runsPerWorld = 40;
const resumeAim = 5_000;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "25" },
    points: { type: "string" },
    report: { type: "string" },
  },
});
const runs = Number(values.runs);
const wanted = values.points?.split(",") ?? null;
const cases = crashCases.filter(({ id }) => wanted === null || wanted.includes(id));
if (cases.length === 0 || !Number.isInteger(runs) || runs < 1) {
  console.error("usage: crash-test [--runs N] [--points X-01,X-02,…] [--report FILE]");
  process.exit(2);
}

const results: CrashResult[] = [];
const begin = new Date();
let world = await CrashWorld.open();
try {
  for (let turn = 0; turn < runs; turn += 1) {
    for (const crash of cases) {
      if (results.length > 0 && results.length % runsPerWorld === 0) {
        await world.close();
        world = await CrashWorld.open();
      }
      const result = await runCrashCase(world, crash);
      results.push(result);
      for (const breach of result.breaches) console.log(`${crash.id} run ${turn + 1}: ${breach}`);
    }
    console.log(
      `${turn + 1} of ${runs} rounds, ${results.length} kills, ${broken().length} with something wrong`,
    );
  }
} finally {
  await world.close();
}
const text = report();
console.log(text);
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, text);
}
process.exitCode = broken().length === 0 ? 0 : 1;

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

\`scripts/crash-test --runs ${runs}\`, begun ${begin.toISOString()}, on Node ${process.version}.
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
