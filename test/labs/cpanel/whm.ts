import { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import { callApi2 } from "./api2.ts";
import type { LabState } from "./lab-state.ts";
import { callUapi } from "./uapi.ts";
import { accountFunctions } from "./whm-accounts.ts";
import { whmAutosslFunctions } from "./whm-autossl.ts";
import { managedAccount, type WhmCall, type WhmFunctions } from "./whm-call.ts";
import { batchCommand, serverFunctions } from "./whm-server.ts";
import { whmSslFunctions } from "./whm-ssl.ts";

/** Who calls WHM: root or a reseller, perhaps with a token of fewer rights. */
export interface WhmCaller {
  login: string;
  /** ACLs of the token; null for no bound. */
  tokenAcls: readonly string[] | null;
}

export interface WhmAnswer {
  status: number;
  body: unknown;
  log: string[];
}

const functions: WhmFunctions = {
  ...accountFunctions,
  ...whmSslFunctions,
  ...whmAutosslFunctions,
  ...serverFunctions,
};

/** ACLs of a login, within its token's. */
export function mayCall(state: LabState, caller: WhmCaller, acl: string): boolean {
  const own = caller.login === "root" ? ["all"] : (state.files.resellerAcls(caller.login) ?? []);
  const has = (list: readonly string[]): boolean => list.includes("all") || list.includes(acl);
  return has(own) && (caller.tokenAcls === null || has(caller.tokenAcls));
}

/** Carries a function of WHM API 1 out (spec §4.2). */
export async function callWhm(
  state: LabState,
  caller: WhmCaller,
  command: string,
  args: ApiArguments,
): Promise<WhmAnswer> {
  const call: WhmCall = {
    state,
    login: caller.login,
    args,
    command,
    reason: "OK",
    may: (acl) => mayCall(state, caller, acl),
  };
  const log: string[] = [];
  try {
    const data = await runCommand(call, caller, log);
    const metadata = { version: 1, command, result: 1, reason: call.reason };
    return {
      status: 200,
      body: { metadata, ...(data === undefined ? {} : { data: transform(data, args) }) },
      log,
    };
  } catch (cause) {
    if (cause instanceof AccessDenied && state.switches.aclRefusal === "403") {
      return {
        status: 403,
        body: { cpanelresult: { error: cause.message, data: { reason: cause.message, result: "0" } } },
        log,
      };
    }
    if (!(cause instanceof ApiFailure)) throw cause;
    const metadata = { version: 1, command, result: 0, reason: cause.errors.join("\n") };
    return { status: 200, body: { metadata, ...(cause.data === null ? {} : { data: cause.data }) }, log };
  }
}

class AccessDenied extends ApiFailure {}

async function runCommand(call: WhmCall, caller: WhmCaller, log: string[]): Promise<unknown> {
  const { state, command } = call;
  if (command === "uapi_cpanel") return uapiForAccount(call, log);
  if (command === "batch") return batch(call, caller);
  const found = functions[command];
  // Assumption: the literal text of an unknown function.
  if (found === undefined)
    throw new ApiFailure(`Unknown app (“${command}”) requested for this version (1) of the API.`);
  if (found.acl !== undefined && !call.may(found.acl)) throw denied(command);
  if (state.files.account(call.login)?.["SUSPENDED"] === "1") throw new AccessDenied("Access denied");
  return found.run(call);
}

function denied(command: string): AccessDenied {
  return new AccessDenied(`Access denied: you do not have permission to run “${command}”.`);
}

/** The inner answer is flat; the outer one stays good when the inner failed unless a switch says otherwise (spec §4.2, §4.12). */
async function uapiForAccount(call: WhmCall, log: string[]): Promise<unknown> {
  if (!call.may("cpanel-api")) throw denied(call.command);
  const { state, args } = call;
  const names = ["cpanel.user", "cpanel.module", "cpanel.function"] as const;
  const [user = "", module = "", func = ""] = names.map((name) => args.required(name));
  managedAccount(call, user);
  const inner = args.without([...names, "api.version"]);
  const answer = await callUapi(state, { account: user, module, func, args: inner, via: "whm" });
  log.push(...answer.log);
  if (answer.result.status === 0 && state.switches.innerFailureFailsOuter) {
    throw new ApiFailure(answer.result.errors ?? [], { data: { uapi: answer.result } });
  }
  return { uapi: answer.result };
}

async function batch(call: WhmCall, caller: WhmCaller): Promise<unknown> {
  const result = [];
  for (const text of call.args.all("command")) {
    const { func, args } = batchCommand(text);
    result.push((await callWhm(call.state, caller, func, args)).body);
  }
  return { result };
}

/** `json-api/cpanel`, the older way in (spec §4.1): nested for UAPI; errors without `metadata`. */
export async function callCpanelThroughWhm(
  state: LabState,
  caller: WhmCaller,
  args: ApiArguments,
): Promise<WhmAnswer> {
  const user = args.get("cpanel_jsonapi_user") ?? args.get("user") ?? "";
  const call: WhmCall = {
    state,
    login: caller.login,
    args,
    command: "cpanel",
    reason: "OK",
    may: (acl) => mayCall(state, caller, acl),
  };
  const refuse = (text: string): WhmAnswer => ({
    status: 200,
    body: { data: { reason: text, result: "0" }, type: "text", error: text },
    log: [],
  });
  if (state.files.account(user) === undefined) return refuse("User parameter is invalid or was not supplied");
  if (!call.may("cpanel-api")) return refuse("Access denied");
  try {
    managedAccount(call, user);
  } catch {
    return refuse("Access denied");
  }
  const answer = await callCpanelJson(state, user, args);
  return { status: 200, body: answer.body, log: answer.log };
}

/** The module, function and version that `cpanel_jsonapi_…` arguments name, for one account. */
export async function callCpanelJson(
  state: LabState,
  account: string,
  args: ApiArguments,
): Promise<WhmAnswer> {
  const [module = "", func = "", version = ""] = ["module", "func", "apiversion"].map(
    (name) => args.get(`cpanel_jsonapi_${name}`) ?? "",
  );
  const inner = new ApiArguments(
    args.pairs.filter(([name]) => !name.startsWith("cpanel_jsonapi_") && name !== "api.version"),
  );
  if (version === "3" || version === "uapi") {
    const answer = await callUapi(state, { account, module, func, args: inner, via: "whm" });
    return { status: 200, body: { apiversion: 3, module, func, result: answer.result }, log: answer.log };
  }
  return { status: 200, body: callApi2(state, account, module, func, inner), log: [] };
}

/** `api.filter…`, `api.sort…`, `api.columns…` and `api.chunk…` over the one array of an answer (spec §4.1). */
function transform(data: unknown, args: ApiArguments): unknown {
  if (data === null || typeof data !== "object") return data;
  const entry = Object.entries(data).find(([, value]) => Array.isArray(value));
  if (entry === undefined) return data;
  const [name, given] = entry as [string, Record<string, unknown>[]];
  let list = given;
  if (args.get("api.filter.enable") === "1") list = list.filter((item) => passesFilters(item, args));
  if (args.get("api.sort.enable") === "1") {
    const field = args.get("api.sort.a.field") ?? "";
    list = list.toSorted((a, b) => (String(a[field]) < String(b[field]) ? -1 : 1));
  }
  if (args.get("api.chunk.enable") === "1") {
    const start = Number(args.get("api.chunk.start") ?? 1) - 1;
    list = list.slice(start, start + Number(args.get("api.chunk.size") ?? 10));
  }
  if (args.get("api.columns.enable") === "1") {
    const columns = args.pairs
      .filter(([key]) => /^api\.columns\.[a-z]+$/.test(key) && key !== "api.columns.enable")
      .map(([, value]) => value);
    list = list.map((item) => Object.fromEntries(columns.map((column) => [column, item[column]])));
  }
  return { ...data, [name]: list };
}

function passesFilters(item: Record<string, unknown>, args: ApiArguments): boolean {
  const letters = args.pairs.flatMap(([name]) => /^api\.filter\.([a-z])\.field$/.exec(name)?.[1] ?? []);
  return letters.every((letter) => {
    const [field = "", type = "eq", wanted = ""] = ["field", "type", "arg0"].map((part) =>
      args.get(`api.filter.${letter}.${part}`),
    );
    const value = String(item[field] ?? "");
    if (type === "eq") return value === wanted;
    return type === "begins" ? value.startsWith(wanted) : value.includes(wanted);
  });
}
