import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { filesOf, reportOf, root } from "./mutation-parts.ts";

/*
 * Adds up what Stryker reported on the files of a part; ends with status 1 below the aim, and where a file was not run since
 * it was last changed: what nobody has tried is not noticed.
 */

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

/** Why the report on a file says nothing about it as it is; null when it does. */
function missing(file: string): string | null {
  const report = statSync(reportOf(file), { throwIfNoEntry: false });
  if (report === undefined) return "not run";
  return report.mtimeMs < statSync(join(root, file)).mtimeMs ? "changed since it was run" : null;
}

function printSurvivors(file: string, mutants: readonly Mutant[]): void {
  for (const { status, mutatorName, replacement, location } of mutants) {
    if (status !== "Survived" && status !== "NoCoverage") continue;
    const { line, column } = location.start;
    console.log(
      `  ${basename(file)}:${line}:${column} ${status} ${mutatorName}: ${replacement.slice(0, 100)}`,
    );
  }
}

const [part = ""] = process.argv.slice(2);
const all: Mutant[] = [];
const unknown: string[] = [];
for (const file of filesOf(part)) {
  const why = missing(file);
  if (why !== null) {
    unknown.push(file);
    console.log(`${file}: ${why}`);
    continue;
  }
  const mutants = mutantsOf(file);
  all.push(...mutants);
  console.log(`${file}: ${told(scoreOf(mutants))}`);
  printSurvivors(file, mutants);
}
const score = scoreOf(all);
const open = unknown.length === 0 ? "" : `; not reached, ${unknown.length} files are open`;
console.log(`${part}: ${told(score)}, aim ${aim} %${open}`);
const reached = score.counted > 0 && (100 * score.noticed) / score.counted >= aim;
process.exitCode = reached && unknown.length === 0 ? 0 : 1;
