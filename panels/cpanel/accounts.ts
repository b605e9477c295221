import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import { asHostName, type HostName } from "../../src/model/host-name.ts";
import type { Account, Vhost, VhostRef } from "../../src/panel.ts";
import { flag, readData } from "./answers.ts";
import { accountName, type PanelFiles } from "./files.ts";
import type { PanelApi } from "./panel-api.ts";

export interface Access {
  readonly files: PanelFiles;
  readonly api: PanelApi;
}

/** Reads that run at once; each of them is a program of a hundred megabytes over there (spec cpanel §6). */
const readsAtOnce = 2;
/** Who owns the server: has no hosting account, but opens pages and owns accounts. */
const root: Account = {
  name: "root",
  role: "administrator",
  owner: null,
  createdAt: null,
  suspended: false,
  tlsAllowed: true,
  dnsAllowed: true,
  email: null,
  language: null,
};

const listed = z.object({
  user: z.string(),
  owner: z.string().nullish(),
  email: z.string().nullish(),
  ip: z.string().nullish(),
  suspended: flag,
  unix_startdate: z.union([z.number(), z.string()]).nullish(),
});
type Listed = z.output<typeof listed>;
const accountList = z.object({ acct: z.array(listed).nullish() });

const userInformation = z.object({
  feature: z.record(z.string(), z.unknown()).nullish(),
});

/** What an account may do, as its feature list says (spec cpanel §4.5, §4.10). */
interface Rights {
  readonly tlsAllowed: boolean;
  readonly dnsAllowed: boolean;
}

/** All accounts and root. Rights are asked once for all who have the same feature list and the same exceptions to it. */
export async function listAccounts(access: Access): Promise<Account[]> {
  const found = await listOf(access, {});
  const groups = Map.groupBy(found, ({ user }) => {
    const conf = [...(access.files.accountConf(user) ?? [])];
    const deciding = conf.filter(([name]) => name.startsWith("FEATURE"));
    return deciding.length === 0 ? user : JSON.stringify(deciding.sort());
  });
  const rights = new Map<string, Rights>();
  await eachOf([...groups.values()], async (members) => {
    const asked = members.find(({ suspended }) => !suspended) ?? members[0];
    if (asked === undefined) return;
    const granted = await rightsOf(access, asked);
    for (const { user } of members) rights.set(user, granted);
  });
  const resellers = access.files.resellers();
  return [
    root,
    ...found.map((one) => toAccount(access.files, resellers, one, rights.get(one.user) ?? unknown)),
  ];
}

/** Throws `account-unknown`. */
export async function readAccount(access: Access, name: string): Promise<Account> {
  if (name === root.name) return root;
  const found = await readListed(access, name);
  return toAccount(access.files, access.files.resellers(), found, await rightsOf(access, found));
}

/** Throws `account-unknown`. */
export async function assertAccount(access: Access, name: string): Promise<void> {
  await readListed(access, name);
}

/** The vhosts of one account. Throws `account-unknown`. */
export async function vhostsOf(access: Access, account: string): Promise<Vhost[]> {
  if (account === root.name) return [];
  const owner = await readListed(access, account);
  const data = await access.api.uapi(account, "DomainInfo::domains_data", { format: "hash" });
  return toVhosts(
    owner,
    await capableDomains(access, account),
    sitesOf(readData(domainsData, data, "domains_data")),
  );
}

/** The vhosts of the whole server: two calls for all and one for each account. */
export async function allVhosts(access: Access): Promise<Vhost[]> {
  const accounts = await listOf(access, {});
  const data = await access.api.whm("get_domain_info");
  const { domains } = readData(domainInfo, data, "get_domain_info");
  const known = Map.groupBy(domains ?? [], ({ user }) => user ?? "");
  const found = new Map<string, Vhost[]>();
  await eachOf(accounts, async (owner) => {
    const sites = (known.get(owner.user) ?? []).map(({ domain, domain_type, ipv4, ipv6 }) => ({
      domain,
      addon: domain_type === "addon",
      addresses: addressList(ipv4, ipv6),
    }));
    try {
      found.set(owner.user, toVhosts(owner, await capableDomains(access, owner.user), sites));
    } catch (thrown) {
      // Gone since the list was made; everything else is a list that could not be read.
      if (asCodedError(thrown).code !== "account-unknown") throw thrown;
    }
  });
  return accounts.flatMap(({ user }) => found.get(user) ?? []);
}

