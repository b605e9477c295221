import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { queueRewrite } from "./account-desk.ts";
import type { LabState } from "./lab-state.ts";
import { type LegacyAnswer, LegacyRefusal, type LegacyValue } from "./legacy-answer.ts";
import type { LegacyCall, LegacyCommand } from "./legacy-call.ts";
import { field, namedAccount, ownDomain, refuseSuspended, requirePost } from "./legacy-call.ts";
import type { DomainFiles } from "./panel-files.ts";

/** Commands about domains (spec §3.2, §3.5). */
export const domainCommands: readonly LegacyCommand[] = [
  {
    name: "SHOW_DOMAINS",
    answer: ({ state, caller }) => ({ list: state.files.domainsOf(caller.login.name) }),
  },
  { name: "SHOW_USER_DOMAINS", role: "reseller", answer: showUserDomains },
  {
    name: "DOMAIN_OWNERS",
    role: "admin",
    answer: ({ state }) => ({ record: Object.fromEntries(state.files.owners()) }),
  },
  { name: "ADDITIONAL_DOMAINS", answer: additionalDomains },
  { name: "DOMAIN", answer: changeDomain },
];

/** `domain=bandwidth:limit:quota:subdomains:suspended:…`, the old colon list. */
function showUserDomains(call: LegacyCall): LegacyAnswer {
  const account = namedAccount(call);
  const record = Object.fromEntries(
    domainsOf(call.state, account).map(({ domain, conf, subdomains }) => [
      domain,
      ["0.0", conf["bandwidth"] ?? "unlimited", "0.0", subdomains.length, conf["suspended"], "0.0"].join(":"),
    ]),
  );
  return { record };
}

function additionalDomains(call: LegacyCall): LegacyAnswer {
  const { state, caller } = call;
  if (field(call, "action") === "view") {
    const domain = ownDomain(call, "Cannot View Domain");
    const record = describe(domain);
    return { record, json: { ...record, ips: domain.addresses } };
  }
  const chosen =
    field(call, "domain") === ""
      ? domainsOf(state, caller.login.name)
      : [ownDomain(call, "Cannot View Domain")];
  const record: Record<string, LegacyValue> = {};
  const json: Record<string, unknown> = {};
  for (const domain of chosen) {
    record[domain.domain] = describe(domain);
    json[domain.domain] = { ...describe(domain), ips: domain.addresses };
  }
  return { record, json };
}

function describe({ conf, domain, account, subdomains, pointers }: DomainFiles): Record<string, string> {
  const pointersOf = (kind: string): string =>
    Object.keys(pointers)
      .filter((name) => pointers[name] === kind)
      .join("|");
  const limit = (value: string | undefined): string => value ?? "unlimited";
  return {
    active: conf["active"] ?? "yes",
    alias_pointers: pointersOf("alias"),
    bandwidth: `0 / ${limit(conf["bandwidth"])}`,
    bandwidth_limit: limit(conf["bandwidth"]),
    cgi: conf["cgi"] ?? "OFF",
    defaultdomain: conf["defaultdomain"] ?? "no",
    domain,
    open_basedir: conf["open_basedir"] ?? "ON",
    php: conf["php"] ?? "OFF",
    pointers: pointersOf("pointer"),
    quota: "0",
    quota_limit: limit(conf["quota"]),
    safemode: "OFF",
    ssl: conf["ssl"] ?? "OFF",
    subdomain: String(subdomains.length),
    suspended: conf["suspended"] ?? "no",
    username: account,
  };
}

async function changeDomain(call: LegacyCall): Promise<LegacyAnswer> {
  requirePost(call);
  refuseSuspended(call);
  const domain = ownDomain(call, "Cannot Modify Domain");
  switch (field(call, "action")) {
    case "modify":
      return modify(call, domain);
    case "private_html":
      return privateHtml(call, domain);
    default:
      throw new LegacyRefusal("Cannot Modify Domain", "Unknown action");
  }
}

/** A flag that isn't sent is a flag that is switched off (spec §3.2). */
function modify(call: LegacyCall, { account, domain }: DomainFiles): LegacyAnswer {
  const flag = (name: string): string => (field(call, name) === "ON" ? "ON" : "OFF");
  const limit = (name: string): string => {
    const unlimited = field(call, `u${name}`);
    if (unlimited !== "" && unlimited !== "no") return "unlimited";
    if (!/^\d+$/.test(field(call, name))) {
      throw new LegacyRefusal("Cannot Modify Domain", `The ${name} is not valid`);
    }
    return field(call, name);
  };
  call.state.files.setDomain(account, domain, {
    bandwidth: limit("bandwidth"),
    quota: limit("quota"),
    ssl: flag("ssl"),
    php: flag("php"),
    cgi: flag("cgi"),
  });
  queueRewrite(call.state, account);
  return { success: "Domain Modified" };
}

/** Redirect to HTTPS and, while TLS sites have a folder of their own, whether it is a link to the other. */
function privateHtml(call: LegacyCall, { account, domain }: DomainFiles): LegacyAnswer {
  const { state } = call;
  const folder = state.files.site(account, domain, "private_html");
  const value = field(call, "val");
  if (value === "symlink" || value === "directory") {
    rmSync(folder, { recursive: true, force: true });
    if (value === "symlink") symlinkSync("public_html", folder);
    else mkdirSync(folder);
  }
  state.files.setDomain(account, domain, { force_ssl: field(call, "force_ssl") === "yes" ? "yes" : "no" });
  queueRewrite(state, account);
  return { success: "Domain Modified" };
}

function domainsOf(state: LabState, account: string): DomainFiles[] {
  return state.files.domainsOf(account).flatMap((name) => state.files.domain(account, name) ?? []);
}
