import { CodedError } from "../../src/errors.ts";
import { runCommand } from "../run-command.ts";
import { jsonOfCommand } from "./answers.ts";
import type { Parameters } from "./panel-https.ts";

const limits = { timeout: 60_000, maxOutput: 100 * 1024 * 1024 };

/** Runs one of the panel's commands. Its exit code says nothing about the call (spec cpanel §4.3). */
export async function askByCommand(path: string, args: readonly string[], call: string): Promise<unknown> {
  const { code, stdout } = await runCommand(path, args, limits);
  try {
    return jsonOfCommand(stdout, call);
  } catch (thrown) {
    throw code === 0 ? thrown : new CodedError("panel-fault", { detail: `${call}: the command failed` });
  }
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
