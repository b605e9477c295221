import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { filesOf, reportOf } from "./mutation-parts.ts";

/* Adds up what Stryker reported on the files of a part; ends with status 1 below the aim. */

const aim = 90;

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

function mutantsOf(file: string): Mutant[] {
  const report = JSON.parse(readFileSync(reportOf(file), "utf8")) as Report;
  return Object.values(report.files).flatMap(({ mutants }) => mutants);
}

/** Changes that no test could see because they don't run, or that are not counted, say nothing. */
function scoreOf(mutants: readonly Mutant[]): { noticed: number; counted: number; ignored: number } {
  const count = (...states: string[]): number =>
    mutants.filter(({ status }) => states.includes(status)).length;
  const noticed = count("Killed", "Timeout");
  return { noticed, counted: noticed + count("Survived", "NoCoverage"), ignored: count("Ignored") };
}

function told({ noticed, counted, ignored }: ReturnType<typeof scoreOf>): string {
  const share = counted === 0 ? "–" : `${((100 * noticed) / counted).toFixed(1)} %`;
  return `${noticed} of ${counted} noticed (${share}), ${ignored} left out`;
}

const [part = ""] = process.argv.slice(2);
const all: Mutant[] = [];
for (const file of filesOf(part)) {
  if (!existsSync(reportOf(file))) {
    console.log(`${file}: not run`);
    continue;
  }
  const mutants = mutantsOf(file);
  all.push(...mutants);
  console.log(`${file}: ${told(scoreOf(mutants))}`);
  for (const { status, mutatorName, replacement, location } of mutants) {
    if (status !== "Survived" && status !== "NoCoverage") continue;
    const { line, column } = location.start;
    console.log(
      `  ${basename(file)}:${line}:${column} ${status} ${mutatorName}: ${replacement.slice(0, 100)}`,
    );
  }
}
const score = scoreOf(all);
console.log(`${part}: ${told(score)}, aim ${aim} %`);
process.exitCode = score.counted > 0 && (100 * score.noticed) / score.counted >= aim ? 0 : 1;
