import { seededRandom } from "../simulation/events.ts";
import { killAtRandom } from "./random-kills.ts";

/* Two thousand kills: `scripts/random-kills`. */

test("F-01 killed at random moments under load: nothing acknowledged is lost, nothing ordered twice, every site served", async () => {
  const { kills, acknowledged, forged, breaches, resumed } = await killAtRandom(4, seededRandom(20_261_126));
  expect(breaches).toEqual([]);
  expect(kills).toBe(4);
  expect(resumed).toHaveLength(4);
  expect(acknowledged).toBeGreaterThan(0);
  expect(forged).toBeGreaterThan(0);
}, 300_000);
