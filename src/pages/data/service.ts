import type { ErrorCode, Owner } from "../../errors.ts";
import type { Caller } from "../../panel.ts";
import type { Secret } from "../../secret.ts";

/** What the administrator sets and tries of the service itself. For all others none of it exists (`not-found`). */
export interface ServiceData {
  readService(caller: Caller): Promise<ServiceFacts>;
  /**
   * Tries the account and, unless the CA refuses it, writes it down; the service begins anew with it. Throws
   * `ca-refused-us`, `input-invalid` or `not-allowed`. The result is what the CA said: null when the login was accepted.
   */
  saveCaAccount(caller: Caller, account: EnteredAccount): Promise<ErrorCode | null>;
  /** Tries every path. */
  selfTest(caller: Caller): Promise<readonly TestedPath[]>;
}

export interface ServiceFacts {
  readonly version: string;
  /** Null: nobody has entered one yet. */
  readonly caUsername: string | null;
  /** `other` can only be chosen in the configuration file. */
  readonly caSystem: "live" | "test" | "other";
  /** What to give to Xolphin as the address for webhooks; a secret last part is not shown. */
  readonly webhookUrl: string;
}

export interface EnteredAccount {
  readonly username: string;
  readonly password: Secret;
  /** Null: as it is. */
  readonly system: "live" | "test" | null;
}

export interface TestedPath {
  readonly check: string;
  readonly level: "good" | "warn" | "bad";
  readonly code: ErrorCode | null;
  readonly detail: string;
  readonly owner: Owner;
}
