import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { CodedError } from "../errors.ts";

const folders = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];
const environment = { PATH: folders.join(":"), LANG: "C.UTF-8" };
/** systemd waits for jobs to end before a restart returns. */
const timeout = 120_000;

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Where a command of the system lies; null when it is not installed. */
export function findCommand(name: string): string | null {
  return folders.map((folder) => `${folder}/${name}`).find((path) => existsSync(path)) ?? null;
}

/** Runs a command of the system by its absolute path, without a shell and with nothing of our own environment. */
export function tryCommand(name: string, args: readonly string[]): Promise<Ended> {
  const path = findCommand(name);
  if (path === null) return Promise.resolve({ status: 127, out: "", err: `${name} is not installed` });
  return new Promise((resolve) => {
    execFile(path, [...args], { env: environment, cwd: "/", timeout }, (error, out, err) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, out, err });
    });
  });
}

/** The same, but failing is an error: `setup-failed` with what the command said. */
export async function runCommand(name: string, args: readonly string[]): Promise<string> {
  const { status, out, err } = await tryCommand(name, args);
  if (status === 0) return out;
  throw new CodedError("setup-failed", {
    detail: `${name} ${args.join(" ")}: ${(err || out).trim().slice(0, 500)}`,
  });
}
