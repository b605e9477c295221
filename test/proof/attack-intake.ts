import { parseArgs } from "node:util";
import { percentile } from "../bench/measure.ts";
import { seededRandom } from "../simulation/events.ts";
import { forge } from "./forged-webhooks.ts";
import { IntakeWorld } from "./intake-world.ts";
import { besiege } from "./slow-clients.ts";

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

const forged = Number(values.forged);
if (forged > 0) {
  const world = await IntakeWorld.open(false);
  try {
    const [before, logBefore] = [world.snapshot(), world.logSize];
    const begin = performance.now();
    const answers = await forge(world.target, forged, seededRandom(Number(values.seed)));
    const seconds = (performance.now() - begin) / 1_000;
    const counted = [...answers].sort().map(([status, count]) => `${status || "cut off"}: ${count}`);
    console.log(
      `${forged} forged webhooks with seed ${values.seed} in ${seconds.toFixed(0)} s (${counted.join(", ")})`,
    );
    say(
      "none was answered 2xx",
      [...answers.keys()].every((status) => status < 200 || status > 299),
    );
    say("state folder, keys, calls to CA and panel are byte-identical", world.snapshot() === before);
    const grown = world.logSize - logBefore;
    say(`the log grew by ${grown} bytes, at most 1,000,000`, grown <= 1_000_000);
  } finally {
    await world.close();
  }
}

const slow = Number(values.slow);
if (slow > 0) {
  const world = await IntakeWorld.open(true);
  try {
    const { clients, served, unserved } = await besiege(world.target.port, world.path, slow, () =>
      world.webhook(),
    );
    const held = clients.map(({ heldMs }) => heldMs ?? 0);
    console.log(
      `${slow} slow clients; the longest stayed ${Math.max(...held).toFixed(0)} ms; ${served.length} webhooks meanwhile, median ${percentile(served, 0.5).toFixed(0)} ms, p99 ${percentile(served, 0.99).toFixed(0)} ms`,
    );
    for (const kind of new Set(clients.map((client) => client.kind))) {
      const own = clients.filter((client) => client.kind === kind).map(({ heldMs }) => heldMs ?? 0);
      console.log(`  ${kind}: ${own.length}, longest ${Math.max(...own).toFixed(0)} ms`);
    }
    say("every slow client was gone within 10 s", Math.max(...held) <= 10_000);
    say("every webhook of an allowed source was answered 200", unserved === 0 && served.length > 0);
  } finally {
    await world.close();
  }
}
process.exitCode = failures.length === 0 ? 0 : 1;
