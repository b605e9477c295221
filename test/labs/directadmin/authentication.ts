import { appendFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { isPassword } from "../common/passwords.ts";
import { readLines } from "../common/text-files.ts";
import type { LabState } from "./lab-state.ts";
import { type Caller, manages } from "./panel-call.ts";

export type Authentication =
  | { kind: "caller"; caller: Caller }
  | { kind: "none" }
  /** Credentials were given, and they were wrong. */
  | { kind: "wrong" }
  | { kind: "blocked" }
  | { kind: "suspended" };

/** Decides who calls (spec §3.1): Basic credentials first, else the cookies of a session. */
export class Authenticator {
  private readonly state: LabState;
  private readonly failures = new Map<string, number>();

  constructor(state: LabState) {
    this.state = state;
  }

  authenticate(headers: IncomingHttpHeaders, address: string, isApi: boolean): Authentication {
    if (this.isBlocked(address)) return { kind: "blocked" };
    const basic = basicCredentials(headers.authorization);
    if (basic !== undefined) return this.checkCredentials(basic.name, basic.secret, address);
    if (headers.authorization !== undefined) return { kind: "wrong" };
    const cookies = readCookies(headers.cookie);
    const id = cookies.get("session");
    if (id === undefined) return { kind: "none" };
    const { switches, sessions } = this.state;
    const bound = switches.sessionsBoundToAddress ? address : undefined;
    const session = sessions.find(id, cookies.get("key"), bound);
    if (session === undefined) return { kind: "wrong" };
    // A browser names itself; what replays its cookies from elsewhere does not.
    if (isApi && !switches.apiAcceptsReplayedSession && headers["sec-fetch-site"] === undefined) {
      return { kind: "wrong" };
    }
    return { kind: "caller", caller: { login: session.login, real: session.real, session, loginKey: null } };
  }

  /** Counts wrong ones; `name` may be `admin|bob`. */
  checkCredentials(name: string, secret: string, address: string): Authentication {
    if (this.isBlocked(address)) return { kind: "blocked" };
    const found = this.match(name, secret, address);
    if (found.kind === "wrong") this.countFailure(address);
    else this.failures.delete(address);
    return found;
  }

  private match(name: string, secret: string, address: string): Authentication {
    const { files, loginKeys, now } = this.state;
    const [master = "", other] = name.split("|");
    const login = files.login(master);
    if (login === undefined) return { kind: "wrong" };
    const loginKey = loginKeys.find(master, secret, now(), address) ?? null;
    if (loginKey === null && !isPassword(files, master, secret)) return { kind: "wrong" };
    if (login.suspended && loginKey === null) return { kind: "suspended" };
    if (other === undefined)
      return { kind: "caller", caller: { login, real: login, session: null, loginKey } };
    const target = files.login(other);
    if (target === undefined || login.role === "user" || !manages(this.state, login, other)) {
      return { kind: "wrong" };
    }
    return { kind: "caller", caller: { login: target, real: login, session: null, loginKey } };
  }

  private isBlocked(address: string): boolean {
    return this.listed("ip_blacklist", address) && !this.listed("ip_whitelist", address);
  }

  private countFailure(address: string): void {
    const failures = (this.failures.get(address) ?? 0) + 1;
    this.failures.set(address, failures);
    if (failures < this.state.switches.bruteForceLimit || this.listed("ip_whitelist", address)) return;
    this.failures.delete(address);
    appendFileSync(this.state.files.panel("data/admin/ip_blacklist"), `${address}\n`);
  }

  private listed(list: string, address: string): boolean {
    return readLines(this.state.files.panel("data/admin", list)).includes(address);
  }
}

/** The referer a session's POST must carry: a page of the panel itself (spec §2.7). */
export function hasOwnReferer(headers: IncomingHttpHeaders, state: LabState): boolean {
  const referer = headers.referer ?? headers.origin;
  if (referer === undefined || !URL.canParse(referer)) return false;
  const { host } = new URL(referer);
  return host === `${state.hostName}:${state.port}` || host === headers.host;
}

function basicCredentials(header: string | undefined): { name: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) return undefined;
  return { name: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

export function readCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0) cookies.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return cookies;
}
