import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDemoStage } from "../demo/demo-stage.ts";
import { openDirectAdminServer } from "../demo/servers/directadmin.ts";
import type { Figure } from "./aim.ts";
import { benchCpanelReads } from "./cpanel-reads.ts";
import { benchInstall } from "./install.ts";
import { benchIntake } from "./intake.ts";
import { benchPages } from "./pages.ts";
import { benchRest } from "./rest.ts";

const report = join(import.meta.dirname, "../../docs/proof/bench.md");

interface Part {
  readonly title: string;
  readonly figures: readonly Figure[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { turns: { type: "string" }, cpanel: { type: "boolean" } } });
  const turns = Number(values.turns ?? "5");
  if (!Number.isInteger(turns) || turns < 1) {
    console.error("--turns takes a whole number from 1 up");
    return 2;
  }
  const busy = loadavg()[0] ?? 0;
  const parts: Part[] = [];
  const add = (title: string, figures: readonly Figure[]): void => {
    parts.push({ title, figures });
    console.log(`\n${table({ title, figures })}`);
  };
  // The panel's own queue reloads as well, and is counted: it runs as seldom as on a real server.
  const stage = await openDemoStage((folder) => openDirectAdminServer(folder, { taskEveryMs: 60_000 }));
  try {
    add("At rest", await benchRest(stage, Math.min(turns, 3)));
    add("From the webhook to the handshake", await benchInstall(stage, turns));
    add("The list page with 100,000 requests", await benchPages(stage.folder, turns));
    add("Webhook intake, 64 connections", await benchIntake(stage, turns));
  } finally {
    await stage.close();
  }
  if (values.cpanel === true) add("A cPanel server with 1,000 accounts", await benchCpanelReads());
  mkdirSync(join(report, ".."), { recursive: true });
  const text = describe(parts, turns, busy);
  writeFileSync(report, text);
  console.log(`\nWritten to docs/proof/bench.md`);
  return parts.every(({ figures }) => figures.every(({ reached }) => reached !== false)) ? 0 : 1;
}

function describe(parts: readonly Part[], turns: number, busy: number): string {
  const revision = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const short = parts.flatMap(({ figures }) => figures).filter(({ reached }) => reached === false);
  return `# Speed and size

Written by \`scripts/bench\` on ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC at revision ${revision}; ${turns} turns each, after one to
warm up; figures are medians over the turns. Everything, load generator and labs included, shares ${cpus().length} × ${cpus()[0]?.model.trim() ?? "processor"}
and ${Math.round(totalmem() / 1e9)} GB; load average at the start ${busy.toFixed(2)}. Ratios compare what ran in the same run.

${short.length === 0 ? "Every aim is reached." : `Not reached: ${short.map(({ what }) => what).join("; ")}.`}

${parts.map(table).join("\n")}`;
}

function table({ title, figures }: Part): string {
  const rows = figures.map(({ what, value, aim = "", reached }) => {
    const verdict = reached === undefined ? "" : reached ? "reached" : "**short**";
    return `| ${what} | ${value} | ${aim} | ${verdict} |`;
  });
  return `## ${title}\n\n| What | Measured | Aim | |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

process.exitCode = await main();
