import { CodedError } from "../../src/errors.ts";
import { asHostName, type HostName } from "../../src/model/host-name.ts";
import type { Account, Vhost, VhostRef } from "../../src/panel.ts";
import type { Conf, PanelFiles } from "./files.ts";

const roles: Readonly<Record<string, Account["role"]>> = {
  admin: "administrator",
  reseller: "reseller",
  user: "account",
};

export function listAccounts(files: PanelFiles): Account[] {
  return files.accountNames().flatMap((name) => {
    const conf = files.userConf(name);
    return conf === null ? [] : [toAccount(name, conf)];
  });
}

/** Throws `account-unknown`. */
export function readAccount(files: PanelFiles, name: string): Account {
  const conf = files.userConf(name);
  if (conf === null) throw new CodedError("account-unknown", { detail: name });
  return toAccount(name, conf);
}

export function toAccount(name: string, conf: Conf): Account {
  const creator = conf.get("creator") ?? "";
  return {
    name,
    role: roles[conf.get("usertype") ?? ""] ?? "account",
    owner: creator === "" || creator === "root" ? null : creator,
    createdAt: conf.get("date_created") ?? null,
    suspended: isYes(conf.get("suspended")),
    tlsAllowed: isOn(conf.get("ssl")),
    dnsAllowed: isOn(conf.get("dnscontrol")),
    email: conf.get("email") ?? null,
    language: conf.get("language") ?? null,
  };
}

/**
 * The vhosts of one account: each domain with the names that its certificate serves, and each host below it that has a
 * certificate of its own (spec directadmin §3.7).
 */
export function vhostsOf(files: PanelFiles, account: string): Vhost[] {
  const user = files.userConf(account);
  if (user === null) throw new CodedError("account-unknown", { detail: account });
  return files.domains(account).flatMap((domain) => domainVhosts(files, account, user, domain));
}

function domainVhosts(files: PanelFiles, account: string, user: Conf, domain: string): Vhost[] {
  const conf = files.domainConf(account, domain);
  if (conf === null) return [];
  const listed = files.addresses(account, domain);
  const shared = {
    account,
    addresses:
      listed.length > 0 ? listed : [conf.get("ip") ?? user.get("ip") ?? ""].filter((ip) => ip !== ""),
    suspended: isYes(conf.get("suspended")) || isYes(user.get("suspended")),
    tls: isOn(conf.get("ssl")),
  };
  const below = hostsBelow(files, account, domain);
  const own = below.filter((host) => files.hasOwnCertificate(account, host));
  const withMain = below.filter((host) => !own.includes(host));
  return [
    { id: domain, names: hostNames([domain, ...withMain]), ...shared },
    ...own.map((host) => ({ id: host, names: hostNames([host]), ...shared })),
  ].filter(({ names }) => names.length > 0);
}

/** Subdomains and alias pointers. Redirecting pointers show the same certificate and count as well. */
function hostsBelow(files: PanelFiles, account: string, domain: string): string[] {
  const subdomains = files.subdomains(account, domain).map((label) => `${label}.${domain}`);
  return [...subdomains, ...files.pointers(account, domain).keys()];
}

function hostNames(hosts: readonly string[]): HostName[] {
  const names = hosts.flatMap((host) => [asHostName(host), asHostName(`www.${host}`)]);
  return [...new Set(names.filter((name) => name !== null))];
}

/** The domain that a vhost belongs to: itself, or the one below which the host lies. Throws `vhost-unknown`. */
export function domainOf(files: PanelFiles, vhost: VhostRef): string {
  const domains = files.domains(vhost.account);
  const found = domains.find(
    (domain) => domain === vhost.id || hostsBelow(files, vhost.account, domain).includes(vhost.id),
  );
  if (found === undefined)
    throw new CodedError("vhost-unknown", { detail: `${vhost.id} of ${vhost.account}` });
  return found;
}

/** Where the files of a name lie within the account's home, and the domain it belongs to. Throws `vhost-unknown`. */
export function documentRoot(files: PanelFiles, account: string, name: HostName): string {
  const bare = name.replace(/^www\./, "");
  for (const domain of files.domains(account)) {
    const root = `domains/${domain}/public_html`;
    if (bare === domain || files.pointers(account, domain).has(bare)) return root;
    const label = files.subdomains(account, domain).find((one) => `${one}.${domain}` === bare);
    if (label !== undefined) return `${root}/${label}`;
  }
  throw new CodedError("vhost-unknown", { detail: name });
}

function isOn(value: string | undefined): boolean {
  return value?.toUpperCase() === "ON";
}

function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === "yes";
}
