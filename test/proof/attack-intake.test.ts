import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { seededRandom } from "../simulation/events.ts";
import { forge } from "./forged-webhooks.ts";
import { IntakeWorld } from "./intake-world.ts";
import { besiege } from "./slow-clients.ts";

/* A hundred thousand forgeries and hundreds of slow clients: `scripts/attack-intake`. */

let world: IntakeWorld;
afterEach(() => world.close());

test("T-01 F-18 I7 forged webhooks are refused and leave store, keys and calls to others byte for byte as they were", async () => {
  world = await IntakeWorld.open(false);
  const before = world.snapshot();
  const answers = await forge(world.target, 600, seededRandom(20_261_126));
  expect([...answers.keys()].filter((status) => status < 400 && status !== 0)).toEqual([]);
  expect([403, 404, 400].filter((status) => !answers.has(status))).toEqual([]);
  expect(world.snapshot()).toBe(before);
});

test("T-05 F-17 slow clients of every kind are gone within ten seconds, and every webhook is answered meanwhile", async () => {
  world = await IntakeWorld.open(true);
  const before = world.snapshot();
  const { clients, served, unserved } = await besiege(world.target.port, world.path, 36, () =>
    world.webhook(),
  );
  expect(clients.filter(({ heldMs }) => heldMs !== null && heldMs > 10_000)).toEqual([]);
  expect(unserved).toBe(0);
  expect(served.length).toBeGreaterThan(10);
  // A webhook that is taken does leave its mark, so the test above can fail.
  expect(world.snapshot()).not.toBe(before);
});

test("F-48 with no descriptor left webhooks are refused, nothing is lost, and they are taken again afterwards", async () => {
  world = await IntakeWorld.open(true);
  const pid = world.agent.child.pid ?? 0;
  const few = readdirSync(`/proc/${pid}/fd`).length + 6;
  execFileSync("prlimit", ["--pid", String(pid), `--nofile=${few}:${few}`]);
  const crowd = Array.from({ length: 60 }, () => {
    const socket = connect({ host: "127.0.0.1", port: world.target.port, localAddress: "127.0.0.1" });
    socket.on("error", () => undefined);
    return socket.resume();
  });
  const before = world.snapshot();
  const refused = await world.webhook();
  // Refused is no answer at all, or one that is not 2xx; and what was not acknowledged left nothing.
  if (refused !== 200) expect(world.snapshot()).toBe(before);
  await Promise.all(
    crowd.map(async (socket) => {
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    }),
  );
  let status = 0;
  for (let attempt = 0; attempt < 100 && status !== 200; attempt += 1) status = await world.webhook();
  expect(status).toBe(200);
  expect(world.agent.child.exitCode).toBeNull();
});
