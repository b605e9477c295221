import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import type { Figure } from "./aim.ts";

/** What was measured together, with what has to be known to read it. */
export interface Part {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly notes: string;
}

/** How a part was measured, told above its table: parts of one report may be of different days. */
export function circumstances(turns: number): string {
  const revision = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const at = new Date().toISOString().slice(0, 16).replace("T", " ");
  const busy = (loadavg()[0] ?? 0).toFixed(2);
  return `Measured on ${at} UTC at revision ${revision}, ${turns} turns, load average before it ${busy}.`;
}

export function section({ title, figures, notes }: Part, measured: string): string {
  const rows = figures.map(({ what, value, aim = "", reached }) => {
    const verdict = reached === undefined ? "" : reached ? "reached" : "**short**";
    return `| ${what} | ${value} | ${aim} | ${verdict} |`;
  });
  const said = notes === "" ? "" : `\n${notes.trim()}\n`;
  return `## ${title}\n\n${measured}\n\n| What | Measured | Aim | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n${said}`;
}

/**
 * The report with these sections in the place of those of the same title; what was not measured now stays as it is. `before` is
 * the report as it lies there, empty when there is none.
 */
export function renew(before: string, where: string, sections: readonly string[]): string {
  const titleOf = (text: string): string => text.slice(0, text.indexOf("\n"));
  const [head = "", ...parts] = before.split(/^(?=## )/m);
  // Reports that were written in one go say at the top when that was.
  const [, at, revision] = /on (\S+ \S+ UTC) at revision (\w+)/.exec(head) ?? [];
  const dated = (text: string): string =>
    text.includes("\nMeasured on ") || at === undefined
      ? text
      : text.replace("\n\n", `\n\nMeasured on ${at} at revision ${revision}.\n\n`);
  const known = new Map(parts.map((text) => [titleOf(text), `${dated(text).trim()}\n`]));
  for (const text of sections) known.set(titleOf(text), text);
  const all = [...known.values()];
  const short = all
    .flatMap((text) => text.split("\n"))
    .filter((line) => line.endsWith("| **short** |"))
    .map((line) => line.split("|")[1]?.trim());
  return `# Speed and size${where}

Written by \`scripts/bench\`. Figures are medians over the turns, most after one to warm up. Everything, load generator and labs
included, shares ${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"} and ${Math.round(totalmem() / 1e9)} GB. Ratios compare what ran in the same run.

${short.length === 0 ? "Every aim is reached." : `Not reached: ${short.join("; ")}.`}

${all.join("\n")}`;
}
