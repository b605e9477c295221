import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { callOperation } from "../../src/control/control-client.ts";
import type { DemoStage } from "../demo/demo-stage.ts";
import { atMost, type Figure, plain } from "./aim.ts";
import { acmeFolder } from "./deploy-hooks.ts";
import { median } from "./measure.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
/** A person waits for it. */
const promptAim = 500;
/** The agent waits for it, before the first call after a rest. */
const executorAim = 1_000;

export const startNotes = `
As installed, by the launcher. The runtime itself is most of it: a shell script begins sooner because its interpreter is ready at once,
and a program in Go because it has none.
`;

interface Started {
  readonly wall: number;
  readonly cpu: number;
}

/** How long the command line and the root side take from nothing, beside a runtime that does nothing and other programs. */
export async function benchStartUp(stage: DemoStage, turns: number): Promise<Figure[]> {
  const program = layOut(stage.folder);
  const command = (name: string, ...args: string[]): (() => Promise<Started>) => {
    const words = ["--format=%e %U %S", name, ...args];
    return async () => {
      const begin = performance.now();
      const { stderr } = await run("/usr/bin/time", words);
      const wall = performance.now() - begin;
      const [, user = 0, system = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
      return { wall, cpu: (user + system) * 1000 };
    };
  };
  const nothing = await often(turns, command(process.execPath, "-e", "0"));
  const version = await often(turns, command(program, "version"));
  const status = await often(turns, command(program, "status", "--config", stage.config));
  const executors: { accepts: number; answers: number }[] = [];
  for (let turn = 0; turn < turns; turn += 1) executors.push(await startExecutor(stage, program, turn));
  const accepts = median(executors.map((one) => one.accepts));
  const answers = median(executors.map((one) => one.answers));
  return [
    plain("the runtime, doing nothing", nothing.wall, " ms"),
    plain("`xolphin-ssl version`", version.wall, " ms"),
    atMost("`xolphin-ssl version` : the runtime", version.wall / nothing.wall, 2, ""),
    atMost("`xolphin-ssl status`, with what the agent answers", status.wall, promptAim, " ms"),
    plain("its processor time", status.cpu, " ms"),
    ...(await others()),
    plain("root side, from its start to its socket", accepts, " ms"),
    atMost("root side, from its start to what the panel answers", answers, executorAim, " ms"),
  ];

  async function others(): Promise<Figure[]> {
    const figures: Figure[] = [];
    if (acmeFolder !== null) {
      const acme = await often(turns, command("/bin/sh", join(acmeFolder, "acme.sh"), "--version"));
      figures.push(plain("`acme.sh --version`", acme.wall, " ms"));
    }
    const certbot = await often(turns, command("/usr/bin/certbot", "--version"));
    const lego = await often(turns, command("/usr/bin/lego", "--version"));
    return [
      ...figures,
      plain("`certbot --version`", certbot.wall, " ms"),
      plain("`lego --version`", lego.wall, " ms"),
    ];
  }
}

/** The program as a package lays it out, with the launcher that people type. */
function layOut(folder: string): string {
  const place = mkdtempSync(join(folder, "start-"));
  mkdirSync(join(place, "bin"));
  symlinkSync(join(root, "build"), join(place, "program"));
  symlinkSync(process.execPath, join(place, "bin/node"));
  const launcher = join(place, "bin/xolphin-ssl");
  copyFileSync(join(root, "plugin/program/bin/xolphin-ssl"), launcher);
  return launcher;
}

/** A second root side beside the one that the agent uses, on a socket of its own. */
async function startExecutor(
  stage: DemoStage,
  program: string,
  turn: number,
): Promise<{ accepts: number; answers: number }> {
  const runDir = join(stage.folder, `executor-${turn}`);
  mkdirSync(runDir);
  const config = join(runDir, "config.yaml");
  const settings = parse(readFileSync(stage.config, "utf8")) as Record<string, unknown>;
  writeFileSync(config, stringify({ ...settings, runDir }), { mode: 0o600 });
  const socket = join(runDir, "executor.sock");
  const begin = performance.now();
  const child = spawn(program, ["executor", "--config", config], { stdio: "ignore" });
  const gone = once(child, "exit");
  try {
    while (!existsSync(socket)) {
      if (child.exitCode !== null) throw new Error("the executor does not start");
      await pause(1);
    }
    const accepts = performance.now() - begin;
    await callOperation(socket, "readFacts", []);
    return { accepts, answers: performance.now() - begin };
  } finally {
    child.kill();
    await gone;
  }
}

/** Medians after one turn to warm up. */
async function often(turns: number, measure: () => Promise<Started>): Promise<Started> {
  await measure();
  const taken: Started[] = [];
  for (let turn = 0; turn < turns; turn += 1) taken.push(await measure());
  return { wall: median(taken.map(({ wall }) => wall)), cpu: median(taken.map(({ cpu }) => cpu)) };
}