/** Where the files of a name lie, and the account's home. Throws `vhost-unknown` for a name without files of the account. */
export async function documentRoot(
  { api }: Access,
  account: string,
  name: HostName,
): Promise<{ folder: string; home: string }> {
  const data = await api.uapi(account, "DomainInfo::domains_data", { format: "hash" });
  const { main_domain, addon_domains, sub_domains } = readData(domainsData, data, "domains_data");
  const sites = [
    ...(addon_domains ?? []),
    ...(sub_domains ?? []),
    ...(main_domain == null ? [] : [main_domain]),
  ];
  const site = sites.find(({ domain, servername, serveralias }) =>
    [domain, servername ?? "", ...(serveralias ?? "").split(/\s+/)].includes(name),
  );
  if (site?.documentroot == null || site.homedir == null)
    throw new CodedError("vhost-unknown", { detail: name });
  return { folder: site.documentroot, home: site.homedir };
}

/** The names a vhost of this account carries, by vhost. The panel knows them, we don't compute them (spec cpanel §5.1). */
export async function namesByVhost(access: Access, account: string): Promise<ReadonlyMap<string, string[]>> {
  const names = new Map<string, string[]>();
  for (const { domain, vhost_name, is_proxy } of await capableDomains(access, account)) {
    const known = names.get(vhost_name) ?? [];
    // Service subdomains are vhosts of the panel's own with certificates of their own way (spec cpanel §5.3).
    names.set(vhost_name, is_proxy ? known : [...known, domain]);
  }
  return names;
}

/** Every name that goes with a vhost, service subdomains among them. */
export async function allNamesOf(access: Access, { id, account }: VhostRef): Promise<string[]> {
  const domains = await capableDomains(access, account);
  return domains.filter(({ vhost_name }) => vhost_name === id).map(({ domain }) => domain);
}

/** Runs `work` for each of `items`, a few at a time. The first failure ends it. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: readsAtOnce }, worker));
}

const site = z.object({
  domain: z.string(),
  servername: z.string().nullish(),
  serveralias: z.string().nullish(),
  documentroot: z.string().nullish(),
  homedir: z.string().nullish(),
  ip: z.string().nullish(),
  ipv6: z.unknown(),
});
/** Lists where the reference says objects, and the other way round (spec cpanel §4.8). */
const domainsData = z.object({
  main_domain: z.preprocess((value) => (Array.isArray(value) ? value[0] : value), site.nullish()),
  addon_domains: z.array(site).nullish(),
  sub_domains: z.array(site).nullish(),
});
const domainInfo = z.object({
  domains: z
    .array(
      z.object({
        domain: z.string(),
        domain_type: z.string().nullish(),
        user: z.string().nullish(),
        ipv4: z.unknown(),
        ipv6: z.unknown(),
      }),
    )
    .nullish(),
});
const capable = z.array(z.object({ domain: z.string(), vhost_name: z.string(), is_proxy: flag })).nullish();

interface Site {
  readonly domain: string;
  /** Bought as a name of its own, though the vhost is called after a subdomain of the main domain. */
  readonly addon: boolean;
  readonly addresses: readonly string[];
}

async function capableDomains({ api }: Access, account: string) {
  const call = "WebVhosts::list_ssl_capable_domains";
  return readData(capable, await api.uapi(account, call), call) ?? [];
}

function sitesOf({ main_domain, addon_domains, sub_domains }: z.output<typeof domainsData>): Site[] {
  const entry = (addon: boolean) => (one: z.output<typeof site>) => ({
    domain: one.domain,
    addon,
    addresses: addressList(one.ip, one.ipv6),
  });
  return [
    ...(main_domain == null ? [] : [main_domain].map(entry(false))),
    ...(addon_domains ?? []).map(entry(true)),
    ...(sub_domains ?? []).map(entry(false)),
  ];
}

