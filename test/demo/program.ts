import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const main = join(import.meta.dirname, "../../build/src/main.js");
const run = promisify(execFile);
const launcher = join(import.meta.dirname, "../../plugin/program/bin/xolphin-ssl");
const launcherText = readFileSync(launcher, "utf8");
const commandOptions = optionsIn(/^exec "\$here\/node" (--.*?) "\$@"$/m);
/** The runtime's options for what rests most of the time, as the installed program is started. */
export const restingOptions = [
  ...commandOptions,
  ...optionsIn(/^agent \| intake \| gateway\) set -- (--.*?) "\$program"/m),
];

function optionsIn(line: RegExp): string[] {
  const found = line.exec(launcherText)?.[1];
  if (found === undefined) throw new Error(`${launcher} has no line like ${line}`);
  return found.split(" ");
}

/** Who a process runs as; null: as ourselves. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user of that name; null when there is none or we may not become it. */
async function unixUser(name: string): Promise<UnixUser | null> {
  if (process.getuid?.() !== 0) return null;
  try {
    const [uid, gid] = await Promise.all(["-u", "-g"].map((what) => run("id", [what, name])));
    return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) };
  } catch {
    return null;
  }
}

/** The user that the service and the panel's glue run as. */
const serviceUser = "xolphin-ssl";

/**
 * The system user that a package would have made; demo and journeys install only the panel's part of one. Null where we
 * are not root: then there is no plugin manager either that could run the plugin's scripts.
 */
export async function makeServiceUser(): Promise<UnixUser | null> {
  const known = await unixUser(serviceUser);
  if (known !== null || process.getuid?.() !== 0) return known;
  const options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"];
  // Two that begin at once both find none; one of them makes it.
  await run("useradd", [...options, serviceUser]).catch(() => undefined);
  return unixUser(serviceUser);
}

/** One of the program's roles, compiled, as its own process. */
export async function startRole(
  role: "agent" | "executor" | "intake" | "gateway",
  config: string,
  options: ProgramOptions,
): Promise<ChildProcess> {
  const runtimeOptions = role === "executor" ? commandOptions : restingOptions;
  return startProgram([...runtimeOptions, main, role, "--config", config], options);
}

export interface ProgramOptions {
  /** Null: as ourselves. */
  readonly user: UnixUser | null;
  readonly logFile: string;
  /** Stands before the command. */
  readonly before?: readonly string[];
}

/** Node with these words as its own process; what it says goes to its log. */
export function startProgram(words: readonly string[], options: ProgramOptions): ChildProcess {
  const [program = "", ...args] = [...(options.before ?? []), process.execPath, ...words];
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    ...(options.user ?? {}),
  });
  const log = createWriteStream(options.logFile, { flags: "a" });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

/** Stops a role and waits until it has let go of everything. */
export async function stopRole(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

/** One command of the program with `--json`. Throws with its own sentence when it fails. */
export async function command(config: string, ...args: string[]): Promise<unknown> {
  return commandWith("", config, ...args);
}

/** The same, with something on standard input. */
export async function commandWith(input: string, config: string, ...args: string[]): Promise<unknown> {
  try {
    const running = run(process.execPath, [main, ...args, "--config", config, "--json"], {
      maxBuffer: 64 * 1024 * 1024,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
    running.child.stdin?.end(input);
    const { stdout } = await running;
    return JSON.parse(stdout);
  } catch (thrown) {
    const { stderr = "", stdout = "" } = thrown as { stderr?: string; stdout?: string };
    throw new Error(`xolphin-ssl ${args.join(" ")}: ${stderr.trim() || stdout.trim()}`, { cause: thrown });
  }
}
