import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type DemoStage, openDemoStage } from "../demo/demo-stage.ts";
import type { DemoServer } from "../demo/servers/demo-server.ts";
import type { Figure } from "./aim.ts";
import { type BenchPanel, benchPanels } from "./bench-panels.ts";
import { benchCpanelReads } from "./cpanel-reads.ts";
import { benchFleetCalls, fleetNotes } from "./fleet-calls.ts";
import { benchFleetIntake } from "./fleet-intake.ts";
import { benchGrowth, growthNotes } from "./growth.ts";
import { benchInstall } from "./install.ts";
import { benchIntake, intakeNotes } from "./intake.ts";
import { benchPages } from "./pages.ts";
import { benchPeers, peerNotes } from "./peers.ts";
import { benchPleskRestarts } from "./plesk-restarts.ts";
import { circumstances, renew, section } from "./report.ts";
import { benchRest } from "./rest.ts";
import { benchStartUp, startNotes } from "./start-up.ts";

const reports = join(import.meta.dirname, "../../docs/proof");

interface Wishes {
  readonly turns: number;
  /** How many websites get a certificate each in the race with other programs. */
  readonly sites: number;
  /** Seconds for which webhooks come without a pause. */
  readonly sustained: number;
  /** Numbers of requests between which growth is measured. */
  readonly sizes: readonly number[];
  /** Null: every part. */
  readonly only: ReadonlySet<string> | null;
}

interface Measure {
  readonly title: string;
  readonly notes?: string;
  run<Server extends DemoServer>(
    panel: BenchPanel<Server>,
    stage: DemoStage<Server>,
    wishes: Wishes,
  ): Promise<Figure[]>;
}

/** In this order: rest comes before any work. */
const measures: Readonly<Record<string, Measure>> = {
  rest: { title: "At rest", run: (_panel, stage, { turns }) => benchRest(stage, Math.min(turns, 3)) },
  start: {
    title: "From nothing",
    notes: startNotes,
    run: (_panel, stage, { turns }) => benchStartUp(stage, turns),
  },
  install: {
    title: "From the webhook to the handshake",
    run: (panel, stage, { turns }) => benchInstall(panel, stage, turns),
  },
  peers: {
    title: "Many certificates beside acme.sh",
    notes: peerNotes,
    run: (panel, stage, { turns, sites }) => benchPeers(panel, stage, Math.min(turns, 3), sites),
  },
  pages: {
    title: "The list page with 100,000 requests",
    run: (_panel, { folder }, { turns }) => benchPages(folder, turns),
  },
  growth: {
    title: "As requests become many",
    notes: growthNotes,
    run: (_panel, { folder }, { turns, sizes }) => benchGrowth(folder, turns, sizes),
  },
  intake: {
    title: "Webhook intake, 64 connections",
    notes: intakeNotes,
    run: (_panel, stage, { turns, sustained }) => benchIntake(stage, turns, sustained),
  },
};
/** What depends on the panel; the rest is measured with one of them only. */
const measuresOf: Readonly<Record<keyof typeof benchPanels, readonly string[]>> = {
  directadmin: Object.keys(measures),
  cpanel: ["install", "peers", "intake"],
  plesk: ["install"],
};
const measuresOfFleet: readonly string[] = ["intake", "calls"];

