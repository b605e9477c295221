import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { ServerFiles } from "./server-files.ts";

export interface ShellResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ShellOptions {
  /** Number of the user it runs as; root when absent. */
  uid?: number;
  env?: Readonly<Record<string, string>>;
  /** As the server names it; `/` when absent. */
  cwd?: string;
  input?: string | Buffer;
  /** Real milliseconds before it is killed. */
  timeoutMs?: number;
}

const usualEnvironment = {
  PATH: "/usr/local/cpanel/3rdparty/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};
const usualTimeoutMs = 60_000;

/** Folders of this machine that the server borrows, read-only: interpreters and libraries. */
const borrowed = [
  "usr/bin",
  "usr/sbin",
  "usr/lib",
  "usr/lib32",
  "usr/lib64",
  "usr/libexec",
  "usr/share",
  "etc/ssl",
  "etc/perl",
  "etc/php",
  "etc/alternatives",
];

/**
 * Runs programs on the emulated server: in a mount namespace of its own whose root is the lab's root folder, so that
 * `/usr/local/cpanel/…` in a script is the lab's and nothing of the machine can be changed. Needs root on Linux.
 */
export class ServerShell {
  private readonly files: ServerFiles;
  private holder: ChildProcess | undefined;
  private ready: Promise<number> | undefined;

  constructor(files: ServerFiles) {
    this.files = files;
    // The server has no systemd; what is asked of it is written down.
    const systemctl = files.path("usr/local/sbin/systemctl");
    if (!existsSync(systemctl)) {
      writeFileSync(systemctl, '#!/bin/sh\necho "$*" >> /var/log/systemctl.log\n', { mode: 0o755 });
    }
  }

  async run(command: readonly string[], options: ShellOptions = {}): Promise<ShellResult> {
    const child = await this.spawn(command, options);
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? usualTimeoutMs);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const code = await new Promise<number>((resolve) => {
      child.on("error", () => resolve(127));
      child.on("close", (status) => resolve(status ?? 1));
    });
    clearTimeout(timer);
    return { code, stdout: await stdout, stderr: await stderr };
  }

  /** Starts a program with pipes; extra descriptors as in `stdio`. */
  async spawn(
    command: readonly string[],
    options: ShellOptions = {},
    extra: ("pipe" | "ignore")[] = [],
  ): Promise<ChildProcess> {
    this.ready ??= this.start();
    const pid = await this.ready;
    const user =
      options.uid === undefined || options.uid === 0
        ? []
        : ["--reuid", `${options.uid}`, "--regid", `${options.uid}`, "--clear-groups"];
    const chosen = user.length === 0 ? command : ["/usr/bin/setpriv", ...user, "--", ...command];
    const inside = ["--target", `${pid}`, "--mount", "--root", `--wd=/proc/${pid}/root${options.cwd ?? "/"}`];
    return spawn("/usr/bin/nsenter", [...inside, "--", ...chosen], {
      env: { ...usualEnvironment, ...options.env },
      stdio: ["pipe", "pipe", "pipe", ...extra],
    });
  }

  async stop(): Promise<void> {
    const holder = this.holder;
    if (holder === undefined || holder.exitCode !== null) return;
    const gone = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await gone;
  }

  /** The process that keeps the namespace; it goes when the lab goes. */
  private start(): Promise<number> {
    if (process.getuid?.() !== 0) throw new Error("Programs of the server can only be run by root.");
    for (const folder of [...borrowed, "dev", "proc"])
      mkdirSync(this.files.path(folder), { recursive: true });
    const script = [
      "set -e",
      'cd "$0"',
      `for d in ${borrowed.join(" ")}; do if [ -d "/$d" ]; then mount --bind "/$d" "$d"; mount -o remount,ro,bind "$d"; fi; done`,
      "mount --rbind /dev dev; mount --rbind /proc proc",
      'for l in bin sbin lib lib64; do [ -e "$l" ] || [ ! -L "/$l" ] || cp -P "/$l" "$l"; done',
      "cp /etc/ld.so.cache /etc/nsswitch.conf /etc/hosts etc/ 2>/dev/null || true",
      'exec chroot . /bin/sh -c "echo ready; exec sleep infinity"',
    ].join("\n");
    const holder = spawn(
      "/usr/bin/setpriv",
      [
        "--pdeathsig",
        "KILL",
        "/usr/bin/unshare",
        "--mount",
        "--propagation",
        "private",
        "/bin/sh",
        "-c",
        script,
        this.files.root,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.holder = holder;
    return new Promise((resolve, reject) => {
      let problem = "";
      holder.stderr.on("data", (chunk: Buffer) => {
        problem += chunk.toString();
      });
      holder.stdout.once("data", () => resolve(holder.pid ?? 0));
      holder.once("error", reject);
      holder.once("exit", () => reject(new Error(`The server's namespace could not be made: ${problem}`)));
    });
  }
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) return "";
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
