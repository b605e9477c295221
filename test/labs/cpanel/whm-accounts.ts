import { addAccount, removeAccount, suspendAccount } from "./account-desk.ts";
import { ApiFailure } from "./api-failure.ts";
import { domainData } from "./uapi-domains.ts";
import { vhostOfName, vhostsOf } from "./websites.ts";
import { managedAccount, managedAccounts, type WhmCall, type WhmFunctions } from "./whm-call.ts";

/** WHM functions about accounts and domains (spec §4.8). */
export const accountFunctions: WhmFunctions = {
  listaccts: { run: listAccounts, acl: "list-accts" },
  accountsummary: { run: accountSummary, acl: "list-accts" },
  domainuserdata: { run: domainUserData, acl: "list-accts" },
  get_domain_info: { run: domainInfo, acl: "list-accts" },
  createacct: { run: createAccount, acl: "create-acct" },
  removeacct: {
    run: (call) => removeAccount(call.state, managedAccount(call, userOf(call))),
    acl: "kill-acct",
  },
  suspendacct: {
    run: (call) => suspendAccount(call.state, managedAccount(call, userOf(call)), true),
    acl: "suspend-acct",
  },
  unsuspendacct: {
    run: (call) => suspendAccount(call.state, managedAccount(call, userOf(call)), false),
    acl: "suspend-acct",
  },
  create_user_session: { run: createUserSession, acl: "create-user-session" },
};

function userOf({ args }: WhmCall): string {
  return args.get("user") ?? args.required("username");
}

function accountOf(call: WhmCall, name: string): Record<string, unknown> {
  const { files } = call.state;
  const account = files.account(name) ?? {};
  return {
    user: name,
    domain: account["DNS"],
    owner: account["OWNER"],
    email: account["CONTACTEMAIL"],
    plan: account["PLAN"],
    theme: account["RS"],
    uid: String(files.uid(name)),
    ip: account["IP"],
    ipv6: [],
    suspended: account["SUSPENDED"] === "1" ? 1 : 0,
    suspendreason: account["SUSPENDED"] === "1" ? "Unknown" : "not suspended",
    suspendtime: Number(account["SUSPENDTIME"] ?? 0),
    partition: "home",
    diskused: "1M",
    disklimit: "unlimited",
    is_locked: 0,
    child_nodes: [],
    unix_startdate: Number(account["STARTDATE"] ?? 0),
  };
}

function listAccounts(call: WhmCall): unknown {
  const { args } = call;
  const search = args.get("search");
  const type = args.get("searchtype") ?? "user";
  const accounts = managedAccounts(call).map((name) => accountOf(call, name));
  const member = type === "package" ? "plan" : type;
  const wanted = args.get("want")?.split(",");
  const found = accounts
    .filter(
      (account) =>
        search === undefined || matches(String(account[member] ?? ""), search, args.get("searchmethod")),
    )
    .map((account) =>
      wanted === undefined ? account : Object.fromEntries(wanted.map((name) => [name, account[name]])),
    );
  return { acct: found };
}

/** The search is a Perl regular expression unless `exact` is asked for; a dot in it matches anything. */
function matches(value: string, search: string, method: string | undefined): boolean {
  if (method === "exact") return value === search;
  try {
    return new RegExp(search, "i").test(value);
  } catch {
    throw new ApiFailure(`“${search}” is not a valid regular expression.`);
  }
}

function accountSummary(call: WhmCall): unknown {
  const { args, state } = call;
  const domain = args.get("domain");
  const name = args.get("user") ?? (domain === undefined ? undefined : state.files.ownerOf(domain));
  if (name === undefined) throw new ApiFailure("You must specify either “user” or “domain”.");
  return { acct: [accountOf(call, managedAccount(call, name))] };
}

function domainUserData(call: WhmCall): unknown {
  const domain = call.args.required("domain");
  const { files } = call.state;
  const owner = files.ownerOf(domain);
  const vhost = owner === undefined ? undefined : vhostOfName(vhostsOf(files, owner), domain);
  if (owner === undefined || vhost === undefined)
    throw new ApiFailure(`The domain “${domain}” does not exist.`);
  managedAccount(call, owner);
  return { userdata: domainData(files, vhost) };
}

function domainInfo(call: WhmCall): unknown {
  const { files } = call.state;
  const domains = managedAccounts(call).flatMap((account) => {
    const map = files.domainMap(account);
    const addonSubs = Object.values(map.addon_domains);
    const kinds: [string, string, string][] = [
      [map.main_domain, "main", map.main_domain],
      ...Object.keys(map.addon_domains).map((name): [string, string, string] => [
        name,
        "addon",
        map.addon_domains[name] ?? "",
      ]),
      ...map.sub_domains
        .filter((name) => !addonSubs.includes(name))
        .map((name): [string, string, string] => [name, "sub", map.main_domain]),
      ...map.parked_domains.map((name): [string, string, string] => [name, "parked", map.main_domain]),
    ];
    const vhosts = vhostsOf(files, account);
    return kinds.map(([domain, type, parent]) => {
      const vhost = vhostOfName(vhosts, domain);
      const ip = files.account(account)?.["IP"];
      return {
        domain,
        domain_type: type,
        parent_domain: parent,
        user: account,
        user_owner: files.account(account)?.["OWNER"],
        docroot: vhost?.documentRoot ?? null,
        ipv4: ip,
        ipv4_ssl: ip,
        ipv6: null,
        ipv6_is_dedicated: 0,
        port: "80",
        port_ssl: "443",
        php_version: "ea-php82",
      };
    });
  });
  return { domains };
}

async function createAccount(call: WhmCall): Promise<unknown> {
  const [name, domain] = [call.args.required("username"), call.args.required("domain")];
  const password = call.args.get("password");
  try {
    await addAccount(call.state, {
      name,
      domain,
      owner: call.login,
      ...(password === undefined ? {} : { password }),
    });
  } catch (cause) {
    throw new ApiFailure(cause instanceof Error ? cause.message : String(cause));
  }
  call.reason = "Account Creation Ok";
  return { ip: call.state.address, nameserver: `ns1.${call.state.hostName}` };
}

function createUserSession(call: WhmCall): unknown {
  const account = call.args.required("user");
  const service = call.args.required("service");
  if (service !== "cpaneld" && service !== "whostmgrd")
    throw new ApiFailure(`“${service}” is not a service of this server.`);
  if (service === "cpaneld") managedAccount(call, account);
  else if (!call.may("all") && account !== call.login) throw new ApiFailure("Access denied");
  const session = call.state.sessions.createLink(
    service === "cpaneld" ? "cpanel" : "whm",
    account,
    call.login,
  );
  const port = service === "cpaneld" ? call.state.cpanelPort : call.state.whmPort;
  return {
    url: `https://${call.state.hostName}:${port}${session.token}/login/?session=${encodeURIComponent(session.id)}`,
    session: session.id,
    cp_security_token: session.token,
    expires: Math.floor(call.state.now().getTime() / 1000) + 900,
    service,
  };
}
