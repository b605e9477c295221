import {
  type ApiCall,
  type ApiRoute,
  badRequest,
  denied,
  notFound,
  readObject,
  textMember,
} from "./api-call.ts";
import type { LabState } from "./lab-state.ts";
import { emptyReply, jsonReply, manages, type PanelReply } from "./panel-call.ts";

/** Sessions, accounts and the version (spec §3.1, §3.3). */
export const sessionRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/api/version", summary: "Version of the panel", answer: version },
  { method: "GET", path: "/api/session", summary: "Who is logged in", answer: session },
  {
    method: "GET",
    path: "/api/session/user-config",
    summary: "Configuration of the account that acts",
    answer: (call) => jsonReply(200, userConfig(call.state, call.caller.login.name)),
  },
  {
    method: "POST",
    path: "/api/session/login-as/switch",
    summary: "Act as another account",
    body: () => "session.loginAs",
    answer: switchTo,
  },
  {
    method: "POST",
    path: "/api/session/login-as/return",
    summary: "Act as oneself again",
    answer: returnToOneself,
  },
  {
    method: "GET",
    path: "/api/users/{username}/config",
    summary: "Configuration of an account",
    answer(call) {
      const name = call.variables["username"] ?? "";
      if (call.state.files.account(name) === undefined) throw notFound();
      if (!manages(call.state, call.caller.login, name)) throw denied();
      return jsonReply(200, userConfig(call.state, name));
    },
  },
  {
    method: "GET",
    path: "/api/search/users",
    summary: "Accounts by part of a name",
    query: ["q"],
    role: "reseller",
    answer: search,
  },
];

const versions = { old: "1.650", "1.689": "1.689", current: "1.709" };

function version({ state }: ApiCall): PanelReply {
  return jsonReply(200, { version: versions[state.switches.profile], arch: "amd64", distro: "debian12" });
}

function session({ state, caller }: ApiCall): PanelReply {
  const { login, session: own } = caller;
  return jsonReply(200, {
    allowedCommands: caller.loginKey?.commands ?? [],
    effectiveRole: login.role,
    effectiveUsername: login.name,
    homeDir: `/home/${login.name}`,
    realUsername: caller.real.name,
    selectedDomain: own?.selectedDomain ?? "",
    sessionID: own?.id ?? "",
    configFeatures: { nginx: true },
    directadminConfig: { loginKeys: true, maxFilesizeBytes: maxUpload },
    demo: false,
    ticketsEnabled: false,
    loginAsDNSControl: state.files.account(login.name)?.["dnscontrol"] === "ON",
  });
}

const maxUpload = 524_288_000;

function userConfig(state: LabState, name: string): Record<string, unknown> {
  const conf = state.files.account(name) ?? {};
  const on = (key: string): boolean => conf[key] === "ON";
  return {
    username: name,
    userType: conf["usertype"],
    creator: conf["creator"],
    email: conf["email"],
    domain: conf["domain"],
    domains: state.files.domainsOf(name),
    users: state.files.accounts().filter((other) => state.files.login(other)?.creator === name),
    ip: conf["ip"],
    language: conf["language"],
    skin: conf["skin"],
    ssl: on("ssl"),
    dnsControl: on("dnscontrol"),
    php: on("php"),
    cgi: on("cgi"),
    letsEncrypt: on("ssl"),
    loginKeys: on("login_keys"),
    suspended: conf["suspended"] === "yes",
    dateCreated: conf["date_created"],
    package: conf["package"],
    pluginsWhitelist: state.files.login(name)?.pluginsWhitelist ?? [],
    pluginsBlacklist: state.files.login(name)?.pluginsBlacklist ?? [],
  };
}

function switchTo(call: ApiCall): PanelReply {
  const own = call.caller.session;
  if (own === null) throw badRequest("only a session can act as another account");
  const name = textMember(readObject(call), "username");
  if (call.state.files.account(name) === undefined) throw notFound();
  if (!manages(call.state, own.real, name)) throw denied();
  call.state.sessions.actAs(own.id, name);
  return emptyReply(204);
}

function returnToOneself(call: ApiCall): PanelReply {
  const own = call.caller.session;
  if (own === null) throw badRequest("only a session can act as another account");
  call.state.sessions.actAs(own.id, own.real.name);
  return emptyReply(204);
}

function search({ state, caller, query }: ApiCall): PanelReply {
  const part = query.get("q") ?? "";
  const names = state.files
    .accounts()
    .filter((name) => name.includes(part) && manages(state, caller.login, name));
  return jsonReply(
    200,
    names.map((name) => ({
      username: name,
      role: state.files.login(name)?.role,
      domains: state.files.domainsOf(name),
    })),
  );
}
