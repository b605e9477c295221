import { ApiArguments } from "./api-arguments.ts";
import {
  type CommandCall,
  type CommandResult,
  type CommandTable,
  failed,
  splitWords,
} from "./command-call.ts";
import { asPrinted, jsonText } from "./json-text.ts";
import type { LabState } from "./lab-state.ts";
import { callUapi } from "./uapi.ts";
import { callCpanelJson, callWhm } from "./whm.ts";
import { yamlOutput } from "./yaml.ts";

/** `uapi`, `whmapi1` and `cpapi2` (spec §4.3, §9.2). */
export const apiCommands: CommandTable = { "bin/uapi": uapi, "bin/whmapi1": whmapi1, "bin/cpapi2": cpapi2 };

const formats = ["json", "jsonpretty", "yaml"];

interface ApiWords {
  format: string;
  user: string | undefined;
  names: string[];
  args: ApiArguments;
}

function readWords(call: CommandCall, nameCount: number): ApiWords {
  const { options, rest } = splitWords(call.words, ["output", "user"]);
  const decode = (text: string): string => uriDecode(text, call.state.switches.plusIsSpace);
  const isPair = (word: string): boolean => word.includes("=");
  const names = rest.filter((word) => !isPair(word)).slice(0, nameCount);
  const pairs = rest.filter(isPair).map((word): [string, string] => {
    const equals = word.indexOf("=");
    return [decode(word.slice(0, equals)), decode(word.slice(equals + 1))];
  });
  return {
    format: options.get("output") ?? "yaml",
    user: options.get("user"),
    names,
    args: new ApiArguments(pairs),
  };
}

/** Names and values are URI-decoded once (spec §4.3); a stray `%` stays. */
function uriDecode(text: string, plusIsSpace: boolean): string {
  const spaced = plusIsSpace ? text.replaceAll("+", " ") : text;
  const bytes = spaced.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (codes) =>
    Buffer.from(codes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return bytes;
}

/** The account a call is for: the caller's own, or the one root names. */
function accountOf(call: CommandCall, user: string | undefined): string | CommandResult {
  const { files } = call.state;
  if (call.uid !== 0) {
    const own = files.accountOfUid(call.uid);
    if (own === undefined) return failed("You are not a cPanel user.");
    return user === undefined || user === own ? own : failed("Only root may use “--user”.");
  }
  if (user === undefined) return failed("You must specify “--user” when you run this command as root.");
  return files.account(user) === undefined ? failed(`The user “${user}” does not exist.`) : user;
}

async function uapi(call: CommandCall): Promise<CommandResult> {
  const { format, user, names, args } = readWords(call, 2);
  const account = accountOf(call, user);
  if (typeof account !== "string") return account;
  const [module, func] = names;
  if (module === undefined || func === undefined)
    return failed("usage: uapi [--output=json] [--user=NAME] MODULE FUNCTION [name=value …]");
  if (!formats.includes(format)) return failed(`“${format}” is not an output format.`);
  const { result, log, printed } = await callUapi(call.state, { account, module, func, args, via: "cli" });
  const done = print(call.state, format, { apiversion: 3, func, module, result }, log);
  return { ...done, stdout: printed + done.stdout };
}

async function whmapi1(call: CommandCall): Promise<CommandResult> {
  const { format, user, names, args } = readWords(call, 1);
  const { files } = call.state;
  const login = call.uid === 0 ? (user ?? "root") : files.accountOfUid(call.uid);
  const known = login === "root" || (login !== undefined && files.resellerAcls(login) !== undefined);
  if (login === undefined || !known) return failed("You must be root or a reseller to use this command.");
  const [func] = names;
  if (func === undefined)
    return failed("usage: whmapi1 [--output=json] [--user=NAME] FUNCTION [name=value …]");
  if (!formats.includes(format)) return failed(`“${format}” is not an output format.`);
  const { body, log } = await callWhm(call.state, { login, tokenAcls: null }, func, args);
  return print(call.state, format, body, log);
}

async function cpapi2(call: CommandCall): Promise<CommandResult> {
  const { format, user, names, args } = readWords(call, 2);
  const account = accountOf(call, user);
  if (typeof account !== "string") return account;
  const [module = "", func = ""] = names;
  const named = { cpanel_jsonapi_module: module, cpanel_jsonapi_func: func, cpanel_jsonapi_apiversion: "2" };
  const { body } = await callCpanelJson(
    call.state,
    account,
    new ApiArguments([...Object.entries(named), ...args.pairs]),
  );
  return print(call.state, format, body, []);
}

/** Exit code 0 whatever the answer says; log lines on standard error, the answer last (spec §4.3). */
function print(state: LabState, format: string, body: unknown, log: readonly string[]): CommandResult {
  const stamp = `[${state.now().toISOString().slice(0, 19).replace("T", " ")} +0000]`;
  const noise =
    state.switches.hookNoise === "none"
      ? []
      : ["info [uapi] STDERR output from hook /usr/local/cpanel/3rdparty/bin/lab-noise: nothing to say {}"];
  const lines = (list: readonly string[]): string => list.map((line) => `${stamp} ${line}\n`).join("");
  const onStdout = state.switches.hookNoise === "stdout" ? lines(noise) : "";
  const onStderr = (state.switches.hookNoise === "stderr" ? lines(noise) : "") + lines(log);
  const text =
    format === "yaml"
      ? yamlOutput(asPrinted(body, state.switches) as Record<string, unknown>)
      : `${jsonText(body, state.switches, format === "jsonpretty" ? 3 : 0)}\n`;
  return { code: 0, stdout: onStdout + text, stderr: onStderr };
}
