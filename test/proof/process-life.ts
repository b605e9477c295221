import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Where inside the program a process is to die: when it passes the point for that many times. */
export interface DeathPoint {
  readonly name: string;
  readonly times: number;
}

/** What V8 compiled before, which is half of a start; in a folder that goes with every new build. */
const compiled = join(import.meta.dirname, "../../build/.compiled");

/**
 * One life of a program of ours: it may be killed at any moment, and says what it reached. The program is called with
 * `args`, and with a point and a number where it is to die by itself (`die-at.ts`).
 */
export class ProcessLife {
  readonly child: ChildProcess;
  /** Milliseconds from the start of the process until it took calls; null when it died before. */
  readonly ready: Promise<number | null>;
  /** Resolves with how it ended. */
  readonly ended: Promise<NodeJS.Signals | number | null>;
  /** The crash point it died at; null as long as it did not. */
  reached: string | null = null;
  private said = "";

  constructor(program: string, args: readonly string[], point: DeathPoint | null, logFile?: string) {
    const death = point === null ? [] : [point.name, String(point.times)];
    const begin = performance.now();
    this.child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, ...args, ...death],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", NODE_COMPILE_CACHE: compiled },
      },
    );
    if (logFile !== undefined) this.child.stdout?.pipe(createWriteStream(logFile, { flags: "a" }));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.said = (this.said + chunk.toString("utf8")).slice(-4_000);
    });
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    this.ready = promise;
    lines.on("line", (line) => {
      const message = readMessage(line);
      if (message.reached !== undefined) this.reached = message.reached;
      if (message.ready !== undefined) resolve(performance.now() - begin);
    });
    this.ended = once(this.child, "close").then(([code, signal]) => {
      resolve(null);
      return (signal as NodeJS.Signals | null) ?? (code as number | null);
    });
  }

  /** The end of what it wrote to standard error. */
  get words(): string {
    return this.said;
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.ended;
  }
}

/** Log lines go the same way; only the harness's own are short. */
function readMessage(line: string): { reached?: string; ready?: unknown } {
  try {
    return JSON.parse(line) as { reached?: string; ready?: unknown };
  } catch {
    return {};
  }
}
