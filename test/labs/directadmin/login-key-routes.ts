import {
  type ApiCall,
  type ApiRoute,
  badRequest,
  denied,
  notFound,
  readObject,
  textMember,
} from "./api-call.ts";
import { emptyReply, jsonReply, type PanelReply } from "./panel-call.ts";

/** Commands a key can be limited to: legacy ones by name, newer ones by the first part of their path (spec §3.1). */
const commands = [
  "CMD_API_ADDITIONAL_DOMAINS",
  "CMD_API_DNS_CONTROL",
  "CMD_API_DOMAIN_POINTER",
  "CMD_API_LOGIN_TEST",
  "CMD_API_SHOW_DOMAINS",
  "CMD_API_SHOW_USER_CONFIG",
  "CMD_API_SSL",
  "CMD_API_SUBDOMAINS",
  "CMD_PLUGINS",
  "domain-tls",
  "filemanager-actions",
  "session",
];

/** Keys an account makes for its programs. */
export const loginKeyRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/login-keys/commands",
    summary: "Commands a key can be limited to",
    answer: () => jsonReply(200, commands),
  },
  {
    method: "GET",
    path: "/api/login-keys/keys",
    summary: "The account's keys",
    answer: ({ state, caller }) =>
      jsonReply(
        200,
        state.loginKeys.of(caller.login.name).map((key) => ({
          id: key.name,
          allowCommands: key.commands ?? [],
          allowNetworks: key.addresses,
          expires: key.expires?.toISOString() ?? null,
        })),
      ),
  },
  {
    method: "POST",
    path: "/api/login-keys/keys",
    summary: "Make a key",
    body: () => "loginKeys.create",
    answer: createKey,
  },
  {
    method: "DELETE",
    path: "/api/login-keys/keys/{id}",
    summary: "Remove a key",
    answer({ state, caller, variables }) {
      if (!state.loginKeys.remove(caller.login.name, variables["id"] ?? "")) throw notFound();
      return emptyReply(204);
    },
  },
];

/** A key cannot make another one. */
function createKey(call: ApiCall): PanelReply {
  if (call.caller.loginKey?.commands !== undefined) throw denied();
  const body = readObject(call);
  const [name, secret, expires] = ["id", "value", "expires"].map((member) => textMember(body, member));
  if (name === undefined || name === "" || secret === undefined || secret.length < 8) {
    throw badRequest("id and a value of at least 8 characters are required");
  }
  const allowed = listOf(body["allowCommands"]);
  call.state.loginKeys.create(call.caller.login.name, {
    name,
    secret,
    ...(allowed.length === 0 ? {} : { commands: allowed }),
    ...(expires === undefined || expires === "" ? {} : { expires: new Date(expires) }),
    addresses: listOf(body["allowNetworks"]),
  });
  return emptyReply(204);
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw badRequest("a list of strings is expected");
  }
  return value;
}