type Add = (title: string, figures: readonly Figure[], notes?: string) => void;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      turns: { type: "string", default: "5" },
      panel: { type: "string", default: "directadmin" },
      only: { type: "string" },
      record: { type: "boolean", default: false },
      sites: { type: "string", default: "100" },
      sustained: { type: "string", default: "60" },
      sizes: { type: "string", default: "100,10000,100000" },
      fleet: { type: "boolean", default: false },
      servers: { type: "string", default: "1,5,25,100,500" },
    },
  });
  const [turns, sites, sustained] = [values.turns, values.sites, values.sustained].map(Number) as [
    number,
    number,
    number,
  ];
  if ([turns, sites, sustained].some((value) => !Number.isInteger(value) || value < 1)) {
    console.error("--turns, --sites and --sustained take a whole number from 1 up");
    return 2;
  }
  if (!Object.hasOwn(benchPanels, values.panel)) {
    console.error(`--panel takes one of: ${Object.keys(benchPanels).join(", ")}`);
    return 2;
  }
  const panel = values.panel as keyof typeof benchPanels;
  const only = values.only === undefined ? null : new Set(values.only.split(","));
  const known = values.fleet ? measuresOfFleet : measuresOf[panel];
  if (only !== null && [...only].some((name) => !known.includes(name))) {
    console.error(`--only takes some of: ${known.join(",")}`);
    return 2;
  }
  const sections: string[] = [];
  let measured = circumstances(turns);
  let reached = true;
  const add: Add = (title, figures, notes = "") => {
    const text = section({ title, figures, notes }, measured);
    sections.push(text);
    reached &&= figures.every((figure) => figure.reached !== false);
    console.log(`\n${text}`);
    measured = circumstances(turns);
  };
  const wishes: Wishes = { turns, sites, sustained, sizes: values.sizes.split(",").map(Number), only };
  if (values.fleet) await measureFleet(wishes, add, values.servers.split(",").map(Number));
  else if (panel === "cpanel") await measureCpanel(wishes, add);
  else if (panel === "plesk") await measurePlesk(wishes, add);
  else
    await withStage(benchPanels.directadmin, (stage) =>
      measureAll(benchPanels.directadmin, stage, wishes, add),
    );
  if (only !== null && !values.record) return reached ? 0 : 1;
  const file = values.fleet ? "bench-fleet.md" : panel === "directadmin" ? "bench.md" : `bench-${panel}.md`;
  const where = values.fleet
    ? " of a fleet"
    : panel === "directadmin"
      ? ""
      : ` on ${benchPanels[panel].name}`;
  mkdirSync(reports, { recursive: true });
  const path = join(reports, file);
  const before = only !== null && existsSync(path) ? readFileSync(path, "utf8") : "";
  writeFileSync(path, renew(before, where, sections));
  console.log(`\nWritten to docs/proof/${file}`);
  return reached ? 0 : 1;
}

async function measureAll<Server extends DemoServer>(
  panel: BenchPanel<Server>,
  stage: DemoStage<Server>,
  wishes: Wishes,
  add: Add,
): Promise<void> {
  const { only } = wishes;
  for (const name of measuresOf[stage.server.panel as keyof typeof benchPanels]) {
    const measure = measures[name];
    if (measure === undefined || (only !== null && !only.has(name))) continue;
    add(measure.title, await measure.run(panel, stage, wishes), measure.notes);
  }
}

async function measureCpanel(wishes: Wishes, add: Add): Promise<void> {
  await withStage(benchPanels.cpanel, (stage) => measureAll(benchPanels.cpanel, stage, wishes, add));
  if (wishes.only === null) add("A server with 1,000 accounts", await benchCpanelReads());
}

async function measurePlesk(wishes: Wishes, add: Add): Promise<void> {
  await withStage(benchPanels.plesk, (stage) => measureAll(benchPanels.plesk, stage, wishes, add));
  if (wishes.only === null) add("One batch", await benchPleskRestarts());
}

/** `sizes`: how many servers the fleet has, growing. */
async function measureFleet({ turns, only }: Wishes, add: Add, sizes: readonly number[]): Promise<void> {
  if (only?.has("intake") !== false) {
    await withStage(benchPanels.directadmin, async (stage) => {
      add("Webhooks, 64 connections, 1,000 orders", await benchFleetIntake(stage, turns));
    });
  }
  if (only?.has("calls") !== false) {
    add("Calls at the CA as the fleet grows", await benchFleetCalls(sizes), fleetNotes);
  }
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

process.exitCode = await main();
