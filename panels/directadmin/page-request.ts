import { CodedError } from "../../src/errors.ts";
import type { Caller, PageHost, PageRequest } from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { acceptLegacy, decodeEntities } from "./answers.ts";
import { PanelFiles } from "./files.ts";
import { type Login, PanelApi } from "./panel-api.ts";

const pluginId = "xolphin_ssl";
const maxBody = 1024 * 1024;
/** The script whose output the panel hands on as it is; it and the start page find the page wanted in `page`. */
const rawScript = "whole.raw";
/** The panel asks for its menu without a parameter. */
const menuScript = "menu.raw";

interface Level {
  readonly address: string;
  readonly level: Caller["level"];
  /** Who may open it. */
  readonly roles: readonly string[];
}

const levels: Readonly<Record<string, Level>> = {
  admin: { address: "/CMD_PLUGINS_ADMIN", level: "administrator", roles: ["admin"] },
  reseller: { address: "/CMD_PLUGINS_RESELLER", level: "reseller", roles: ["admin", "reseller"] },
  user: { address: "/CMD_PLUGINS", level: "account", roles: ["admin", "reseller", "user"] },
};

const roles: Readonly<Record<string, Caller["role"]>> = {
  admin: "administrator",
  reseller: "reseller",
  user: "account",
};

/** Pages of the DirectAdmin plugin: the session that the panel handed to the launcher is replayed to the panel (spec directadmin §2.5). */
export function createDirectAdminPageHost(options: PanelOptions): PageHost {
  const files = new PanelFiles(options.rootDir);
  let opened: PanelApi | null = null;
  return {
    async readPageRequest(handover) {
      opened ??= new PanelApi(options, files);
      const call = readHandover(handover);
      const confirmed = await confirmSession(opened, call);
      return toPageRequest(call, confirmed);
    },
  };
}

/** What the launcher sent: its own two facts, the environment the panel gave it, and the body when that came on stdin. */
export interface Handover {
  /** The folder the launcher lies in: `admin`, `reseller` or `user`. */
  readonly level: string;
  /** The launcher's own file name. */
  readonly script: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly query: string;
  readonly body: string;
  /** Who is really there while logged in as someone else; for the audit log only. */
  readonly loginAsMaster: string | null;
}

/** Reads NUL-separated `NAME=value`; the first of a name counts, and the launcher writes its own first. Throws `input-invalid`. */
export function readHandover(handover: unknown): Handover {
  if (!Buffer.isBuffer(handover)) throw new CodedError("input-invalid", { detail: "no hand-over" });
  const found = new Map<string, string>();
  for (const part of handover.toString("utf8").split("\0")) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(0, equals));
    if (name !== "" && !found.has(name)) found.set(name, part.slice(equals + 1));
  }
  const get = (name: string): string => found.get(name) ?? "";
  const post = get("POST");
  const body = post === "stdin=true" ? get("LAUNCHER_BODY") : post;
  if (Buffer.byteLength(body) > maxBody)
    throw new CodedError("input-invalid", { detail: "the form is too large" });
  return {
    level: get("LAUNCHER_LEVEL"),
    script: get("LAUNCHER_SCRIPT"),
    sessionId: get("SESSION_ID"),
    sessionKey: get("SESSION_KEY"),
    query: get("QUERY_STRING"),
    body,
    loginAsMaster: get("IS_LOGIN_AS") === "1" ? get("LOGIN_AS_MASTER") || null : null,
  };
}

interface Confirmed {
  readonly username: string;
  readonly usertype: string;
  readonly language: string | null;
}

/** Believes only what the panel says about the session; parameters and the environment prove nothing. */
async function confirmSession(api: PanelApi, call: Handover): Promise<Confirmed> {
  const part = /^[A-Za-z0-9]{16,128}$/;
  if (!part.test(call.sessionId) || !part.test(call.sessionKey)) throw new CodedError("session-refused");
  const login: Login = { kind: "session", id: new Secret(call.sessionId), key: new Secret(call.sessionKey) };
  const command = "CMD_API_SHOW_USER_CONFIG";
  const answer = await api.call(login, { method: "GET", path: `/${command}` });
  if (answer.status === 401 || answer.status === 403) throw new CodedError("session-refused");
  const fields = acceptLegacy(answer, command);
  const one = (name: string): string => {
    const values = fields.getAll(name);
    return values.length === 1 ? (values[0] ?? "") : "";
  };
  const username = one("username");
  const usertype = one("usertype");
  if (username === "" || !(usertype in roles) || one("suspended").toLowerCase() === "yes") {
    throw new CodedError("session-refused");
  }
  return { username, usertype, language: one("language") || null };
}

function toPageRequest(call: Handover, confirmed: Confirmed): PageRequest {
  const level = levels[call.level];
  if (level === undefined) throw new CodedError("input-invalid", { detail: "unknown level" });
  if (!level.roles.includes(confirmed.usertype)) throw new CodedError("session-refused");
  const query = readFields(call.query);
  const form = call.body.trim() === "" ? null : readFields(call.body);
  const base = `${level.address}/${pluginId}`;
  return {
    caller: {
      account: confirmed.username,
      role: roles[confirmed.usertype] ?? "account",
      level: level.level,
      actingFor: call.loginAsMaster,
      language: confirmed.language,
      sessionBinding: `${call.sessionId}:${call.sessionKey}`,
      readOnly: false,
    },
    output: call.script === rawScript || call.script === menuScript ? "raw" : "page",
    path: call.script === menuScript ? "/menu" : pagePath(query.get("page")),
    query,
    form,
    href: (path, parameters = {}) => hrefOf(`${base}/index.html`, path, parameters),
    rawHref: (path, parameters = {}) => hrefOf(`${base}/${rawScript}`, path, parameters),
    asset: (name) => `${base}/images/${name}`,
    theme: "bare-frame",
  };
}

/** Pages share one script, so that the panel's own frame around them stays; `page` names the page. */
function hrefOf(script: string, path: string, parameters: Readonly<Record<string, string>>): string {
  const named = path === "/" ? {} : { page: path.slice(1) };
  const query = new URLSearchParams({ ...named, ...parameters }).toString();
  return `${script}${query === "" ? "" : `?${query}`}`;
}

function pagePath(page: string | undefined): string {
  return page === undefined ? "/" : `/${page}`;
}

/** Some versions hand the text over with entities for `&` and the like (spec directadmin §2.3). The first of a name counts. */
function readFields(encoded: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(decodeEntities(encoded))) {
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}
