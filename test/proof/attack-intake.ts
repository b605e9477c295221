import { parseArgs } from "node:util";
import { percentile } from "../bench/measure.ts";
import { seededRandom } from "../simulation/events.ts";
import { faultsOf as faultsOfAnswers, forge } from "./forged-webhooks.ts";
import { IntakeWorld } from "./intake-world.ts";
import { besiege, faultsOf as faultsOfSiege } from "./slow-clients.ts";

const { values } = parseArgs({
  options: {
    forged: { type: "string", default: "100000" },
    slow: { type: "string", default: "600" },
    seed: { type: "string", default: "1" },
  },
});
const failures: string[] = [];

function say(what: string, holds: boolean): void {
  console.log(`${holds ? "held" : "BROKEN"}: ${what}`);
  if (!holds) failures.push(what);
}

/** That it was there all along, and that what was compared shows what a webhook does. */
async function sayTaken(world: IntakeWorld): Promise<void> {
  const before = world.snapshot();
  say("a webhook of the CA's is answered 200 afterwards", (await world.webhook()) === 200);
  say("and leaves its mark, so the comparison can fail", world.snapshot() !== before);
}

const forged = Number(values.forged);
if (forged > 0) {
  const world = await IntakeWorld.open(false);
  try {
    const [before, logBefore] = [world.snapshot(), world.logSize];
    const begin = performance.now();
    const answers = await forge(world.target, forged, seededRandom(Number(values.seed)));
    const seconds = (performance.now() - begin) / 1_000;
    const counted = [...answers.counts].sort().map(([status, count]) => `${status || "cut off"}: ${count}`);
    console.log(
      `${forged} forged webhooks with seed ${values.seed} in ${seconds.toFixed(0)} s (${counted.join(", ")})`,
    );
    const faults = faultsOfAnswers(answers);
    for (const fault of faults) console.log(`  ${fault}`);
    say("each was refused with the status that it has to be", faults.length === 0);
    say("state folder, keys, calls to CA and panel are byte-identical", world.snapshot() === before);
    const grown = world.logSize - logBefore;
    say(`the log grew by ${grown} bytes, at most 1,000,000`, grown <= 1_000_000);
    await sayTaken(world);
  } finally {
    await world.close();
  }
}

const slow = Number(values.slow);
if (slow > 0) {
  const world = await IntakeWorld.open(true);
  try {
    const siege = await besiege(world.target.port, world.path, slow, () => world.webhook());
    const { clients, served } = siege;
    console.log(
      `${slow} slow clients; ${served.length} webhooks meanwhile, median ${percentile(served, 0.5).toFixed(0)} ms, p99 ${percentile(served, 0.99).toFixed(0)} ms`,
    );
    for (const kind of new Set(clients.map((client) => client.kind))) {
      const own = clients.filter((client) => client.kind === kind).flatMap(({ heldMs }) => heldMs ?? []);
      console.log(`  ${kind}: ${own.length}, longest ${Math.max(0, ...own).toFixed(0)} ms`);
    }
    const faults = faultsOfSiege(siege);
    for (const fault of faults) console.log(`  ${fault}`);
    say(
      "slow clients were let in, gone within 10 s, and every webhook was answered 200",
      faults.length === 0,
    );
    await sayTaken(world);
  } finally {
    await world.close();
  }
}
process.exitCode = failures.length === 0 ? 0 : 1;
