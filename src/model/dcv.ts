import { CodedError } from "../errors.ts";
import { asHostName, type HostName, registrableName, withoutWildcard } from "./host-name.ts";
import type { DcvName } from "./request.ts";

/*
 * The CA's validation values come from outside and go into customers' zones and web folders: they are published
 * unchanged or not at all (spec xolphin-api §3.2.2, §9; reliability §1.5, T-12).
 */

const ownerLabel = /^(?!-)[a-z0-9_-]{1,63}$/;
/** Ends of host names that CAs use as CNAME targets; any other value is a TXT record (spec xolphin-api §9.5). */
const knownTargets = [
  "sectigo.com",
  "comodoca.com",
  "trust-provider.com",
  "digicert.com",
  "globalsign.com",
  "geotrust.com",
  "rapidssl.com",
];
const filePath = /^\/\.well-known\/pki-validation\/[A-Za-z0-9_-]{1,100}\.txt$/;
const maxFile = 4096;

/** The DNS record to publish for `name`. Throws `dcv-values-suspicious` when it does not belong to that name. */
export function dcvRecord(
  name: HostName,
  dnsRecord: string,
  dnsValue: string,
): NonNullable<DcvName["record"]> {
  const bare = withoutWildcard(name);
  const zone = registrableName(bare) ?? bare;
  let owner = dnsRecord.trim().toLowerCase().replace(/\.$/, "");
  // Relative to the name when it does not end in the zone (U6).
  if (owner !== zone && !owner.endsWith(`.${zone}`)) owner = `${owner}.${bare}`;
  const labels = owner.split(".");
  if (owner.length > 253 || !labels.every((label) => ownerLabel.test(label))) {
    throw suspicious(name, "the record's name is not a DNS name");
  }
  const value = dnsValue.trim();
  if (value.length > 512 || !/^[\x20-\x7e]+$/.test(value)) {
    throw suspicious(name, "the record's value is not plain text");
  }
  const target = value.toLowerCase().replace(/\.$/, "");
  const isTarget = knownTargets.some((end) => target.endsWith(`.${end}`));
  if (isTarget) {
    // A CNAME at a name that has other records would break it; validation names begin with an underscore.
    if (!owner.startsWith("_")) throw suspicious(name, "the record's name does not begin with an underscore");
    if (!target.split(".").every((label) => ownerLabel.test(label))) {
      throw suspicious(name, "the record's target is not a DNS name");
    }
    return { owner, type: "CNAME", value: target };
  }
  return { owner, type: "TXT", value };
}

/** The file to publish for `name`. Throws `dcv-values-suspicious` when it would lie anywhere but in the folder for it. */
export function dcvFile(name: HostName, location: string, contents: string): NonNullable<DcvName["file"]> {
  const [, given = "", path = ""] = /^(?:https?:\/\/)?([^/]*)(.*)$/is.exec(location.trim()) ?? [];
  const host = withoutWildcard(name);
  // Only a path: the host is the name itself (U7). A `www.` host stays as it is.
  if (given !== "" && asHostName(given) !== host) throw suspicious(name, "the file is for another host");
  if (!filePath.test(path))
    throw suspicious(name, "the file lies elsewhere than under /.well-known/pki-validation/");
  if (contents.length > maxFile || !/^[\x20-\x7e\r\n\t]+$/.test(contents)) {
    throw suspicious(name, "the file's content is not plain text");
  }
  return { host, path, content: contents };
}

function suspicious(name: HostName, detail: string): CodedError {
  return new CodedError("dcv-values-suspicious", { detail: `${name}: ${detail}` });
}
