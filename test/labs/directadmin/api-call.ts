import { jsonReply, type PanelCall, type PanelReply } from "./panel-call.ts";
import type { DomainFiles } from "./panel-files.ts";
import type { Profile } from "./switches.ts";

/** Why a call to `/api` is refused (spec §3.3). */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message = "") {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export const badRequest = (message: string): ApiRefusal => new ApiRefusal(400, "BAD_REQUEST", message);
export const notFound = (): ApiRefusal => new ApiRefusal(404, "NOT_FOUND");
export const denied = (): ApiRefusal => new ApiRefusal(403, "ACCESS_DENIED");

/** A call with the variables of its path. */
export interface ApiCall extends PanelCall {
  readonly variables: Readonly<Record<string, string>>;
}

export interface ApiRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for variables, as the panel's specification writes it. */
  readonly path: string;
  readonly summary: string;
  readonly query?: readonly string[];
  /** Parameters that only the profile `current` has. */
  readonly newerQuery?: readonly string[];
  /** Name of the body's definition, for the specification. */
  readonly body?: (call: { putBody: string }) => string;
  /** Profiles that have it; all when absent. */
  readonly profiles?: readonly Profile[];
  readonly role?: "reseller" | "admin";
  answer(call: ApiCall): PanelReply | Promise<PanelReply>;
}

export function refusalReply({ status, type, message }: ApiRefusal): PanelReply {
  return jsonReply(status, message === "" ? { type } : { type, message });
}

/** The JSON object in the body; its members are unchecked. */
export function readObject(call: ApiCall): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(call.body.toString("utf8"));
  } catch {
    throw badRequest("the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRequest("the body is not a JSON object");
  }
  return value as Record<string, unknown>;
}

export function textMember(object: Record<string, unknown>, name: string): string {
  const value = object[name] ?? "";
  if (typeof value !== "string") throw badRequest(`${name} must be a string`);
  return value;
}

/** A flag of the query is on when it is there and not `false`. */
export function flag(call: ApiCall, name: string): boolean {
  const value = call.query.get(name);
  return value !== null && value !== "false" && value !== "0" && value !== "no";
}

/** The domain named in the path, which must belong to the account that acts. */
export function domainOf(call: ApiCall): DomainFiles {
  const found = call.state.files.domain(call.caller.login.name, call.variables["domain"] ?? "");
  if (found === undefined) throw notFound();
  return found;
}
