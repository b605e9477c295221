import { busProblem } from "../fleet/bus-problem.ts";
import { machineProblem } from "../labs/machine/machine.ts";
import { batchDeaths, batchProblem, CrashBatch } from "./crash-batch.ts";
import { type CrashCase, crashCases } from "./crash-cases.ts";
import type { Death, DeathPlace } from "./crash-death.ts";
import { CrashFleet, fleetDeaths } from "./crash-fleet.ts";
import { CrashPackage, packageDeaths } from "./crash-package.ts";
import { CrashPlesk, pleskDeaths, pleskProblem, pleskSites } from "./crash-plesk.ts";
import { runCrashCase } from "./crash-runner.ts";
import { CrashWorld } from "./crash-world.ts";

/** Deaths of one kind, and their place. */
export interface Suite<Kind extends Death = Death> {
  /** Said before what a death is. */
  readonly where: string;
  readonly deaths: readonly Kind[];
  /** Milliseconds within which calls have to be taken again; null where nobody waits for that. */
  readonly resumeAim: number | null;
  /** As many on one place, then on a new one: a server with ever more history would measure the lab. */
  readonly perPlace: number;
  /** Why this can't be done on this machine; null where it can. */
  readonly problem: string | null;
  /** `random`: numbers from 0 to 1, for what is left to chance. */
  open(random: () => number): Promise<DeathPlace<Kind>>;
}

const server: Suite<CrashCase> = {
  where: "",
  deaths: crashCases,
  resumeAim: 5_000,
  perPlace: 40,
  problem: null,
  async open() {
    const world = await CrashWorld.open();
    return { die: (death) => runCrashCase(world, death), close: () => world.close() };
  },
};

const batch: Suite<(typeof batchDeaths)[number]> = {
  where: "in a batch on cPanel: ",
  deaths: batchDeaths,
  resumeAim: 5_000,
  perPlace: 20,
  problem: batchProblem,
  open: () => CrashBatch.open(),
};

const fleet: Suite<(typeof fleetDeaths)[number]> = {
  where: "in a fleet, ",
  deaths: fleetDeaths,
  resumeAim: 30_000,
  perPlace: 40,
  problem: busProblem,
  open: () => CrashFleet.open(),
};

const packages: Suite<(typeof packageDeaths)[number]> = {
  where: "",
  deaths: packageDeaths,
  resumeAim: null,
  perPlace: 20,
  problem: machineProblem(),
  open: (random) => CrashPackage.open(random),
};

const plesk: Suite<(typeof pleskDeaths)[number]> = {
  where: "on Plesk: ",
  deaths: pleskDeaths,
  resumeAim: 5_000,
  perPlace: pleskSites,
  problem: pleskProblem,
  open: () => CrashPlesk.open(),
};

export const suites: readonly Suite[] = [server, batch, fleet, packages, plesk];

/** Points of the list that name a part this program does not have, and what is killed in its place. */
export const standIns: Readonly<Record<string, string>> = {
  "X-39":
    "the program makes no backups of its store; what it backs up is the pair that a website carried, before it installs",
  "X-47": "there is no PostgreSQL; what a fleet's hub must not forget is written to JetStream",
  "X-48":
    "there are no leases; a server of a fleet renews its session with every start, and a copy of it is told by that",
};

/** What was wanted and did not run, in words: deaths that this machine can't do, and points that nobody dies at. */
export function notRun(
  offered: readonly Pick<Suite, "where" | "deaths" | "problem">[],
  wanted: readonly string[],
  ran: (death: Death) => boolean,
): string[] {
  const unknown = wanted.filter((id) => !offered.some(({ deaths }) => deaths.some((one) => one.id === id)));
  const missing = offered.flatMap(({ where, deaths, problem }) =>
    deaths
      .filter((death) => wanted.includes(death.id) && !ran(death))
      .map(({ id, what }) => `${id} (${where}${what})${problem === null ? "" : `: ${problem}`}`),
  );
  return [...unknown.map((id) => `${id}: nobody dies there`), ...missing];
}

/** The list. */
export const allPoints: readonly string[] = Array.from(
  { length: 48 },
  (_, index) => `X-${String(index + 1).padStart(2, "0")}`,
);
