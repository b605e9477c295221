import type { ZonePlace } from "./choose-dcv-method.ts";
import { type HostName, isWildcard, registrableName, withoutWildcard } from "./host-name.ts";
import type { DcvMethod } from "./request.ts";

/** What was seen of one name from outside, before an order. */
export interface NameLooks {
  readonly name: HostName;
  /** IPv4 and IPv6 addresses; null when nobody could be asked. */
  readonly addresses: readonly string[] | null;
  /** The CAA records that count for the name; empty: none; null: nobody could be asked. */
  readonly caa: readonly CaaRecord[] | null;
  readonly dnssec: "fine" | "broken" | "unknown";
  readonly zone: ZonePlace;
  /** What the name answers where a validation file would be; null when that was not looked at. */
  readonly file: FileLook | null;
}

export interface CaaRecord {
  readonly tag: string;
  readonly value: string;
  readonly critical: boolean;
}

export type FileLook =
  | { readonly kind: "free" }
  /** Nothing answers on port 80. */
  | { readonly kind: "silent" }
  | { readonly kind: "redirect"; readonly to: string }
  /** A login, an error, or another page where nothing should be. */
  | { readonly kind: "blocked"; readonly status: number };

/**
 * What can be found. `stop`: the order would fail or be paid for nothing, so it is not sent; `warn`: somebody will have
 * something to do; `note`: good to know.
 */
const severities = {
  "name-not-public": "stop",
  "name-too-long": "stop",
  "too-many-names": "stop",
  "caa-forbids": "stop",
  "dnssec-broken": "stop",
  "file-redirected": "stop",
  "file-blocked": "stop",
  "wildcard-by-file": "stop",
  "already-secured": "warn",
  "name-unknown": "warn",
  "leads-elsewhere": "warn",
  "some-addresses-elsewhere": "warn",
  "site-silent": "warn",
  "no-site": "warn",
  "dns-by-hand": "warn",
  "mail-by-hand": "warn",
  "key-elsewhere": "warn",
  "not-looked": "note",
} as const;
export type PreflightCode = keyof typeof severities;
export type Severity = (typeof severities)[PreflightCode];
export const preflightCodes = Object.keys(severities) as PreflightCode[];

export interface Finding {
  readonly code: PreflightCode;
  readonly severity: Severity;
  /** Null: about the order as a whole. */
  readonly name: HostName | null;
  /** A fact that belongs into the sentence: an address, a CA, a place. */
  readonly fact: string;
}

export interface PreflightInput {
  readonly looks: readonly NameLooks[];
  readonly methods: ReadonlyMap<HostName, DcvMethod>;
  /** Every address of this server's websites. */
  readonly serverAddresses: readonly string[];
  /** Names of the account's websites. */
  readonly siteNames: ReadonlySet<HostName>;
  readonly brand: string;
  readonly maxNames: number | null;
  /** End of a certificate that an earlier order brought for exactly these names; null when there is none. */
  readonly securedUntil: Date | null;
  /** The key lies here; false for a request (CSR) that was brought along. */
  readonly keyHere: boolean;
}

/** Upper bound of a common name (RFC 5280, ub-common-name), which most CAs still want. */
const longestCommonName = 64;

/** Whom the CAA records of a domain must allow, by the CA's brand. */
const issuers: Readonly<Record<string, readonly string[]>> = {
  sectigo: ["sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"],
  comodo: ["sectigo.com", "comodoca.com", "comodo.com", "usertrust.com", "trust-provider.com"],
  digicert: [
    "digicert.com",
    "www.digicert.com",
    "symantec.com",
    "thawte.com",
    "geotrust.com",
    "rapidssl.com",
  ],
  geotrust: [
    "digicert.com",
    "www.digicert.com",
    "symantec.com",
    "thawte.com",
    "geotrust.com",
    "rapidssl.com",
  ],
  thawte: ["digicert.com", "www.digicert.com", "symantec.com", "thawte.com", "geotrust.com", "rapidssl.com"],
  globalsign: ["globalsign.com"],
};

