import type { CallFault } from "../common/faults.ts";
import { ApiArguments } from "./api-arguments.ts";
import { type Caller, sessionEnvironment } from "./authentication.ts";
import { type HttpReply, htmlReply } from "./http-reply.ts";
import { jsonText } from "./json-text.ts";
import type { LabState } from "./lab-state.ts";
import { callUapi } from "./uapi.ts";
import { callCpanelJson, callCpanelThroughWhm, callWhm } from "./whm.ts";

/** Answers `/execute/…` and `/json-api/…`; undefined for other addresses (spec §9.3.2). */
export async function answerApi(
  state: LabState,
  service: "cpanel" | "whm",
  caller: Caller,
  url: URL,
  given: ApiArguments,
  fault: CallFault | undefined,
): Promise<HttpReply | undefined> {
  const json = (status: number, body: unknown, leak?: string): HttpReply => ({
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: `${jsonText(body, state.switches)}\n`,
    ...(leak === undefined ? {} : { leak }),
  });
  const args = fault?.kind === "wrong-domain" ? otherDomain(state, caller, given) : given;
  const execute = /^\/execute\/(\w+)\/(\w+)$/.exec(url.pathname);
  if (execute !== null) {
    if (service === "whm") return htmlReply(404, "Function not found\n");
    const request = {
      account: caller.account,
      module: execute[1] ?? "",
      func: execute[2] ?? "",
      args,
      via: "http",
      login: caller.login,
      environment: sessionEnvironment(caller),
    } as const;
    if (fault?.kind === "say-ok")
      return json(200, { status: 1, data: null, errors: null, messages: null, warnings: null, metadata: {} });
    if (fault?.kind === "error-in-200") return json(200, failedUapi);
    const { result, printed } = await callUapi(state, request);
    const reply = json(200, result);
    return { ...reply, body: `${printed}${reply.body}` };
  }
  const func = /^\/json-api\/(\w+)$/.exec(url.pathname)?.[1];
  if (func === undefined) return undefined;
  if (service === "cpanel") {
    if (func !== "cpanel") return htmlReply(404, "Function not found\n");
    return json(200, (await callCpanelJson(state, caller.account, args)).body);
  }
  if (fault?.kind === "say-ok") return json(200, sayOk(func));
  if (fault?.kind === "error-in-200") return json(200, failedWhm(func));
  if (func === "cpanel") return json(200, (await callCpanelThroughWhm(state, caller, args)).body);
  const { status, body } = await callWhm(
    state,
    { login: caller.account, tokenAcls: caller.tokenAcls },
    func,
    args,
  );
  const leak =
    func === "servicestatus" && state.switches.headerLeak
      ? "httpd (/usr/sbin/httpd) is running as root"
      : undefined;
  if (args.get("api.version") === "1") return json(status, body, leak);
  return json(status, legacyShape(func, body));
}

const failedUapi = {
  status: 0,
  data: null,
  errors: ["The system encountered an internal error."],
  messages: null,
  warnings: null,
  metadata: {},
};

function failedWhm(command: string): unknown {
  const reason = "The system encountered an internal error.";
  return command === "uapi_cpanel"
    ? { metadata: { version: 1, command, result: 1, reason: "OK" }, data: { uapi: failedUapi } }
    : { metadata: { version: 1, command, result: 0, reason } };
}

function sayOk(command: string): unknown {
  const uapi = { status: 1, data: null, errors: null, messages: null, warnings: null, metadata: {} };
  return {
    metadata: { version: 1, command, result: 1, reason: "OK" },
    data: command === "uapi_cpanel" ? { uapi } : {},
  };
}

/** Without `api.version=1` the answer has another shape (spec §4.1). */
function legacyShape(func: string, body: unknown): unknown {
  const { metadata, data } = body as { metadata: { result: number; reason: string }; data?: object };
  if (metadata.result === 1) return { ...data, status: 1, statusmsg: metadata.reason };
  return {
    cpanelresult: {
      apiversion: 2,
      func,
      error: metadata.reason,
      data: { reason: metadata.reason, result: "0" },
    },
  };
}

/** The same call about another domain of the account (a fault of the lab). */
function otherDomain(state: LabState, caller: Caller, args: ApiArguments): ApiArguments {
  const account = args.get("cpanel.user") ?? caller.account;
  const servernames = state.files.account(account) === undefined ? [] : state.files.websitesOf(account);
  const other = servernames.find((name) => name !== args.get("domain"));
  if (other === undefined) return args;
  return new ApiArguments(
    args.pairs.map(([name, value]) => [name, name === "domain" ? other : value] as const),
  );
}
