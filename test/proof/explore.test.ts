import { explore } from "./explore.ts";

/* Deeper: `scripts/explore --depth 8`. */

test("from every state within two steps, an undisturbed month leads to one installed certificate", async () => {
  const { states, steps, lost } = await explore(2);
  expect(states).toBeGreaterThan(30);
  // One, then each of seven happenings from it, then each from every new state among those.
  expect(steps).toBe(50);
  expect(lost).toEqual([]);
}, 300_000);
