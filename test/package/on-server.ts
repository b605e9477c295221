import { machineProblem } from "../labs/machine/machine.ts";

/** Why no server can be started here; null where one can. */
export const problem = machineProblem();

/** The same for the names of tests; empty where they run. */
export const why = problem === null ? "" : ` (skipped: ${problem})`;

/** A test that needs a server. */
export const onServer = problem === null ? test : test.skip;
