import type { IncomingHttpHeaders } from "node:http";
import type { LabState } from "./lab-state.ts";
import type { LoginKey } from "./login-keys.ts";
import type { LabLogin, LabSession } from "./plugin-runtime-contract.ts";

/** Who calls, after authentication. */
export interface Caller {
  /** Who acts. */
  readonly login: LabLogin;
  /** Whose credentials were given; differs from `login` with `admin|bob` and while acting as another account. */
  readonly real: LabLogin;
  /** Null with Basic authentication. */
  readonly session: LabSession | null;
  /** Null with a password or a session. */
  readonly loginKey: LoginKey | null;
}

/** One authenticated call of the panel. */
export interface PanelCall {
  readonly state: LabState;
  readonly caller: Caller;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PanelReply {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

export function reply(
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string | string[]> = {},
): PanelReply {
  return { status, headers: { "content-type": contentType, ...headers }, body: Buffer.from(text) };
}

export function jsonReply(status: number, value: unknown): PanelReply {
  return reply(status, "application/json", JSON.stringify(value));
}

export function emptyReply(status: number, headers: Record<string, string | string[]> = {}): PanelReply {
  return { status, headers, body: Buffer.alloc(0) };
}

/** May this login act for that account: itself, its own customers, or anybody for an admin? */
export function manages(state: LabState, login: LabLogin, account: string): boolean {
  const target = state.files.login(account);
  if (target === undefined) return false;
  if (login.role === "admin" || login.name === account) return true;
  return login.role === "reseller" && target.creator === login.name && target.role === "user";
}
