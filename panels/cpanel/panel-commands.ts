import { execFile } from "node:child_process";
import { CodedError } from "../../src/errors.ts";
import { commandEnvironment } from "../unix-owner.ts";
import { jsonOfCommand } from "./answers.ts";
import type { Parameters } from "./panel-https.ts";

const commandTimeout = 60_000;
const maxOutput = 100 * 1024 * 1024;

/** Runs one of the panel's commands. Its exit code says nothing about the call (spec cpanel §4.3). */
export function runCommand(path: string, args: readonly string[], call: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    execFile(
      path,
      [...args],
      { env: commandEnvironment, cwd: "/", timeout: commandTimeout, maxBuffer: maxOutput },
      (cause, stdout) => {
        const { code } = (cause ?? {}) as { code?: unknown };
        if (code === "ENOENT" || code === "EACCES") {
          reject(new CodedError("panel-unreachable", { detail: `${path} can't be run` }));
          return;
        }
        try {
          resolve(jsonOfCommand(stdout, call));
        } catch (thrown) {
          reject(
            cause === null
              ? thrown
              : new CodedError("panel-fault", { detail: `${call}: the command failed` }),
          );
        }
      },
    );
  });
}

/** Names and values are decoded by the commands; `+` must not stand for a space (spec cpanel §4.3). */
export function encode(parameters: Parameters): string[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [String(value)]).map((one: string) => `${escaped(name)}=${escaped(one)}`),
  );
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
