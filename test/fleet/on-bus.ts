import { busProblem } from "./bus-problem.ts";

/** Why tests on a real bus are skipped on this machine, for their names; empty where they run. */
export const noBus = busProblem === null ? "" : ` (skipped: ${busProblem})`;

/** A test that needs a real bus. */
export const onBus = busProblem === null ? test : test.skip;
