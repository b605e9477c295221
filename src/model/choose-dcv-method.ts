import { type HostName, isWildcard } from "./host-name.ts";
import type { DcvMethod } from "./request.ts";

/** Where the DNS of a name is answered; `unknown` when nobody could be asked. */
export type ZonePlace = "here" | "elsewhere" | "unknown";

/**
 * The way to prove control of a name that every later reissue can take without a person (spec xolphin-api §9.8): a record
 * where we can write the zone, else a file where the name leads here, else a record by hand. Mail needs somebody to read
 * it every time, so it is never chosen by itself.
 */
export function chooseDcvMethod(name: {
  readonly name: HostName;
  /** The panel can write DNS records for this account. */
  readonly canWriteDns: boolean;
  readonly zone: ZonePlace;
  /** The name leads to this server on every address. */
  readonly leadsHere: boolean;
}): DcvMethod {
  if (name.canWriteDns && name.zone !== "elsewhere") return "DNS";
  // No file for a wildcard since November 2021 (spec xolphin-api §9.1).
  return name.leadsHere && !isWildcard(name.name) ? "FILE" : "DNS";
}
