import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { percentile } from "../bench/measure.ts";
import { seededRandom } from "../simulation/events.ts";
import { type KillResult, killAtRandom } from "./random-kills.ts";

/** So many kills on one world; then on a new one, whose CA and store are not years old. */
const killsPerWorld = 100;
const resumeAim = 5_000;
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    lanes: { type: "string", default: "3" },
    report: { type: "string" },
  },
});
const wanted = Number(values.kills);
const seed = Number(values.seed);
const lanes = Number(values.lanes);
if (![wanted, seed, lanes].every((value) => Number.isInteger(value) && value > 0)) {
  console.error("usage: random-kills [--kills N] [--seed N] [--lanes N] [--report FILE]");
  process.exit(2);
}
const begin = new Date();
const results: KillResult[] = [];
const sum = (value: (result: KillResult) => number): number =>
  results.reduce((total, result) => total + value(result), 0);
const worlds = Array.from({ length: Math.ceil(wanted / killsPerWorld) }, (_, index) => index).values();
await Promise.all(Array.from({ length: lanes }, lane));

/** One world after the other, each with chances of its own: what a world does hangs on no other. */
async function lane(): Promise<void> {
  for (const world of worlds) {
    const kills = Math.min(killsPerWorld, wanted - world * killsPerWorld);
    const result = await killAtRandom(kills, seededRandom(seed + world));
    results.push(result);
    for (const breach of result.breaches) console.log(`world of seed ${seed + world}: ${breach}`);
    console.log(`${sum((one) => one.kills)} kills, ${sum(({ breaches }) => breaches.length)} breaches`);
  }
}
const resumed = results.flatMap((result) => result.resumed);
const breaches = sum((result) => result.breaches.length);
const slow = resumed.filter((ms) => ms > resumeAim).length;
const text = `# Killed at random moments

\`scripts/random-kills --kills ${values.kills} --seed ${values.seed}\`, begun ${begin.toISOString()}, on Node ${process.version}, ${lanes} worlds side by side; it took
${Math.round((Date.now() - begin.getTime()) / 60_000)} minutes, load average at the end ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors. Webhooks without a pause over four connections, six websites that order and replace certificates,
handshakes with all of them, and webhooks from an address that is not the CA's; the agent is killed by SIGKILL at a random moment and
started again. At the end of each world its store is deleted, and all has to be known again with nothing ordered and nothing installed.

| | Measured | Aim |
| --- | --- | --- |
| kills | ${sum(({ kills }) => kills)} | ${wanted} |
| webhooks that were acknowledged | ${sum(({ acknowledged }) => acknowledged)} | |
| webhooks that somebody else made up, all refused | ${sum(({ forged }) => forged)} | |
| certificates issued and installed | ${sum(({ certificates }) => certificates)} | |
| handshakes | ${sum(({ handshakes }) => handshakes)} | |
| breaches of I1 and of I3 to I9 | ${breaches} | 0 |
| calls taken again after, median and slowest | ${Math.round(percentile(resumed, 0.5))} ms, ${Math.round(Math.max(...resumed))} ms | 5,000 ms |
| starts that took longer than that | ${slow} | 0 |
`;
console.log(text);
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, text);
}
process.exitCode = breaches === 0 && slow === 0 ? 0 : 1;
