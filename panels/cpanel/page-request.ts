import { CodedError } from "../../src/errors.ts";
import type { Caller, PageHost, PageRequest } from "../../src/panel.ts";
import { languageOf } from "./accounts.ts";
import { accountName } from "./files.ts";

/** Of a submitted form with its uploads. The glue stops reading a little above. */
const maxBody = 12 * 1024 * 1024;
const wholeParameter = "whole";

/**
 * Pages of the plugin in the panel's two interfaces. The hand-over comes through a socket that only root can open: from the
 * bridge, which has the account's name from the panel, and from the server-level page, which runs as root and asks the
 * panel who is there (spec cpanel §3.5, §2.8). Nothing has to be proven again; what the page itself said proves nothing.
 */
export function createCpanelPageHost(): PageHost {
  return {
    async readPageRequest(handover) {
      return toPageRequest(readHandover(handover));
    },
  };
}

/** What the glue sent. */
export interface Handover {
  /** `account`: by the bridge. `server`: by the page in WHM. */
  readonly from: string;
  /** Who, by the panel's own word. */
  readonly user: string;
  /** `ACT` may change something, `SHOW` never does: accounts in demo mode are only let through to the latter, with all they send. */
  readonly action: string;
  /** The name that logged in; of a team or mail user it is not the account's. */
  readonly login: string;
  /** The panel's functions that change something are open to this login; not so in demo mode. For what is shown only. */
  readonly mayAct: boolean;
  /** In WHM: may everything. */
  readonly hasRoot: boolean;
  /** In WHM: the rights that matter here. */
  readonly rights: readonly string[];
  readonly query: string;
  readonly contentType: string;
  /** `/cpsess…` of this session. */
  readonly securityToken: string;
  /** A reseller who works inside the account. */
  readonly reseller: string;
  readonly acceptLanguage: string;
  readonly locale: string;
  readonly direction: string;
  readonly body: Buffer;
}

/**
 * Reads `NAME=value` pairs, each ended by a NUL, then an empty one, then the request's body as it came. The first of a name
 * counts, and whoever is nearer to root writes first. Throws `input-invalid`.
 */
export function readHandover(handover: unknown): Handover {
  if (!Buffer.isBuffer(handover)) throw new CodedError("input-invalid", { detail: "no hand-over" });
  const end = handover.indexOf("\0\0");
  if (end < 0) throw new CodedError("input-invalid", { detail: "a hand-over without an end" });
  const body = handover.subarray(end + 2);
  if (body.length > maxBody) throw new CodedError("input-invalid", { detail: "the form is too large" });
  const found = new Map<string, string>();
  for (const part of handover.subarray(0, end).toString("utf8").split("\0")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals));
    if (name !== "" && !found.has(name)) found.set(name, part.slice(equals + 1));
  }
  const get = (name: string): string => found.get(name) ?? "";
  const from = get("BRIDGE_FROM");
  const rights = from === "server" ? get("BRIDGE_RIGHTS").split(",") : [];
  return {
    from,
    user: get("BRIDGE_USER"),
    action: get("BRIDGE_ACTION"),
    login: get("BRIDGE_LOGIN") || get("REMOTE_USER"),
    mayAct: get("MAY_ACT") === "1",
    hasRoot: from === "server" && get("BRIDGE_HAS_ROOT") === "1",
    rights: rights.filter((right) => right !== ""),
    query: get("QUERY_STRING"),
    contentType: get("CONTENT_TYPE"),
    securityToken: get("cp_security_token"),
    reseller: get("CPRESELLER"),
    acceptLanguage: get("HTTP_ACCEPT_LANGUAGE"),
    locale: get("LOCALE"),
    direction: get("DIRECTION"),
    body,
  };
}

interface Place {
  readonly script: string;
  readonly assets: string;
  readonly theme: string;
}

/** Addresses are relative: the same page is reached through ports, service subdomains and proxies (spec cpanel §2.6). */
const inAccount: Place = { script: "index.live.pl", assets: "assets", theme: "jupiter" };
const inServer: Place = { script: "index.cgi", assets: "../../addon_plugins/xolphin_ssl", theme: "whm" };

export function toPageRequest(handover: Handover): PageRequest {
  const place = handover.from === "server" ? inServer : inAccount;
  const query = readFields(handover.query);
  const fields = !handover.contentType.toLowerCase().startsWith("multipart/");
  const submitted = handover.body.length > 0 && fields;
  const caller = handover.from === "server" ? callerInServer(handover) : callerInAccount(handover);
  return {
    // What comes by the way that changes nothing is read, so that it can be answered why nothing is changed.
    caller: handover.action === "ACT" || !submitted ? caller : { ...caller, readOnly: true },
    output: query.has(wholeParameter) ? "raw" : "page",
    path: pagePath(query.get("page")),
    query,
    form: submitted ? readFields(handover.body.toString("utf8")) : null,
    href: (path, parameters = {}) => hrefOf(place.script, path, parameters),
    rawHref: (path, parameters = {}) => hrefOf(place.script, path, { ...parameters, [wholeParameter]: "1" }),
    asset: (name) => `${place.assets}/${name}`,
    theme: place.theme,
    direction: handover.direction === "rtl" ? "rtl" : "ltr",
    // Both interfaces print the title as their first heading (spec cpanel §7).
    titled: true,
  };
}

function callerInAccount({
  from,
  user,
  action,
  login,
  mayAct,
  securityToken,
  reseller,
  locale,
}: Handover): Caller {
  if (from !== "account" || !accountName.test(user) || !["SHOW", "ACT"].includes(action)) {
    throw new CodedError("session-refused");
  }
  return {
    account: user,
    role: "account",
    level: "account",
    actingFor: reseller || null,
    language: languageOf(locale),
    sessionBinding: `${securityToken}:${login}`,
    // Team and mail users, and logins without a browser's session, may look (spec cpanel §2.6).
    readOnly: !mayAct || login !== user || !isSession(securityToken),
  };
}

/** Root sees everything; a reseller who may list accounts sees their own, and changes something with the right to do so for certificates. */
function callerInServer({ user, hasRoot, rights, securityToken, acceptLanguage }: Handover): Caller {
  if (!accountName.test(user)) throw new CodedError("session-refused");
  if (!hasRoot && !rights.includes("list-accts")) throw new CodedError("not-allowed");
  return {
    account: user,
    role: hasRoot ? "administrator" : "reseller",
    level: hasRoot ? "administrator" : "reseller",
    actingFor: null,
    // The server's interface has no language of the viewer to tell (spec cpanel §7).
    language: languageOf(acceptLanguage.split(",")[0]?.split(";")[0]?.trim() ?? null),
    sessionBinding: `${securityToken}:${user}`,
    readOnly: !isSession(securityToken) || !(hasRoot || rights.includes("ssl")),
  };
}

function isSession(securityToken: string): boolean {
  return /^\/cpsess\d{6,20}$/.test(securityToken);
}

function hrefOf(script: string, path: string, parameters: Readonly<Record<string, string>>): string {
  const named = path === "/" ? {} : { page: path.slice(1) };
  const query = new URLSearchParams({ ...named, ...parameters }).toString();
  return `${script}${query === "" ? "" : `?${query}`}`;
}

function pagePath(page: string | undefined): string {
  return page === undefined ? "/" : `/${page}`;
}

/** The first of a name counts. */
function readFields(encoded: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(encoded)) if (!fields.has(name)) fields.set(name, value);
  return fields;
}
