import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** What a program below the root folder hands over. */
export interface CommandCall {
  words: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
}

export interface UtilityCall extends CommandCall {
  readonly state: LabState;
  /** The object the command is about; empty where it takes none. */
  readonly name: string;
  /** Options by name without dash; absent ones are undefined. */
  readonly options: Readonly<Record<string, string | undefined>>;
}

export interface UtilityCommand {
  /** `-u` for `--update`. */
  short?: string;
  /** What its argument is called; absent when it takes none. */
  takes?: string;
  options: readonly string[];
  help: string;
  /** Text for standard output; a refusal is a {@link PanelRefusal}. */
  run(call: UtilityCall): Promise<string> | string;
}

/** One program of `plesk bin`. */
export interface Utility {
  commands: Readonly<Record<string, UtilityCommand>>;
  /** Every option that takes no value. */
  flags?: readonly string[];
  /** Options that come and go with the switches. */
  extraOptions?(state: LabState): readonly string[];
}

export function commandsOf(utility: Utility, state: LabState): [string, UtilityCommand][] {
  const extra = utility.extraOptions?.(state) ?? [];
  return Object.entries(utility.commands).map(([name, command]) =>
    name === "--update" ? [name, { ...command, options: [...command.options, ...extra] }] : [name, command],
  );
}

/** Runs a utility: its command, the object, then `-option value` pairs in any order. */
export async function runUtility(
  state: LabState,
  title: string,
  utility: Utility,
  call: CommandCall,
): Promise<CommandResult> {
  const [word, ...rest] = call.words;
  const commands = commandsOf(utility, state);
  if (word === undefined || word === "--help" || word === "-h") {
    return { code: word === undefined ? 1 : 0, stdout: helpText(title, commands), stderr: "" };
  }
  const found = commands.find(([name, { short }]) => name === word || short === word);
  if (found === undefined) return refused(`Unknown command: ${word}`, 1);
  const [, command] = found;
  try {
    const name = command.takes === undefined ? "" : (rest.shift() ?? "");
    if (command.takes !== undefined && (name === "" || name.startsWith("--"))) {
      throw new PanelRefusal(1019, `The argument <${command.takes}> is missing.`);
    }
    const options = readOptions(rest, command.options, utility.flags ?? []);
    return { code: 0, stdout: await command.run({ ...call, state, name, options }), stderr: "" };
  } catch (cause) {
    if (!(cause instanceof PanelRefusal)) throw cause;
    return refused(cause.message, cause.exit);
  }
}

function readOptions(
  words: readonly string[],
  known: readonly string[],
  flags: readonly string[],
): Record<string, string | undefined> {
  const options: Record<string, string | undefined> = {};
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const name = word.replace(/^-/, "");
    if (!word.startsWith("-") || !known.includes(name)) {
      throw new PanelRefusal(1019, `Unrecognized option: ${word}`);
    }
    if (flags.includes(name)) {
      options[name] = "true";
      continue;
    }
    at += 1;
    const value = words[at];
    if (value === undefined) throw new PanelRefusal(1019, `The option -${name} needs a value.`);
    options[name] = value;
  }
  return options;
}

function helpText(title: string, commands: readonly [string, UtilityCommand][]): string {
  const lines = commands.map(
    ([name, { short, takes, help }]) =>
      `    ${name}${short === undefined ? "" : ` or ${short}`}${takes === undefined ? "" : ` <${takes}>`}`.padEnd(
        48,
      ) + help,
  );
  const options = [...new Set(commands.flatMap(([, command]) => command.options))];
  return [
    `Usage: ${title} command [options]`,
    "",
    "Available commands:",
    ...lines,
    `${"    --help or -h".padEnd(48)}Displays this help page`,
    "",
    "Available options:",
    ...options.map((name) => `    -${name}`),
    "",
  ].join("\n");
}

/** `true`, `on` and their opposites; undefined when the option was not given. */
export function booleanOption(value: string | undefined, name: string): boolean | undefined {
  if (value === undefined) return undefined;
  if (["true", "on", "yes"].includes(value)) return true;
  if (["false", "off", "no"].includes(value)) return false;
  throw new PanelRefusal(1019, `The value '${value}' of the option -${name} is invalid.`);
}

export function refused(text: string, code = 1): CommandResult {
  return { code, stdout: "", stderr: `${text}\n` };
}
