import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type DemoStage, openDemoStage } from "../demo/demo-stage.ts";
import type { DemoServer } from "../demo/servers/demo-server.ts";
import type { DirectAdminServer } from "../demo/servers/directadmin.ts";
import type { Figure } from "./aim.ts";
import { type BenchPanel, benchPanels } from "./bench-panels.ts";
import { benchCpanelReads } from "./cpanel-reads.ts";
import { benchFleetCalls, fleetNotes } from "./fleet-calls.ts";
import { benchFleetIntake } from "./fleet-intake.ts";
import { benchInstall } from "./install.ts";
import { benchIntake } from "./intake.ts";
import { benchPages } from "./pages.ts";
import { benchPleskRestarts } from "./plesk-restarts.ts";
import { benchRest } from "./rest.ts";

const reports = join(import.meta.dirname, "../../docs/proof");

interface Part {
  readonly title: string;
  readonly figures: readonly Figure[];
}

type Add = (title: string, figures: readonly Figure[]) => void;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      turns: { type: "string" },
      panel: { type: "string", default: "directadmin" },
      only: { type: "string" },
      fleet: { type: "boolean", default: false },
      servers: { type: "string", default: "1,5,25,100,500" },
    },
  });
  const turns = Number(values.turns ?? "5");
  if (!Number.isInteger(turns) || turns < 1) {
    console.error("--turns takes a whole number from 1 up");
    return 2;
  }
  if (!Object.hasOwn(benchPanels, values.panel)) {
    console.error(`--panel takes one of: ${Object.keys(benchPanels).join(", ")}`);
    return 2;
  }
  if (values.only !== undefined && !Object.hasOwn(measures, values.only)) {
    console.error(`--only takes one of: ${Object.keys(measures).join(", ")}`);
    return 2;
  }
  const busy = loadavg()[0] ?? 0;
  const parts: Part[] = [];
  const add: Add = (title, figures) => {
    parts.push({ title, figures });
    console.log(`\n${table({ title, figures })}`);
  };
  const panel = values.panel as keyof typeof benchPanels;
  const other = panel !== "directadmin";
  const only = values.only ?? null;
  if (values.fleet) await measureFleet(turns, add, values.servers.split(",").map(Number));
  else if (panel === "cpanel") await measureCpanel(turns, add, only);
  else if (panel === "plesk") await measurePlesk(turns, add, only);
  else await measureAll(turns, add, only);
  if (values.only !== undefined) return allReached(parts) ? 0 : 1;
  const file = values.fleet ? "bench-fleet.md" : other ? `bench-${panel}.md` : "bench.md";
  mkdirSync(reports, { recursive: true });
  const where = values.fleet ? " of a fleet" : other ? ` on ${benchPanels[panel].name}` : "";
  const notes = values.fleet ? fleetNotes : "";
  writeFileSync(join(reports, file), describe(parts, turns, busy, where) + notes);
  console.log(`\nWritten to docs/proof/${file}`);
  return allReached(parts) ? 0 : 1;
}

function allReached(parts: readonly Part[]): boolean {
  return parts.every(({ figures }) => figures.every(({ reached }) => reached !== false));
}

interface Measure {
  readonly title: string;
  run(
    panel: BenchPanel<DirectAdminServer>,
    stage: DemoStage<DirectAdminServer>,
    turns: number,
  ): Promise<Figure[]>;
}

/** In this order: rest comes before any work. */
const measures = {
  rest: { title: "At rest", run: (_panel, stage, turns) => benchRest(stage, Math.min(turns, 3)) },
  install: { title: "From the webhook to the handshake", run: benchInstall },
  pages: {
    title: "The list page with 100,000 requests",
    run: (_panel, { folder }, turns) => benchPages(folder, turns),
  },
  intake: {
    title: "Webhook intake, 64 connections",
    run: (_panel, stage, turns) => benchIntake(stage, turns),
  },
} as const satisfies Readonly<Record<string, Measure>>;

/** Everything there is to measure, or one part; rest and pages do not depend on the panel and are measured here only. */
function measureAll(turns: number, add: Add, only: string | null): Promise<void> {
  const panel = benchPanels.directadmin;
  return withStage(panel, async (stage) => {
    for (const [name, { title, run }] of Object.entries(measures)) {
      if (only === null || only === name) add(title, await run(panel, stage, turns));
    }
  });
}

async function measureCpanel(turns: number, add: Add, only: string | null): Promise<void> {
  const panel = benchPanels.cpanel;
  await withStage(panel, async (stage) => {
    if (only !== "intake") add(measures.install.title, await benchInstall(panel, stage, turns));
    if (only !== "install") add(measures.intake.title, await benchIntake(stage, turns));
  });
  if (only === null) add("A server with 1,000 accounts", await benchCpanelReads());
}

async function measurePlesk(turns: number, add: Add, only: string | null): Promise<void> {
  const panel = benchPanels.plesk;
  await withStage(panel, async (stage) => {
    add(measures.install.title, await benchInstall(panel, stage, turns));
  });
  if (only === null) add("One batch", await benchPleskRestarts());
}

/** `sizes`: how many servers the fleet has, growing. */
async function measureFleet(turns: number, add: Add, sizes: readonly number[]): Promise<void> {
  await withStage(benchPanels.directadmin, async (stage) => {
    add("Webhooks, 64 connections, 1,000 orders", await benchFleetIntake(stage, turns));
  });
  add("Calls at the CA as the fleet grows", await benchFleetCalls(sizes));
}

async function withStage<Server extends DemoServer>(
  { open }: BenchPanel<Server>,
  measure: (stage: DemoStage<Server>) => Promise<void>,
): Promise<void> {
  const stage = await openDemoStage(open);
  try {
    await measure(stage);
  } finally {
    await stage.close();
  }
}

function describe(parts: readonly Part[], turns: number, busy: number, where: string): string {
  const revision = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const short = parts.flatMap(({ figures }) => figures).filter(({ reached }) => reached === false);
  return `# Speed and size${where}

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
