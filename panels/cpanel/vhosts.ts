import { z } from "zod";
import { asCodedError, CodedError } from "../../src/errors.ts";
import { asHostName, type HostName } from "../../src/model/host-name.ts";
import type { Vhost, VhostRef } from "../../src/panel.ts";
import { type Access, eachOf } from "./access.ts";
import { type Listed, listOf, readListed, root } from "./accounts.ts";
import { flag, readData } from "./answers.ts";

/** The vhosts of one account. Throws `account-unknown`. */
export async function vhostsOf(access: Access, account: string): Promise<Vhost[]> {
  if (account === root.name) return [];
  const owner = await readListed(access, account);
  const call = "DomainInfo::domains_data";
  try {
    const data = await access.api.uapi(account, call, { format: "hash" });
    return toVhosts(owner, await capableDomains(access, account), sitesOf(readData(domainsData, data, call)));
  } catch (thrown) {
    if (!owner.suspended) throw thrown;
    return withoutAnswers(owner, (await sitesOfServer(access)).get(account) ?? []);
  }
}

/** The vhosts of the whole server: two calls for all and one for each account. */
export async function allVhosts(access: Access): Promise<Vhost[]> {
  const accounts = await listOf(access, {});
  const known = await sitesOfServer(access);
  const found = new Map<string, Vhost[]>();
  await eachOf(accounts, async (owner) => {
    const sites = known.get(owner.user) ?? [];
    try {
      found.set(owner.user, toVhosts(owner, await capableDomains(access, owner.user), sites));
    } catch (thrown) {
      if (owner.suspended) found.set(owner.user, withoutAnswers(owner, sites));
      // Gone since the list was made; everything else is a list that could not be read.
      else if (asCodedError(thrown).code !== "account-unknown") throw thrown;
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

const site = z.object({
  domain: z.string(),
  servername: z.string().nullish(),
  serveralias: z.string().nullish(),
  documentroot: z.string().nullish(),
  homedir: z.string().nullish(),
  ip: z.string().nullish(),
  ipv6: z.unknown().optional(),
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
        ipv4: z.unknown().optional(),
        ipv6: z.unknown().optional(),
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

/** Domains of all accounts, by account. */
async function sitesOfServer({ api }: Access): Promise<ReadonlyMap<string, Site[]>> {
  const call = "get_domain_info";
  const { domains } = readData(domainInfo, await api.whm(call), call);
  return new Map(
    [...Map.groupBy(domains ?? [], ({ user }) => user ?? "")].map(([user, own]) => [
      user,
      own.map(({ domain, domain_type, ipv4, ipv6 }) => ({
        domain,
        addon: domain_type === "addon",
        addresses: addressList(ipv4, ipv6),
      })),
    ]),
  );
}

/** A suspended account may answer nothing; its websites are still there, and nothing is installed on them anyway. */
function withoutAnswers(owner: Listed, sites: readonly Site[]): Vhost[] {
  const domains = sites.map(({ domain }) => ({ domain, vhost_name: domain, is_proxy: false }));
  return toVhosts(owner, domains, sites);
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

function addressList(ipv4: unknown, ipv6: unknown): string[] {
  return [ipv4, ipv6].flat().filter((one): one is string => typeof one === "string" && one !== "");
}
