import type { IncomingHttpHeaders } from "node:http";
import { isPassword } from "../common/passwords.ts";
import { type HttpReply, htmlReply, redirectReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { loginPage } from "./login-page.ts";
import type { Session } from "./sessions.ts";

/** Who makes a request of a port. */
export interface Caller {
  /** Unix account or WHM login. */
  account: string;
  /** Name at login: differs for team users. */
  login: string;
  /** ACLs of the token it came with; null for no bound. */
  tokenAcls: readonly string[] | null;
  /** Undefined for a request with an `Authorization` header. */
  session: Session | undefined;
}

export type Found = { kind: "caller"; caller: Caller } | { kind: "refused"; reply(path: string): HttpReply };

/** Credentials of a request (spec §4.1, §4.4): a token of the right service, or a session with its token in the address. */
export function findCaller(
  state: LabState,
  service: "cpanel" | "whm",
  headers: IncomingHttpHeaders,
  pathToken: string,
): Found {
  const given = /^(\S+)\s+(.+)$/.exec(headers.authorization ?? "");
  if (given !== null) return byHeader(state, service, (given[1] ?? "").toLowerCase(), given[2] ?? "");
  const name = service === "cpanel" ? "cpsession" : "whostmgrsession";
  const cookie = new RegExp(`(?:^|;\\s*)${name}=([^;]+)`).exec(headers.cookie ?? "")?.[1];
  const session = cookie === undefined ? undefined : state.sessions.find(service, decodeURIComponent(cookie));
  if (session === undefined || session.token !== pathToken || !maySignIn(state, service, session.account)) {
    return { kind: "refused", reply: (path) => refuseSession(state, path) };
  }
  const { account, login } = session;
  return { kind: "caller", caller: { account, login, tokenAcls: null, session } };
}

function byHeader(state: LabState, service: "cpanel" | "whm", scheme: string, value: string): Found {
  const bad: Found = {
    kind: "refused",
    reply: () =>
      htmlReply(state.switches.badTokenStatus, "<html><body><h1>Access denied</h1></body></html>\n"),
  };
  if (scheme === "basic") return byPassword(state, service, value);
  if (scheme !== "cpanel" && scheme !== "whm") return bad;
  // A token of the other service: the answer for a call on the wrong port (spec §3.6).
  if (scheme !== service) return { kind: "refused", reply: () => htmlReply(403, "Permission denied\n") };
  const [account = "", token = ""] = value.split(/:(.*)/s);
  const found = state.tokens.check(service === "cpanel" ? "cpanel" : "whostmgr", account, token);
  if (found === undefined || !maySignIn(state, service, account)) return bad;
  return { kind: "caller", caller: { account, login: account, tokenAcls: found.acls, session: undefined } };
}

function byPassword(state: LabState, service: "cpanel" | "whm", value: string): Found {
  const [account = "", password = ""] = Buffer.from(value, "base64").toString("utf8").split(/:(.*)/s);
  const good = isPassword(state.files, account, password) && maySignIn(state, service, account);
  if (!good || state.switches.basicAuth === "refused") {
    return { kind: "refused", reply: () => htmlReply(401, loginPage("The login is invalid.")) };
  }
  return { kind: "caller", caller: { account, login: account, tokenAcls: null, session: undefined } };
}

/** Suspended accounts sign in nowhere; WHM is for root and resellers. */
export function maySignIn(state: LabState, service: "cpanel" | "whm", account: string): boolean {
  if (service === "whm" && account === "root") return true;
  const found = state.files.account(account);
  if (found === undefined || found["SUSPENDED"] === "1") return false;
  return service === "cpanel" || state.files.resellerAcls(account) !== undefined;
}

function refuseSession(state: LabState, path: string): HttpReply {
  const isApi = path.startsWith("/execute/") || path.startsWith("/json-api/");
  return isApi
    ? htmlReply(state.switches.badTokenStatus === 401 ? 401 : 403, loginPage(null))
    : redirectReply("/");
}

/** What a session adds to the environment of pages and Perl modules (spec §2.2). */
export function sessionEnvironment({ session }: Caller): Record<string, string> {
  if (session === undefined) return {};
  const reseller =
    session.reseller === undefined
      ? {}
      : { CPRESELLER: session.reseller, CPRESELLERSESSION: session.token, WHM50: "1" };
  return { cp_security_token: session.token, ...reseller };
}
