import type { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import type { LabState } from "./lab-state.ts";
import {
  featuresFunctions,
  localeFunctions,
  nvdataFunctions,
  quotaFunctions,
  tokensFunctions,
  variablesFunctions,
} from "./uapi-account.ts";
import { autosslFunctions } from "./uapi-autossl.ts";
import type { UapiCall, UapiModule, UapiResult } from "./uapi-call.ts";
import { chromeFunctions } from "./uapi-chrome.ts";
import { dcvFunctions } from "./uapi-dcv.ts";
import { dnsFunctions } from "./uapi-dns.ts";
import { domainInfoFunctions, webVhostFunctions } from "./uapi-domains.ts";
import { filemanFunctions } from "./uapi-fileman.ts";
import { sslHostFunctions } from "./uapi-ssl-hosts.ts";
import { sslStorageFunctions } from "./uapi-ssl-storage.ts";

const modules: Readonly<Record<string, UapiModule>> = {
  Chrome: chromeFunctions,
  DCV: dcvFunctions,
  DNS: dnsFunctions,
  DomainInfo: domainInfoFunctions,
  Features: featuresFunctions,
  Fileman: filemanFunctions,
  Locale: localeFunctions,
  NVData: nvdataFunctions,
  Quota: quotaFunctions,
  SSL: { ...sslHostFunctions, ...sslStorageFunctions, ...autosslFunctions },
  Tokens: tokensFunctions,
  Variables: variablesFunctions,
  WebVhosts: webVhostFunctions,
};

export interface UapiRequest {
  account: string;
  module: string;
  func: string;
  args: ApiArguments;
  via: UapiCall["via"];
  /** Who is logged in; the account itself when absent. */
  login?: string;
  environment?: Readonly<Record<string, string>>;
}

export interface UapiAnswer {
  result: UapiResult;
  /** Lines the real thing writes to its log, which on the command line is standard error (spec §4.3). */
  log: string[];
  /** What a plugin's module printed, which spoils the answer (spec §3.4); empty otherwise. */
  printed: string;
}

/** Carries a UAPI call out: gates, function, filters, hooks. Failing is part of the answer. */
export async function callUapi(state: LabState, request: UapiRequest): Promise<UapiAnswer> {
  const call: UapiCall = {
    ...request,
    state,
    login: request.login ?? request.account,
    environment: request.environment ?? {},
    messages: [],
    warnings: [],
    metadata: {},
  };
  try {
    checkAccount(call);
    if (modules[request.module] === undefined && state.engine.has(request.module)) {
      return await state.engine.call(call, request.module, request.func);
    }
    const data = await runFunction(call, request);
    const noise = await fireHooks(state, request);
    const { data: shown, metadata } = applyFilters(data, call.args);
    const lists = { errors: null, messages: listOrNull(call.messages), warnings: listOrNull(call.warnings) };
    return {
      result: { status: 1, data: shown ?? null, ...lists, metadata: { ...call.metadata, ...metadata } },
      log: noise,
      printed: "",
    };
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    const { errors, messages, data } = cause;
    const result: UapiResult = { status: 0, data, errors, messages, warnings: null, metadata: {} };
    return { result, log: logLines(request, cause), printed: "" };
  }
}

function checkAccount({ state, account }: UapiCall): void {
  const suspended = state.files.account(account)?.["SUSPENDED"] === "1";
  if (suspended && state.switches.suspendedCalls === "refused")
    throw new ApiFailure("This account is suspended.");
}

async function runFunction(call: UapiCall, { module, func }: UapiRequest): Promise<unknown> {
  const { state, account } = call;
  const own = modules[module]?.[func];
  if (own === undefined) {
    throw new ApiFailure(`The system could not find the function “${func}” in the module “${module}”.`);
  }
  // Assumption: the texts of these two refusals are known from no source (spec §4.7, §10.2).
  if (own.feature !== undefined && !state.files.hasFeature(account, own.feature)) {
    throw new ApiFailure(`You do not have the feature “${own.feature}”.`);
  }
  if (own.demo !== true && state.files.account(account)?.["DEMO"] === "1") {
    throw new ApiFailure("Sorry, this function is disabled in demo mode.");
  }
  return own.run(call);
}

/** Post hooks run for these two only when they succeeded, with the account's rights (spec §1.8). */
async function fireHooks(state: LabState, { account, module, func, args }: UapiRequest): Promise<string[]> {
  if (module !== "SSL" || (func !== "install_ssl" && func !== "delete_ssl")) return [];
  const data = { args: args.toObject(), user: account };
  return (await state.hooks.fire("Cpanel", `UAPI::SSL::${func}`, "post", data, account)).noise;
}

function logLines({ module, func }: UapiRequest, failure: ApiFailure): string[] {
  if (failure.message.startsWith("The system could not find the function")) {
    return [`warn [uapi] Could not find “${func}” in module “${module}”.`];
  }
  if (failure.adminBin === undefined) return [];
  const raw = JSON.stringify({
    status: 0,
    statusmsg: failure.errors.at(-1),
    ...(failure.data as object | null),
  });
  return [
    `warn [uapi] Cpanel::Wrap::send_cpwrapd_request adminbin Cpanel/ssl/${failure.adminBin}: exit 5: namespace=[Cpanel] module=[ssl] function=[${failure.adminBin}]: raw_response=[${raw}]`,
  ];
}

/** `api.filter_…`, `api.sort_…` and `api.paginate_…` (spec §4.1). */
function applyFilters(
  data: unknown,
  args: ApiArguments,
): { data: unknown; metadata: Record<string, unknown> } {
  if (!Array.isArray(data)) return { data, metadata: {} };
  let list = data as Record<string, unknown>[];
  const [column, term] = [args.get("api.filter_column_0"), args.get("api.filter_term_0") ?? ""];
  if (column !== undefined) {
    const type = args.get("api.filter_type_0") ?? "contains";
    list = list.filter((item) => {
      const value = String(item[column] ?? "");
      return type === "eq" || type === "=="
        ? value === term
        : value.toLowerCase().includes(term.toLowerCase());
    });
  }
  const sort = args.get("api.sort") === "1" ? args.get("api.sort_column_0") : undefined;
  if (sort !== undefined) list = list.toSorted((a, b) => (String(a[sort]) < String(b[sort]) ? -1 : 1));
  if (args.get("api.paginate") !== "1")
    return { data: list, metadata: list === data ? {} : { transformed: 1 } };
  const start = Number(args.get("api.paginate_start") ?? 1);
  const size = Number(args.get("api.paginate_size") ?? 10);
  const metadata = {
    transformed: 1,
    paginate: { start_result: start, results_per_page: size, total_results: list.length },
  };
  return { data: list.slice(start - 1, start - 1 + size), metadata };
}

function listOrNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}
