import { expectedState, runHistories } from "./histories.ts";

/* A hundred thousand of them: `scripts/histories`. */

test("F-15 whatever becomes of the webhooks about an order, it ends in the same state", async () => {
  const ends = await runHistories(150, 20_261_126);
  expect(ends.size).toBe(150);
  const others = [...ends].filter(([, end]) => JSON.stringify(end) !== JSON.stringify(expectedState));
  expect(others).toEqual([]);
}, 120_000);
