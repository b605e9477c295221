import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../labs/machine/machine.ts";
import { eventually } from "./eventually.ts";
import { hostingUsers, inHostingPlace } from "./hosting-places.ts";
import { command } from "./lab-process.ts";
import { readCalls, type TracedCall, traceOptions } from "./strace-calls.ts";

export interface RootTrace {
  /** Calls with a path that programs of ours made with root's rights. */
  readonly calls: number;
  /** Those among them in whose path a hosting account has a hand. */
  readonly inHostingPlaces: readonly string[];
  /** The programs of ours that ran as root, each as it was first started. */
  readonly programs: readonly string[];
  /** Calls with a path of a hosting account that the panel's own programs made as root: theirs to answer for. */
  readonly byThePanel: number;
}

export interface RootWatch {
  /** Runs a command of ours as an administrator does, watched as well. Throws what it said when it fails. */
  run(...words: string[]): Promise<string>;
  finish(): Promise<RootTrace>;
}

/** The lab of cPanel lays a stand-in before it in the search path. */
const systemctl = "/usr/bin/systemctl";
const executor = "xolphin-ssl-executor.service";
const folder = "/tmp/root-trace";

/**
 * Watches by strace whatever runs as root from now on until the end: what systemd starts, the executor among it, what the panel
 * starts, and their children. A child that has become another user counts as that user. `panel`: the lab's process number.
 *
 * Whose call it is goes by the program: one that lies in a folder of ours, or an interpreter that reads such a one, is ours, and
 * so is whatever it starts, save the panel's own commands.
 */
export async function watchRoot(machine: Machine, panel: string): Promise<RootWatch> {
  await command(machine, "mkdir", "--mode=0700", folder);
  await command(machine, systemctl, "stop", executor);
  const attached = ["1", panel];
  const strace = [
    ...traceOptions,
    `--output=${folder}/services`,
    ...attached.map((pid) => `--attach=${pid}`),
  ];
  const start = `echo $$ > ${folder}/strace.pid; exec "$@"`;
  const watcher = machine.start(["sh", "-c", start, "sh", ...strace]);
  const over = new Promise<void>((resolve) => watcher.once("exit", () => resolve()));
  await untilAttached(watcher, attached);
  let commands = 0;
  return {
    run(...words) {
      commands += 1;
      return command(machine, ...traceOptions, `--output=${folder}/command-${commands}`, ...words);
    },
    async finish() {
      await command(machine, systemctl, "stop", executor);
      await command(machine, "sh", "-c", `kill -INT "$(cat ${folder}/strace.pid)"`);
      await over;
      const names = ["services", ...Array.from({ length: commands }, (_, index) => `command-${index + 1}`)];
      const calls = names.flatMap((name) =>
        readCalls(readFileSync(join(machine.root, folder, name), "utf8")),
      );
      return judge(machine.root, calls);
    },
  };
}

async function untilAttached(watcher: ChildProcess, pids: readonly string[]): Promise<void> {
  let said = "";
  let ended = false;
  watcher.once("exit", () => {
    ended = true;
  });
  watcher.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
  });
  await eventually(async () => {
    if (ended) throw new Error(`strace ended: ${said}`);
    for (const pid of pids) expect(said).toMatch(new RegExp(`Process ${pid} attached`));
  });
}

/** `root` is where the server's files are seen from here, with its hosting accounts as they are now. */
export function judge(root: string, calls: readonly TracedCall[]): RootTrace {
  const users = hostingUsers(root);
  const known = new Map<string, boolean>();
  const isTheirs = ({ name, paths }: TracedCall): boolean =>
    paths.some((path) => {
      const key = `${name} ${path}`;
      const found = known.get(key) ?? inHostingPlace(root, users, { name, path });
      known.set(key, found);
      return found;
    });
  const asRoot = calls.filter(({ asRoot, paths }) => asRoot && paths.length > 0);
  const ours = asRoot.filter(({ ours }) => ours);
  const started = ours.flatMap(({ name, text }) => (name === "execve" ? [text] : []));
  return {
    calls: ours.length,
    inHostingPlaces: ours.filter(isTheirs).map(({ text }) => text),
    programs: [...new Set(started.filter((text) => / = 0$/.test(text)).map(programOf))].sort(),
    byThePanel: asRoot.filter((call) => !call.ours && isTheirs(call)).length,
  };
}

/** The program and its words, without numbers that differ from run to run. */
function programOf(text: string): string {
  const [, words = ""] = /^execve\("[^"]*", \[(.*?)\], 0x/.exec(text) ?? [];
  return words.replaceAll(/", "/g, " ").replaceAll('"', "");
}
