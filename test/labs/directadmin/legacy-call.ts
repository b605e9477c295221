import { type LegacyAnswer, LegacyRefusal } from "./legacy-answer.ts";
import type { PanelCall } from "./panel-call.ts";
import { manages } from "./panel-call.ts";
import type { DomainFiles } from "./panel-files.ts";

/** A legacy command with its input read. */
export interface LegacyCall extends PanelCall {
  readonly form: ReadonlyMap<string, string>;
}

export interface LegacyCommand {
  /** Without `CMD_` or `CMD_API_`. */
  readonly name: string;
  /** The lowest role that may use it; `user` when absent. */
  readonly role?: "reseller" | "admin";
  answer(call: LegacyCall): LegacyAnswer | Promise<LegacyAnswer>;
}

export function field(call: LegacyCall, name: string): string {
  return call.form.get(name) ?? "";
}

/** The main domain named in the call, which must belong to the account that acts. */
export function ownDomain(call: LegacyCall, title: string): DomainFiles {
  const name = field(call, "domain").toLowerCase();
  if (name === "") throw new LegacyRefusal(title, "No domain provided");
  const domain = call.state.files.domain(call.caller.login.name, name);
  if (domain === undefined) throw new LegacyRefusal(title, "You do not own that domain");
  return domain;
}

/** The account in `user=`, or the one that acts; refused when it isn't one of theirs. */
export function namedAccount(call: LegacyCall): string {
  const name = field(call, "user");
  if (name === "" || name === call.caller.login.name) return call.caller.login.name;
  if (!manages(call.state, call.caller.login, name)) {
    throw new LegacyRefusal("Access Denied", "You do not have access to that user", 403);
  }
  return name;
}

export function requirePost(call: LegacyCall): void {
  if (call.method === "POST") return;
  throw new LegacyRefusal(
    "Cannot Execute Your Request",
    `The requested command requires POST but ${call.method} was used`,
  );
}

export function refuseSuspended(call: LegacyCall): void {
  if (call.caller.login.suspended) {
    throw new LegacyRefusal("Cannot Execute Your Request", "This account has been suspended");
  }
}
