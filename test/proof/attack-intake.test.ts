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
