import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  /** A user of the server; root when absent. */
  readonly as?: string;
  readonly input?: string;
}

/** A server to install packages on, with systemd, that is gone when it is stopped. */
export interface Machine {
  /** Its files, to read and write from outside, as root. */
  readonly root: string;
  /** Runs one command on the server, without network beyond the server itself. */
  run(command: readonly string[], options?: RunOptions): Promise<Result>;
  /** Starts a process that goes on; it ends with the server at the latest. */
  start(command: readonly string[], options?: RunOptions): ChildProcess;
  /** Every file and folder on disk that is not as it was when the server came up, and what it is now. */
  changes(): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

const boot = join(import.meta.dirname, "boot.sh");
const controllers = ["systemd", "memory", "pids"];
const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8" };
const longestBoot = 60_000;

/** Why no such server can be started here; null when one can. Tests say it in their names when they are skipped. */
export function machineProblem(): string | null {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync("/lib/systemd/systemd")) return "needs systemd on this machine";
  if (controllers.some((name) => !existsSync(join("/sys/fs/cgroup", name)))) return "needs control groups v1";
  const folder = mkdtempSync(join(tmpdir(), "machine-probe-"));
  const script =
    'mount --make-rprivate / && mount -t tmpfs t "$0" && cd "$0" && mkdir u w m && mount -t overlay o -o "lowerdir=/,upperdir=$0/u,workdir=$0/w" m';
  try {
    execFileSync("unshare", ["--mount", "--pid", "--net", "--cgroup", "--fork", "sh", "-c", script, folder], {
      stdio: "ignore",
    });
    return null;
  } catch {
    return "needs the right to make namespaces and overlay mounts";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function startMachine(): Promise<Machine> {
  const folder = mkdtempSync(join(tmpdir(), "machine-"));
  const name = `lab-${basename(folder)}`;
  const outer = spawn("bash", [boot, folder, name], { stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [outer.stdout, outer.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-20_000);
    });
  }
  const first = await firstProcess(outer, () => said);
  const enter = [
    "nsenter",
    "--target",
    String(first),
    "--mount",
    "--pid",
    "--net",
    "--ipc",
    "--uts",
    "--cgroup",
  ];
  const within = (command: readonly string[], as?: string): string[] => [
    ...enter,
    "--root",
    "--wd",
    "--",
    ...(as === undefined ? [] : ["runuser", "-u", as, "--"]),
    ...command,
  ];
  const machine: Machine = {
    root: `/proc/${first}/root`,
    run: (command, options = {}) => run(within(command, options.as), options.input ?? ""),
    start(command, options = {}) {
      const [program = "", ...args] = within(command, options.as);
      return spawn(program, args, { env: environment, cwd: "/", stdio: "pipe" });
    },
    async changes() {
      const list = await run(
        [
          ...enter,
          "--",
          "find",
          join(folder, "upper"),
          "-mindepth",
          "1",
          "-printf",
          "%P\\t%y %m %U:%G %l\\t%y\\n",
        ],
        "",
      );
      return describeFiles(list.out, `/proc/${first}/root`);
    },
    async stop() {
      const gone = once(outer, "close");
      try {
        process.kill(first, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await gone;
      rmSync(folder, { recursive: true, force: true });
      for (const controller of controllers) await removeGroup(join("/sys/fs/cgroup", controller, name));
    },
  };
  try {
    await untilUp(machine, () => said);
    return machine;
  } catch (thrown) {
    await machine.stop();
    throw thrown;
  }
}

/** The number of the server's first process as seen from here. */
async function firstProcess(outer: ChildProcess, said: () => string): Promise<number> {
  const end = Date.now() + longestBoot;
  while (Date.now() < end && outer.exitCode === null) {
    const children = readOrEmpty(`/proc/${outer.pid}/task/${outer.pid}/children`).trim();
    const child = Number(children.split(" ")[0]);
    if (children !== "" && readOrEmpty(`/proc/${child}/comm`).trim() === "systemd") return child;
    await pause(20);
  }
  throw new Error(`the server does not start\n${said()}`);
}

async function untilUp(machine: Machine, said: () => string): Promise<void> {
  const end = Date.now() + longestBoot;
  while (Date.now() < end) {
    const { out } = await machine.run(["systemctl", "is-active", "lab.target"]);
    if (out.trim() === "active") return;
    await pause(50);
  }
  throw new Error(`the server does not come up\n${said()}`);
}

/** What each changed path is now: kind, mode, owner, target of a link, and a digest of a file's content. */
async function describeFiles(list: string, root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const digests = new Map<string, string>();
  const files = list.split("\n").flatMap((line) => {
    const [path = "", , kind] = line.split("\t");
    return kind === "f" ? [path] : [];
  });
  const sums = await run(["sha256sum", "--zero", "--", ...files.map((path) => join(root, path))], "");
  for (const line of sums.out.split("\0")) digests.set(line.slice(66 + root.length + 1), line.slice(0, 16));
  for (const line of list.split("\n")) {
    const [path = "", facts = ""] = line.split("\t");
    if (path === "" || isSameFolderBelow(path, facts.trim())) continue;
    found.set(path, [facts.trim(), digests.get(path)].filter(Boolean).join(" "));
  }
  return found;
}

/** A folder in which something changed appears as changed itself, although it is the same as on the machine below. */
function isSameFolderBelow(path: string, facts: string): boolean {
  const below = lstatSync(join("/", path), { throwIfNoEntry: false });
  if (below?.isDirectory() !== true) return false;
  return facts === `d ${(below.mode & 0o7777).toString(8)} ${below.uid}:${below.gid}`;
}

async function run(command: readonly string[], input: string): Promise<Result> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: environment, cwd: "/", stdio: "pipe" });
  const parts = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    parts.out += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    parts.err += chunk.toString("utf8");
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [status] = (await once(child, "close")) as [number | null];
  return { status: status ?? -1, ...parts };
}

/** Groups can be removed once the kernel has let go of their last process. */
async function removeGroup(group: string): Promise<void> {
  for (let turn = 0; turn < 100 && existsSync(group); turn += 1) {
    try {
      for (const inner of foldersBelow(group)) rmdirSync(inner);
      rmdirSync(group);
    } catch {
      await pause(50);
    }
  }
}

function foldersBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => [...foldersBelow(join(folder, name)), join(folder, name)]);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
