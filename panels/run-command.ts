import { spawn } from "node:child_process";
import { systemClock } from "../src/clock.ts";
import { CodedError } from "../src/errors.ts";

/** Nothing of our own environment is the business of a command we run. */
export const commandEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

export interface CommandLimits {
  /** Milliseconds after which the command is ended, and whatever it started with it. */
  readonly timeout: number;
  /** Bytes it may print; after more it is ended as well. */
  readonly maxOutput: number;
  /** Text for its standard input. */
  readonly input?: string;
  /** The Unix user that it runs as; our own when absent. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** How a command ended: its exit status (null when it was killed) and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command: by absolute path, with an argument array that no shell reads, in a fixed environment and folder, for a
 * limited time. Throws `panel-unreachable` when it can't be run at all; what its end means is for the caller to say.
 */
export function runCommand(
  program: string,
  args: readonly string[],
  { timeout, maxOutput, input = "", as }: CommandLimits,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // The cause would name all arguments, which are no matter for a page.
    const cannotRun = (): void =>
      reject(new CodedError("panel-unreachable", { detail: `${program} can't be run` }));
    let child: ReturnType<typeof start>;
    try {
      child = start(program, args, as);
    } catch {
      cannotRun();
      return;
    }
    const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    const end = (): void => {
      killGroup(child);
      // Who left the group may hold the other ends open for ever.
      for (const name of ["stdout", "stderr"] as const) child[name].destroy();
    };
    // The other program knows no other clock.
    const cancel = systemClock.after(timeout, end);
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxOutput) end();
        else printed[name].push(chunk);
      });
    }
    child.once("error", () => {
      cancel();
      cannotRun();
    });
    child.once("close", (code) => {
      cancel();
      const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString("utf8");
      const { stdout, stderr } = printed;
      resolve({ code: bytes > maxOutput ? null : code, stdout: text(stdout), stderr: text(stderr) });
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

/** `detached`: a session and process group of its own, in which only the command and its children are. */
function start(program: string, args: readonly string[], as: CommandLimits["as"]) {
  return spawn(program, [...args], {
    ...as,
    env: commandEnvironment,
    cwd: "/",
    stdio: "pipe",
    detached: true,
  });
}

/**
 * At once and by a signal that nobody can put off: while the command itself is not waited for, its number is given to nobody
 * else, so that the group of that number is its own. After a kinder signal it might be gone and its children not.
 */
function killGroup({ pid, exitCode, signalCode }: ReturnType<typeof start>): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended in this moment.
  }
}
