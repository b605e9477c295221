import { mkdirSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../simulation/events.ts";
import { panelNames } from "./panel-world.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    orders: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    report: { type: "string" },
  },
});
const begin = new Date();
const { orders, faults, verified, handshakes, settledAfter, due, parked, breaches } = await soak({
  panels: panelNames,
  orders: Number(values.orders),
  seconds: Number(values.minutes) * 60,
  faultEverySeconds: 5,
  random: seededRandom(Number(values.seed)),
});
for (const breach of breaches) console.log(breach);
const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
const text = `# Soak

\`scripts/soak --minutes ${values.minutes} --orders ${values.orders} --seed ${values.seed}\`, begun ${begin.toISOString()}, on Node ${process.version}; load average at the end
${loadavg()[0]?.toFixed(1)} on 2 cores. ${orders} orders on ${panelNames.length} panels at once, each with its CA and its agent process, while something goes wrong on each
server every five seconds; the agents' clocks run thirty times as fast. Then everything has to come right by itself, and one
certificate on each panel is replaced while the CA sends no webhooks (I2).

| | Measured | Aim |
| --- | --- | --- |
| faults put in | ${total} | |
| certificates that a handshake verifies at the end | ${verified} | ${orders} |
| everything settled after the last fault within | ${settledAfter.toFixed(0)} s | 900 s |
| pieces of work that were due then, and that were parked | ${due}, ${parked} | 0, 0 |
| handshakes meanwhile | ${handshakes} | |
| breaches of I1 to I6 and I8 | ${breaches.length} | 0 |

| Fault | Times |
| --- | --- |
${[...faults]
  .sort()
  .map(([what, times]) => `| ${what} | ${times} |`)
  .join("\n")}
`;
console.log(text);
if (values.report !== undefined) {
  mkdirSync(dirname(values.report), { recursive: true });
  writeFileSync(values.report, text);
}
process.exitCode = breaches.length === 0 && verified === orders ? 0 : 1;
