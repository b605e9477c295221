import { spawn } from "node:child_process";
import type { UnixIds } from "./server-files.ts";

export interface RunAsOptions {
  /** Environment besides the path; it may name another path. */
  env?: Readonly<Record<string, string>>;
  stdin?: string | Buffer;
  cwd?: string;
  timeoutMs?: number;
  /** Told of the process number at the start. */
  started?: (kill: () => void) => void;
}

export interface RunAsResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Standard output as it came. */
  bytes: Buffer;
}

/** Runs a program with a user's rights; only root can choose, and elsewhere it runs as whoever runs the lab. */
export function runAs(
  ids: UnixIds | undefined,
  program: string,
  args: readonly string[],
  options: RunAsOptions = {},
): Promise<RunAsResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd ?? "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...options.env },
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(process.getuid?.() === 0 && ids !== undefined ? ids : {}),
    });
    const [chunks, problems]: [Buffer[], Buffer[]] = [[], []];
    options.started?.(() => child.kill("SIGKILL"));
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => problems.push(chunk));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
    child.on("error", (cause) => problems.push(Buffer.from(`${cause.message}\n`)));
    child.on("close", (code) => {
      const bytes = Buffer.concat(chunks);
      const stderr = Buffer.concat(problems).toString("utf8");
      resolve({ code: code ?? 1, stdout: bytes.toString("utf8"), stderr, bytes });
    });
  });
}
