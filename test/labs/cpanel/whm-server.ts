import { ApiArguments } from "./api-arguments.ts";
import { ApiFailure } from "./api-failure.ts";
import { editZone, zoneLines } from "./dns-edit.ts";
import { panelVersion } from "./server-tree.ts";
import { managedAccount, type WhmCall, type WhmFunctions } from "./whm-call.ts";

/** ACLs that `myprivs` tells of; `all` first. */
export const knownAcls = [
  "all",
  "basic-whm-functions",
  "cpanel-api",
  "create-acct",
  "create-user-session",
  "edit-dns",
  "kill-acct",
  "list-accts",
  "manage-api-tokens",
  "ssl",
  "ssl-gencrt",
  "ssl-info",
  "suspend-acct",
];

/** WHM functions about the server itself (spec §4.8). */
export const serverFunctions: WhmFunctions = {
  version: { run: () => ({ version: panelVersion }) },
  gethostname: { run: ({ state }) => ({ hostname: state.hostName }) },
  myprivs: {
    run: (call) => ({
      privileges: [Object.fromEntries(knownAcls.map((acl) => [acl, call.may(acl) ? 1 : 0]))],
    }),
  },
  get_tweaksetting: { run: getTweak, acl: "all" },
  set_tweaksetting: { run: setTweak, acl: "all" },
  api_token_create: { run: createToken, acl: "manage-api-tokens" },
  api_token_list: {
    run: ({ state, login }) => ({
      tokens: Object.fromEntries(state.tokens.list("whostmgr", login).map((one) => [one["name"], one])),
    }),
    acl: "manage-api-tokens",
  },
  api_token_revoke: { run: revokeToken, acl: "manage-api-tokens" },
  servicestatus: { run: serviceStatus, acl: "all" },
  restartservice: { run: restartService, acl: "all" },
  parse_dns_zone: {
    run: (call) => ({ payload: zoneLines(call.state.zones, managedZone(call)) }),
    acl: "edit-dns",
  },
  mass_edit_dns_zone: {
    run: (call) => ({
      new_serial: editZone(call.state.zones, managedZone(call), call.args, call.state.now()),
    }),
    acl: "edit-dns",
  },
};

function getTweak({ state, args }: WhmCall): unknown {
  const key = args.required("key");
  return { tweaksetting: { key, value: state.files.tweak(key) ?? "" } };
}

function setTweak({ state, args }: WhmCall): undefined {
  state.files.setTweak(args.required("key"), args.get("value") ?? "");
}

/** Without `acl` a token may what its owner may; with it only that, and never more than the owner. */
function createToken(call: WhmCall): unknown {
  const { state, login, args } = call;
  const name = args.required("token_name");
  if (state.tokens.has("whostmgr", login, name))
    throw new ApiFailure(`A token named “${name}” already exists.`);
  const acls = args.all("acl");
  for (const acl of acls) {
    if (!knownAcls.includes(acl)) throw new ApiFailure(`“${acl}” is not a known ACL.`);
    if (!call.may(acl)) throw new ApiFailure(`You do not have the ACL “${acl}”.`);
  }
  const expires = args.get("expires_at");
  const { token, createTime } = state.tokens.create("whostmgr", login, name, {
    ...(acls.length === 0 ? {} : { acls }),
    ...(expires === undefined ? {} : { expiresAt: Number(expires) }),
  });
  const granted = knownAcls.map((acl) => [
    acl,
    (acls.length === 0 ? call.may(acl) : acls.includes(acl)) ? 1 : 0,
  ]);
  return { token, name, create_time: createTime, acls: Object.fromEntries(granted) };
}

function revokeToken({ state, login, args }: WhmCall): undefined {
  const name = args.required("token_name");
  if (!state.tokens.revoke("whostmgr", login, name))
    throw new ApiFailure(`There is no token named “${name}”.`);
}

const serviceNames = ["cpsrvd", "httpd", "named", "dovecot", "exim"];

function serviceStatus(): unknown {
  return {
    service: serviceNames.map((name) => ({
      name,
      display_name: name,
      enabled: 1,
      installed: 1,
      monitored: 1,
      running: 1,
    })),
  };
}

function restartService({ state, args }: WhmCall): unknown {
  const service = args.required("service");
  if (!serviceNames.includes(service)) throw new ApiFailure(`“${service}” is not a service of this server.`);
  if (service === "httpd") state.apache.requestRestart();
  return { service, output: "" };
}

function managedZone(call: WhmCall): string {
  const zone = call.args.required("zone").toLowerCase().replace(/\.$/, "");
  const owner = call.state.files.ownerOf(zone);
  if (owner === undefined || !call.state.zones.has(zone))
    throw new ApiFailure(`You do not control a DNS zone named ${zone}.`);
  managedAccount(call, owner);
  return zone;
}

/** Arguments of one command of `batch`: `func?name=value&…`. */
export function batchCommand(text: string): { func: string; args: ApiArguments } {
  const [func = "", query = ""] = text.split("?", 2);
  return { func, args: new ApiArguments([...new URLSearchParams(query)]) };
}