function toVhosts(
  owner: Listed,
  domains: readonly { domain: string; vhost_name: string; is_proxy: boolean }[],
  sites: readonly Site[],
): Vhost[] {
  const byDomain = new Map(sites.map((one) => [one.domain, one]));
  const byVhost = Map.groupBy(
    domains.filter(({ is_proxy }) => !is_proxy),
    ({ vhost_name }) => vhost_name,
  );
  return [...byVhost].flatMap(([id, members]): Vhost[] => {
    const own = members.flatMap(({ domain }) => byDomain.get(domain) ?? []);
    const first = own.find(({ addon }) => addon)?.domain ?? id;
    const names = [first, ...members.map(({ domain }) => domain)]
      .map(asHostName)
      .filter((name) => name !== null);
    if (names.length === 0) return [];
    const addresses = [...new Set(own.flatMap((one) => one.addresses))];
    return [
      {
        id,
        account: owner.user,
        names: [...new Set(names)],
        addresses: addresses.length > 0 ? addresses : addressList(owner.ip, null),
        suspended: owner.suspended,
        tls: true,
      },
    ];
  });
}

async function listOf({ api }: Access, search: Readonly<Record<string, string>>): Promise<Listed[]> {
  const data = await api.whm("listaccts", search);
  const { acct } = readData(accountList, data, "listaccts");
  return (acct ?? []).filter(({ user }) => accountName.test(user));
}

async function readListed(access: Access, name: string): Promise<Listed> {
  const found = accountName.test(name)
    ? await listOf(access, { search: name, searchtype: "user", searchmethod: "exact" })
    : [];
  const account = found.find(({ user }) => user === name);
  if (account === undefined) throw new CodedError("account-unknown", { detail: name });
  return account;
}

/** What can't be found out does not stand in the way: the panel itself refuses what is not allowed (spec cpanel §8). */
const unknown: Rights = { tlsAllowed: true, dnsAllowed: true };

async function rightsOf({ api }: Access, { user }: Listed): Promise<Rights> {
  const call = "Variables::get_user_information";
  const asked = await api.tryUapi(user, call);
  if (!asked.ok) return unknown;
  const { feature } = readData(userInformation, asked.data, call);
  if (feature == null) return unknown;
  // A feature that the list does not name at all is an unknown one.
  const on = (name: string): boolean => !(name in feature) || flag.parse(feature[name]) === true;
  return { tlsAllowed: on("sslinstall"), dnsAllowed: on("zoneedit") || on("simplezoneedit") };
}

function toAccount(
  files: PanelFiles,
  resellers: ReadonlyMap<string, readonly string[]>,
  account: Listed,
  rights: Rights,
): Account {
  const conf = files.accountConf(account.user);
  const rightsOfReseller = resellers.get(account.user);
  const started = Number(account.unix_startdate ?? Number.NaN);
  return {
    name: account.user,
    role:
      rightsOfReseller === undefined
        ? "account"
        : rightsOfReseller.includes("all")
          ? "administrator"
          : "reseller",
    owner: account.owner ?? null,
    createdAt: Number.isFinite(started) && started > 0 ? new Date(started * 1000).toISOString() : null,
    suspended: account.suspended,
    ...rights,
    email: [conf?.get("CONTACTEMAIL"), account.email].find((text) => text?.includes("@")) ?? null,
    language: languageOf(conf?.get("LOCALE") ?? null),
  };
}

/** `nl`, `pt_br` and the like; locales of the panel's own making have no language (spec cpanel §7). */
export function languageOf(locale: string | null): string | null {
  const primary = (locale ?? "").toLowerCase().split(/[_-]/)[0] ?? "";
  return /^[a-z]{2,3}$/.test(primary) ? primary : null;
}

function addressList(ipv4: unknown, ipv6: unknown): string[] {
  return [ipv4, ipv6].flat().filter((one): one is string => typeof one === "string" && one !== "");
}
