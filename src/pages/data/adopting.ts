import type { HostName } from "../../model/host-name.ts";
import type { Caller } from "../../panel.ts";
import type { Secret } from "../../secret.ts";

/** What the pages ask about certificates that were ordered elsewhere. */
export interface AdoptingData {
  /** At the CA, for names of the caller's websites, and not followed here. */
  findAdoptable(caller: Caller): Promise<readonly AdoptableRow[]>;
  /** Returns the reference. Throws `not-found` for a certificate that has no name of the caller's websites. */
  adopt(caller: Caller, id: number, key: Secret | null): Promise<string>;
}

export interface AdoptableRow {
  readonly id: number;
  readonly name: string;
  /** Null where it was not looked at. */
  readonly facts: { readonly serial: string; readonly notAfter: Date } | null;
  /** The website that has this very certificate. */
  readonly carriedBy: HostName | null;
  readonly keyFound: boolean;
}
