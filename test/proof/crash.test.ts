import { crashCases } from "./crash-cases.ts";
import { runCrashCase } from "./crash-runner.ts";
import { CrashWorld } from "./crash-world.ts";

/*
 * A few of the named points, one death each; all of them, many times over, are the business of `scripts/crash-test`. The
 * agent is the compiled program, so `scripts/build` has to have run.
 */

let world: CrashWorld;
beforeAll(async () => {
  world = await CrashWorld.open();
});
afterAll(() => world.close());

test.each(["X-04", "X-22", "X-26", "X-32"])(
  "%s a killed agent goes on where it was, with nothing lost and nothing done twice",
  async (id) => {
    const crash = crashCases.find((one) => one.id === id);
    if (crash === undefined) throw new Error(`no case ${id}`);
    expect((await runCrashCase(world, crash)).breaches).toEqual([]);
  },
  120_000,
);
