import { explore } from "./explore.ts";

/* Deeper: `scripts/explore --depth 8`. */

test("from every state within two steps, an undisturbed month leads to one installed certificate", async () => {
  const { states, steps, lost } = await explore(2);
  expect(states).toBeGreaterThan(30);
  expect(steps).toBe(57);
  expect(lost).toEqual([]);
}, 300_000);
