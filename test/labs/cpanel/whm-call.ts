import type { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import type { LabState } from "./lab-state.ts";

/** One WHM call of root or a reseller. */
export interface WhmCall {
  readonly state: LabState;
  /** `root` or the reseller's name. */
  readonly login: string;
  readonly args: ApiArguments;
  readonly command: string;
  /** Message of a success; `OK` unless the function sets it. */
  reason: string;
  /** Is an ACL among the caller's, and within its token's? */
  may(acl: string): boolean;
}

export interface WhmFunction {
  /** Gives `data`; undefined for none. Throws an `ApiFailure` to refuse. */
  run(call: WhmCall): unknown;
  /**
   * ACL it takes; `all` is root's. Spec cpanel names ACLs (§4.8) without saying which call takes which: this is an
   * assumption wherever the name of the ACL doesn't say it.
   */
  acl?: string;
}

export type WhmFunctions = Readonly<Record<string, WhmFunction>>;

/** The account, if it exists and the caller may manage it: root all, a reseller those it owns and itself (spec §2.8). */
export function managedAccount(call: WhmCall, name: string): string {
  const owner = call.state.files.account(name)?.["OWNER"];
  if (owner === undefined) throw new ApiFailure(`The user “${name}” does not exist.`);
  if (!call.may("all") && owner !== call.login && name !== call.login) {
    throw new ApiFailure(`Access denied: you do not have permission to manage the account “${name}”.`);
  }
  return name;
}

export function managedAccounts(call: WhmCall): string[] {
  const { files } = call.state;
  return files.accounts().filter((name) => {
    return call.may("all") || files.account(name)?.["OWNER"] === call.login || name === call.login;
  });
}
