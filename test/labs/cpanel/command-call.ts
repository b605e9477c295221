import type { LabState } from "./lab-state.ts";

export interface CommandCall {
  readonly state: LabState;
  readonly words: readonly string[];
  /** Whose process runs it. */
  readonly uid: number;
  /** Where a path that the caller gave really lies: callers run on the server, or outside with the lab. */
  toReal(path: string): string;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Path below `/usr/local/cpanel` → what it does. */
export type CommandTable = Readonly<
  Record<string, (call: CommandCall) => Promise<CommandResult> | CommandResult>
>;

export function printed(stdout: string, stderr = ""): CommandResult {
  return { code: 0, stdout, stderr };
}

export function failed(problem: string, code = 1): CommandResult {
  return { code, stdout: "", stderr: `${problem}\n` };
}

/** Words apart from options; an option is `--name=value`, or `--name value` for the names that take one. */
export function splitWords(
  words: readonly string[],
  valued: readonly string[],
): { options: Map<string, string>; rest: string[] } {
  const options = new Map<string, string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(word);
    if (match === null) {
      rest.push(word);
      continue;
    }
    const [, name = "", value] = match;
    if (value !== undefined) options.set(name, value);
    else if (valued.includes(name)) {
      index += 1;
      options.set(name, words[index] ?? "");
    } else options.set(name, "1");
  }
  return { options, rest };
}
