import { randomBytes } from "node:crypto";
import { lstatSync } from "node:fs";
import { type CommandCall, type CommandResult, failed, printed, splitWords } from "./command-call.ts";
import type { RegisteredHook } from "./hooks.ts";

const valued = ["category", "event", "stage", "weight", "check", "rollback", "action", "output"];

/** Options that may be given bare or with 0 or 1 (spec §1.8). */
const switches = ["manual", "escalateprivs", "blocking"];

/** `manage_hooks <add|delete|describe|list|prune> <script|module> <reference> [options]`. */
export async function hookCommand(call: CommandCall): Promise<CommandResult> {
  const { options, rest } = splitWords(joinSwitchValues(call.words), valued);
  const [action, kind, reference] = rest;
  const { hooks } = call.state;
  if (action === "list") return printed(list(hooks.list(), options.get("output") ?? "HUMAN"));
  if (action === "prune") {
    hooks.save(hooks.list().filter((hook) => hook.exectype === "module" || exists(call, hook.hook)));
    return printed("");
  }
  if (kind !== "script" && kind !== "module")
    return failed("usage: manage_hooks add|delete|describe|list|prune script|module REFERENCE [options]");
  if (reference === undefined) return failed("A hook needs a reference.");
  if (action === "describe" || (action === "add" && kind === "module" && !options.has("manual"))) {
    const described = await describe(call, reference, kind);
    if (action === "describe") return printed(`${JSON.stringify(described)}\n`);
    hooks.save([...without(hooks.list(), described), ...described]);
    return printed(
      described.map((hook) => `Added hook for ${hook.category}::${hook.event} to hooks registry\n`).join(""),
    );
  }
  const asked: Asked = { kind, reference, options };
  if (action === "delete") {
    const left = hooks.list().filter((hook) => !matches(hook, asked));
    if (left.length === hooks.list().length) return failed("There is no such hook.");
    hooks.save(left);
    return printed("Deleted hook\n");
  }
  if (action !== "add") return failed(`“${action ?? ""}” is not an action.`);
  const problem = problemOf(call, asked);
  if (problem !== undefined) return failed(problem);
  const hook = newHook(hooks.list(), asked);
  hooks.save([...without(hooks.list(), [hook]), hook]);
  return printed(`Added hook for ${hook.category}::${hook.event} to hooks registry\n`);
}

interface Asked {
  kind: "script" | "module";
  reference: string;
  options: ReadonlyMap<string, string>;
}

/** `--manual 1` and `--manual` both occur; a following 0 or 1 belongs to the switch. */
function joinSwitchValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const last = joined.at(-1) ?? "";
    if (/^[01]$/.test(word) && switches.includes(last.slice(2)))
      joined[joined.length - 1] = `${last}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function problemOf(call: CommandCall, { kind, reference, options }: Asked): string | undefined {
  for (const name of ["category", "event", "stage"]) {
    if ((options.get(name) ?? "") === "") return `The option “--${name}” is missing.`;
  }
  if (!["pre", "post"].includes(options.get("stage") ?? "")) return "The stage must be “pre” or “post”.";
  if (kind === "module") return undefined;
  if (!reference.startsWith("/")) return "A script needs an absolute path.";
  const found = lstatSync(call.state.files.path(reference), { throwIfNoEntry: false });
  if (found === undefined) return `The script “${reference}” does not exist.`;
  if (found.uid !== 0 || (found.mode & 0o022) !== 0)
    return "The script must belong to root and be writable by nobody else.";
  return (found.mode & 0o100) === 0 ? "The script cannot be executed." : undefined;
}

function exists(call: CommandCall, path: string): boolean {
  return lstatSync(call.state.files.path(path), { throwIfNoEntry: false }) !== undefined;
}

function newHook(known: readonly RegisteredHook[], { kind, reference, options }: Asked): RegisteredHook {
  const flag = (name: string): 0 | 1 => (options.get(name) === "1" ? 1 : 0);
  const weight = Math.max(0, ...known.map((hook) => hook.weight)) + 100;
  return {
    id: randomBytes(8).toString("hex"),
    exectype: kind,
    hook: reference,
    category: options.get("category") ?? "",
    event: options.get("event") ?? "",
    stage: options.get("stage") === "pre" ? "pre" : "post",
    escalateprivs: flag("escalateprivs"),
    blocking: flag("blocking"),
    weight: Number(options.get("weight") ?? weight),
  };
}

function matches(hook: RegisteredHook, { kind, reference, options }: Asked): boolean {
  return (
    hook.exectype === kind &&
    hook.hook === reference &&
    hook.category === options.get("category") &&
    hook.event === options.get("event") &&
    hook.stage === options.get("stage")
  );
}

/** The list without hooks that are the same but for their weight: adding twice leaves one. */
function without(known: readonly RegisteredHook[], fresh: readonly RegisteredHook[]): RegisteredHook[] {
  const key = (hook: RegisteredHook): string =>
    [hook.exectype, hook.hook, hook.category, hook.event, hook.stage].join("\0");
  return known.filter((hook) => !fresh.some((one) => key(one) === key(hook)));
}

function list(known: readonly RegisteredHook[], format: string): string {
  const tree: Record<string, Record<string, RegisteredHook[]>> = {};
  for (const hook of known) {
    tree[hook.category] ??= {};
    const events = tree[hook.category] ?? {};
    events[hook.event] = [...(events[hook.event] ?? []), hook];
  }
  if (format.toUpperCase() === "JSON") return `${JSON.stringify(tree)}\n`;
  const lines = Object.entries(tree).flatMap(([category, events]) => [
    `${category}:`,
    ...Object.entries(events).flatMap(([event, hooks]) => [
      `    ${event}:`,
      ...hooks.flatMap((hook) => [
        `        id: ${hook.id}`,
        `            blocking: ${hook.blocking}`,
        `            escalateprivs: ${hook.escalateprivs}`,
        `            exectype: ${hook.exectype}`,
        `            hook: ${hook.hook}`,
        `            stage: ${hook.stage}`,
        `            weight: ${hook.weight}`,
      ]),
    ]),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}

/** What a module or script says of its own hooks. */
async function describe(
  call: CommandCall,
  reference: string,
  kind: "script" | "module",
): Promise<RegisteredHook[]> {
  const program =
    kind === "module"
      ? ["/usr/local/cpanel/bin/lab/run-module-hook", "describe", reference]
      : [reference, "--describe"];
  const { code, stdout, stderr } = await call.state.shell.run(program);
  if (code !== 0) throw new Error(`“${reference}” does not describe its hooks: ${stderr}`);
  const told = JSON.parse(stdout) as Partial<RegisteredHook>[];
  const known = call.state.hooks.list();
  return told.map((one) => {
    const options = new Map(Object.entries(one).map(([name, value]) => [name, String(value)]));
    return newHook(known, { kind, reference: one.hook ?? reference, options });
  });
}