/** Everything worth knowing before money is spent, what stops the order first. Pure. */
export function judgePreflight(input: PreflightInput): Finding[] {
  const found: Finding[] = [];
  const add = (code: PreflightCode, name: HostName | null = null, fact = ""): void => {
    found.push({ code, severity: severities[code], name, fact });
  };
  const [common] = input.looks;
  if (common !== undefined && common.name.length > longestCommonName) add("name-too-long", common.name);
  if (input.maxNames !== null && input.looks.length > input.maxNames)
    add("too-many-names", null, String(input.maxNames));
  if (input.securedUntil !== null)
    add("already-secured", null, input.securedUntil.toISOString().slice(0, 10));
  if (!input.keyHere) add("key-elsewhere");
  for (const look of input.looks) judgeName(input, look, (code, fact) => add(code, look.name, fact));
  const order: readonly Severity[] = ["stop", "warn", "note"];
  return found.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

function judgeName(
  input: PreflightInput,
  look: NameLooks,
  add: (code: PreflightCode, fact?: string) => void,
): void {
  const method = input.methods.get(look.name) ?? "DNS";
  if (registrableName(look.name) === null) {
    add("name-not-public");
    return;
  }
  const forbidding = look.caa === null ? null : caaForbids(look.caa, isWildcard(look.name), input.brand);
  if (forbidding !== null) add("caa-forbids", forbidding);
  if (look.dnssec === "broken") add("dnssec-broken");
  judgeAddresses(input, look, method, add);
  if (method === "FILE") judgeFile(look, add);
  if (method === "DNS" && look.zone === "elsewhere") add("dns-by-hand");
  if (method === "EMAIL") add("mail-by-hand");
  const bare = withoutWildcard(look.name);
  const hasSite =
    input.siteNames.has(bare) ||
    (isWildcard(look.name) && [...input.siteNames].some((name) => name.endsWith(`.${bare}`)));
  if (!hasSite) add("no-site");
}

function judgeAddresses(
  { serverAddresses }: PreflightInput,
  { name, addresses }: NameLooks,
  method: DcvMethod,
  add: (code: PreflightCode, fact?: string) => void,
): void {
  if (addresses === null) add("not-looked");
  else if (addresses.length === 0) {
    // A wildcard needs no address of its own.
    if (!isWildcard(name)) add("name-unknown");
  } else {
    const elsewhere = addresses.filter((address) => !serverAddresses.includes(address));
    if (elsewhere.length === addresses.length) add("leads-elsewhere", elsewhere.join(", "));
    else if (elsewhere.length > 0 && method === "FILE") add("some-addresses-elsewhere", elsewhere.join(", "));
  }
}

function judgeFile({ name, file }: NameLooks, add: (code: PreflightCode, fact?: string) => void): void {
  if (isWildcard(name)) add("wildcard-by-file");
  else if (file?.kind === "redirect") add("file-redirected", file.to);
  else if (file?.kind === "blocked") add("file-blocked", String(file.status));
  else if (file?.kind === "silent") add("site-silent");
}

/**
 * Whom the records allow instead; null when they allow the brand (RFC 8659 §4). A brand whose CA we do not know is let
 * through: the CA itself has the last word.
 */
export function caaForbids(records: readonly CaaRecord[], wildcard: boolean, brand: string): string | null {
  const own = issuers[brand.toLowerCase()];
  if (own === undefined || records.length === 0) return null;
  const of = (tag: string): CaaRecord[] => records.filter((record) => record.tag.toLowerCase() === tag);
  const wild = of("issuewild");
  const counted = wildcard && wild.length > 0 ? wild : of("issue");
  const strange = records.filter(
    ({ tag, critical }) => critical && !["issue", "issuewild", "iodef"].includes(tag.toLowerCase()),
  );
  if (strange.length > 0) return strange.map(({ tag }) => tag).join(", ");
  if (counted.length === 0) return null;
  const allowed = counted.map(({ value }) => (value.split(";")[0] ?? "").trim().toLowerCase());
  if (allowed.some((domain) => own.includes(domain))) return null;
  const named = allowed.filter((domain) => domain !== "");
  return named.length === 0 ? "–" : named.join(", ");
}
