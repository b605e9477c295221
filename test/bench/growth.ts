import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { SweepPart } from "../../src/jobs/sweep.ts";
import { restingOptions } from "../demo/program.ts";
import { atMost, type Figure, plain, short } from "./aim.ts";
import { median, percentile, rssMb } from "./measure.ts";
import { fillStore, type PageView, pageViews, withPagesAgent } from "./pages.ts";
import type { SweepCosts } from "./sweep-cost.ts";

const run = promisify(execFile);
const quiet = "--disable-warning=ExperimentalWarning";
const settleProgram = join(import.meta.dirname, "settle-store.ts");
const sweepProgram = join(import.meta.dirname, "sweep-cost.ts");
const opened = 100;
/** As long as the slowest hundredth of webhooks may take: whatever holds up the program holds them up. */
const stopAim = 50;

export const growthNotes = `
*Growth* is what the largest number takes, divided by what the smallest takes; *growth per request* is the same of two sizes a tenth
apart, per request: 1 is growth in proportion, and less is better. One sixth of the requests waits for the CA, one sixth for a person,
half are installed and spread over 200 days; each account has a hundred. Sweeps: processor time of the program itself, CA and panel answer at once; *first*
is the first of all, which finds everything that comes to its end. *Nothing else had its turn*: webhooks and pages waited for so long at most.
`;

interface Size {
  readonly requests: number;
  readonly storeMb: number;
  readonly memoryMb: number;
  /** Milliseconds by the name of the page: median and p99. */
  readonly pages: ReadonlyMap<string, { readonly middle: number; readonly p99: number }>;
  readonly sweeps: SweepCosts;
}

/** How store, memory, pages and sweeps grow with the number of requests; `sizes` from few to many. */
export async function benchGrowth(
  folder: string,
  turns: number,
  sizes: readonly number[],
): Promise<Figure[]> {
  const measured: Size[] = [];
  for (const requests of sizes) measured.push(await measureSize(folder, turns, requests));
  const [few, many] = [measured[0], measured.at(-1)];
  if (few === undefined || many === undefined) return [];
  const row = (what: string, value: (size: Size) => number, unit: string): Figure => ({
    what: `${what}, with ${measured.map(({ requests }) => requests.toLocaleString("en")).join(", ")} requests`,
    value: `${measured.map((size) => short(value(size))).join(", ")}${unit}`,
  });
  const perRequest = (what: string, value: (size: Size) => number): Figure[] => {
    const before = measured.at(-2);
    if (before === undefined) return [];
    const ratio = value(many) / many.requests / (value(before) / before.requests);
    return [atMost(`${what}, growth per request`, ratio, 1.5, "")];
  };
  const parts = Object.keys(few.sweeps.parts) as SweepPart[];
  return [
    row("store", ({ storeMb }) => storeMb, " MB"),
    plain("store, per request", (many.storeMb * 1e3) / many.requests, " kB"),
    row("resident memory of an agent that shows pages", ({ memoryMb }) => memoryMb, " MB"),
    ...[...few.pages.keys()].flatMap((name) => {
      const middle = (size: Size): number => size.pages.get(name)?.middle ?? Number.NaN;
      const p99 = (size: Size): number => size.pages.get(name)?.p99 ?? Number.NaN;
      return [
        row(`${name}, median`, middle, " ms"),
        row(`${name}, p99`, p99, " ms"),
        atMost(`${name}, growth of the median`, middle(many) / middle(few), 2, ""),
      ];
    }),
    ...parts.flatMap((name) => {
      const again = (size: Size): number => size.sweeps.parts[name].again;
      return [
        row(`sweep \`${name}\`, first`, ({ sweeps }) => sweeps.parts[name].first, " ms"),
        row(`sweep \`${name}\`, nothing new`, again, " ms"),
        ...perRequest(`sweep \`${name}\`, nothing new`, again),
        atMost(
          `sweep \`${name}\`, nothing else had its turn`,
          many.sweeps.parts[name].longest,
          stopAim,
          " ms",
        ),
      ];
    }),
    row("memory that sweeps take", ({ sweeps }) => sweeps.memoryMb, " MB"),
  ];
}

async function measureSize(folder: string, turns: number, requests: number): Promise<Size> {
  const place = join(folder, `growth-${requests}`);
  mkdirSync(place);
  const stateDir = join(place, "state");
  await fillStore(stateDir, requests);
  const storeMb = bytesIn(stateDir) / 1e6;
  const names: (keyof typeof pageViews)[] = ["the administrator's first page", "an account's own list"];
  const { pages, memoryMb } = await withPagesAgent(place, async ({ pid, open }) => {
    const taken = new Map(names.map((name) => [name as string, [] as number[]]));
    for (let index = -20; index < turns * opened; index += 1) {
      for (const name of names) {
        const ms = await open(pageViews[name] as PageView);
        // The first ones warm up.
        if (index >= 0) taken.get(name)?.push(ms);
      }
    }
    const figures = [...taken].map(
      ([name, times]) => [name, { middle: median(times), p99: percentile(times, 0.99) }] as const,
    );
    return { pages: new Map(figures), memoryMb: rssMb(pid) };
  });
  const answers = join(place, "answers.json");
  await run(process.execPath, [quiet, settleProgram, stateDir, answers]);
  const options = restingOptions.filter((option) => !option.startsWith("--no-"));
  const sweepOptions = [...options, "--expose-gc", sweepProgram];
  const { stdout } = await run(process.execPath, [...sweepOptions, stateDir, answers, String(turns)]);
  return { requests, storeMb, memoryMb, pages, sweeps: JSON.parse(stdout) as SweepCosts };
}

function bytesIn(folder: string): number {
  return readdirSync(folder)
    .map((name) => statSync(join(folder, name)).size)
    .reduce((sum, size) => sum + size, 0);
}
