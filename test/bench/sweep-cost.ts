import { readFileSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { JobContext } from "../../src/jobs/context.ts";
import type { SweepPart } from "../../src/jobs/sweep.ts";
import { forgetPeaks, median, peakMb, rssMb } from "./measure.ts";
import type { Answers } from "./settle-store.ts";

/*
 * What a sweep over a store of `settle-store` costs this program itself, as a process of its own: CA and panel answer at once, and
 * what the store says. `sweep-cost STATEDIR ANSWERS TURNS`; a `SweepCosts` in JSON on standard output.
 */
const built = (name: string): Promise<unknown> => import(join(import.meta.dirname, "../../build/src", name));
const { systemClock } = (await built("clock.js")) as typeof import("../../src/clock.ts");
const { sweep } = (await built("jobs/sweep.js")) as typeof import("../../src/jobs/sweep.ts");
const { silentLog } = (await built("logging.js")) as typeof import("../../src/logging.ts");
const { openDatabase } = (await built("store/database.js")) as typeof import("../../src/store/database.ts");
const stores = (await built("store/store.js")) as typeof import("../../src/store/store.ts");

export interface SweepCost {
  /** Milliseconds of processor time, with what the first of all finds and where nothing changed since the one before. */
  readonly first: number;
  readonly again: number;
  /** Milliseconds in which nothing else had its turn, at most, in any of them. */
  readonly longest: number;
}
export interface SweepCosts {
  readonly parts: Readonly<Record<SweepPart, SweepCost>>;
  /** By how much they together raise the resident memory at most; megabytes. */
  readonly memoryMb: number;
}

/** So often a look is taken whether others have their turn, in milliseconds; what is found holds so much of waiting. */
const resolution = 2;
const [stateDir = "", answersFile = "", turns = ""] = process.argv.slice(2);

const store = new stores.Store(openDatabase(stateDir));
const answers = JSON.parse(readFileSync(answersFile, "utf8")) as Answers;
// Of all that a job is given, a sweep where nothing changed needs no more.
const context = {
  store,
  clock: systemClock,
  log: silentLog,
  wake: () => undefined,
  ca: { listPending: async () => answers.pending, listCertificates: async () => answers.certificates },
  panel: { listInstalled: async () => answers.marks },
  policy: { keepOldKeysDays: 30 },
  keys: {},
} as unknown as JobContext;
// What reading left behind would be cleaned up in the time that is measured.
if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
globalThis.gc();
forgetPeaks([process.pid]);
const before = rssMb(process.pid);
const parts = {
  pending: await measure("pending"),
  installed: await measure("installed"),
  ending: await measure("ending"),
  full: await measure("full"),
};
const memoryMb = peakMb([process.pid]) - before;
store.close();
console.log(JSON.stringify({ parts, memoryMb } satisfies SweepCosts));

async function measure(part: SweepPart): Promise<SweepCost> {
  const taken: number[] = [];
  let longest = 0;
  for (let turn = 0; turn <= Number(turns); turn += 1) {
    const delays = monitorEventLoopDelay({ resolution });
    delays.enable();
    await pause(5 * resolution);
    const start = process.cpuUsage();
    await sweep(context, part);
    const { user, system } = process.cpuUsage(start);
    taken.push((user + system) / 1_000);
    await pause(5 * resolution);
    delays.disable();
    longest = Math.max(longest, delays.max / 1e6 - resolution);
  }
  const [first = Number.NaN, ...again] = taken;
  return { first, again: median(again), longest };
}
