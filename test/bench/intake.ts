import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { DemoStage } from "../demo/demo-stage.ts";
import { freePort } from "../demo/free-port.ts";
import { atLeast, atMost, type Figure, plain } from "./aim.ts";
import { cpuMs, forgetPeaks, median, peakMb } from "./measure.ts";

const run = promisify(execFile);
const handlers = {
  express: join(import.meta.dirname, "bare-handler.ts"),
  node: join(import.meta.dirname, "bare-node-handler.ts"),
} as const;
const connections = 64;
const seconds = 4;
const calmSeconds = 35;
const restPatience = 300_000;

export const intakeNotes = `
\`node:http\` that stores nothing and checks nothing is the most that any program on this runtime can take in; the agent beside it looks at
sender, path and every parameter, and each call is on disk before it is answered.

The runtime takes up one new connection in each turn of its event loop, whatever waits (libuv). Where 64 begin at once, the last of them
is answered some tenths of a second later: in four seconds that is more than one call in a hundred, in a minute it is not.
`;

export interface Load {
  readonly perSecond: number;
  readonly p99: number;
  readonly refused: number;
}

/**
 * Webhooks per second over 64 connections, in bursts of four seconds and sustained: the agent, which syncs each to disk before it says 200; a bare Express handler
 * and the runtime's own server, which store nothing; and Debian's `webhook` with an IP rule and a command that does nothing.
 * Each in turn, several times.
 */
export async function benchIntake(
  stage: DemoStage,
  turns: number,
  sustainedSeconds: number,
): Promise<Figure[]> {
  await comeToRest(stage);
  const loads: Record<"ours" | "express" | "node" | "debian", Load[]> = {
    ours: [],
    express: [],
    node: [],
    debian: [],
  };
  for (let turn = -1; turn < turns; turn += 1) {
    const ours = await measure(stage.folder, stage.webhookPort, "/webhook", turn);
    const [express, node] = [await bare("express", turn), await bare("node", turn)];
    const debian = await withPeer(
      (port) => startDebianWebhook(stage.folder, port),
      (port) => measure(stage.folder, port, "/hooks/webhook", turn),
    );
    // The first turn warms up.
    if (turn < 0) continue;
    loads.ours.push(ours);
    loads.express.push(express);
    loads.node.push(node);
    loads.debian.push(debian);
  }
  const agent = stage.pids[0] ?? 0;
  forgetPeaks([agent]);
  const sustained = await measure(stage.folder, stage.webhookPort, "/webhook", turns, sustainedSeconds);
  const peak = peakMb([agent]);
  const beside = await bare("express", turns, sustainedSeconds);
  const rate = (name: keyof typeof loads): number => median(loads[name].map(({ perSecond }) => perSecond));
  const tail = (name: keyof typeof loads): number => median(loads[name].map(({ p99 }) => p99));
  return [
    plain("the agent, synced before 200", rate("ours"), " calls/s"),
    plain("bare Express handler that stores nothing", rate("express"), " calls/s"),
    plain("bare `node:http` handler that stores nothing", rate("node"), " calls/s"),
    plain("Debian's webhook with an IP rule", rate("debian"), " calls/s"),
    atLeast("agent : bare Express", rate("ours") / rate("express"), 0.8, ""),
    plain("agent : bare `node:http`", rate("ours") / rate("node"), ""),
    atLeast("agent : Debian's webhook", rate("ours") / rate("debian"), 1, ""),
    plain("p99 of the agent in such a burst", tail("ours"), " ms"),
    plain("p99 of bare Express", tail("express"), " ms"),
    plain("p99 of Debian's webhook", tail("debian"), " ms"),
    atLeast(`the agent over ${sustainedSeconds} seconds`, sustained.perSecond, 5_000, " calls/s"),
    plain("bare Express over the same time", beside.perSecond, " calls/s"),
    atMost("p99 of the agent over that time", sustained.p99, 50, " ms"),
    plain("p99 of bare Express", beside.p99, " ms"),
    atMost("resident memory of the agent at most", peak, 200, " MB"),
    atMost(
      "calls that got anything but 200",
      [...loads.ours, sustained].reduce((sum, { refused }) => sum + refused, 0),
      0,
      "",
    ),
  ];

  function bare(name: keyof typeof handlers, turn: number, duration = seconds): Promise<Load> {
    return withPeer(
      (port) => spawn(process.execPath, [handlers[name], String(port)], { stdio: "ignore" }),
      async (port) => {
        // Begun anew each time, it has to be as warm as the agent is.
        await measure(stage.folder, port, "/webhook", turn, 2);
        return measure(stage.folder, port, "/webhook", turn, duration);
      },
    );
  }
}

/**
 * What installing a hundred certificates set off comes to its end first: mails, the comparison of all websites half a minute
 * later, restarts. Webhooks meanwhile are answered as well, but then it is all of it that is measured.
 */
async function comeToRest({ pids }: DemoStage): Promise<void> {
  const end = performance.now() + restPatience;
  // Longer than the agent waits to look at what changed in the panel.
  for (let calm = 0; calm < calmSeconds; ) {
    if (performance.now() > end) throw new Error("the agent does not come to rest");
    const before = cpuMs(pids);
    await pause(1_000);
    calm = cpuMs(pids) - before < 50 ? calm + 1 : 0;
  }
}

/** Runs another program for one turn only: Debian's answers first and goes on starting commands long after its turn. */
async function withPeer<T>(
  start: (port: number) => ChildProcess,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const child = start(port);
  try {
    await listening(port);
    return await use(port);
  } finally {
    const gone = once(child, "exit");
    if (child.kill("SIGKILL")) await gone;
  }
}

function startDebianWebhook(folder: string, port: number): ChildProcess {
  const hooks = join(folder, "hooks.json");
  const hook = {
    id: "webhook",
    "execute-command": "/bin/true",
    "response-message": "OK",
    "trigger-rule": { match: { type: "ip-whitelist", "ip-range": "127.0.0.1/32" } },
  };
  writeFileSync(hooks, JSON.stringify([hook]));
  return spawn("webhook", ["-hooks", hooks, "-ip", "127.0.0.1", "-port", String(port)], { stdio: "ignore" });
}

async function measure(
  folder: string,
  port: number,
  path: string,
  turn: number,
  duration = seconds,
): Promise<Load> {
  // Another request each time, as from a CA with many orders.
  return loadWebhooks(folder, port, path, { first: 100_000_000 * (turn + 2), count: 100_000_000 }, duration);
}

/** Calls a webhook listener over 64 connections, with request numbers from a range, again and again. */
export async function loadWebhooks(
  folder: string,
  port: number,
  path: string,
  ids: { readonly first: number; readonly count: number },
  duration = seconds,
): Promise<Load> {
  const script = join(folder, "calls.lua");
  writeFileSync(
    script,
    `local turn = 0
request = function()
  turn = turn + 1
  local id = ${ids.first} + turn % ${ids.count}
  return wrk.format("GET", "${path}?RequestId=" .. id .. "&Status=Issued")
end
`,
  );
  const { stdout } = await run("wrk", [
    ...["-t", "1", "-c", String(connections), "-d", `${duration}s`, "--latency", "-s", script],
    `http://127.0.0.1:${port}${path}`,
  ]);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99: toMs(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    refused: Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0),
  };
}

function toMs(found: RegExpExecArray | null): number {
  const factors: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };
  return Number(found?.[1]) * (factors[found?.[2] ?? ""] ?? Number.NaN);
}

async function listening(port: number): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const socket = connect(port, "127.0.0.1");
    const open = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await pause(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}
