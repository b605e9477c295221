import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import { asHostName, type HostName } from "../../src/model/host-name.ts";
import type { Account, Vhost, VhostRef } from "../../src/panel.ts";
import type { PleskCommands } from "./commands.ts";

const number = z.coerce.number().int().nonnegative();
const text = z.string().nullish();

const accountFacts = z.array(
  z.object({
    id: number,
    login: z.string().min(1),
    administrator: z.boolean(),
    reseller: z.boolean(),
    email: text,
    locale: text,
    // Zero, or what stands in its way: a bit mask (spec plesk §1.7, property names).
    status: z.coerce.string().nullish(),
    vendor: z.coerce.number().nullish(),
    parent: z.coerce.number().nullish(),
  }),
);
type AccountFacts = z.output<typeof accountFacts>;

export const siteFacts = z.array(
  z.object({
    id: number,
    /** ASCII, e.g. `example.nl` or `*.example.nl`. */
    name: z.string().min(1),
    owner: z.string().min(1),
    /** The first domain of its subscription, whose name stands for the subscription's repository. */
    main: z.boolean(),
    active: z.boolean(),
    /** Physical hosting: only then is there a place for a certificate (spec plesk §3.3). */
    hosting: z.boolean(),
    addresses: z.array(z.string()),
    user: text,
    home: text,
    documentRoot: text,
    tls: z.boolean().nullish(),
    redirect: z.boolean().nullish(),
    /** Name of the assigned certificate. */
    certificate: text,
    webmail: text,
    /** The same for mail, where the panel tells it. */
    mail: text,
    aliases: z.array(z.object({ id: number, name: z.string(), web: z.boolean(), dns: z.boolean() })),
  }),
);
export type Site = z.output<typeof siteFacts>[number];

/** All accounts, or the one with this login and who it belongs to. */
export async function readAccounts(commands: PleskCommands, login?: string): Promise<Account[]> {
  const asked = login === undefined ? [] : [login];
  return toAccounts(await commands.ask(accountFacts, "read-accounts.php", ...asked));
}

/** One account as it is now. Throws `account-unknown`. */
export async function readAccount(commands: PleskCommands, login: string): Promise<Account> {
  const found = (await readAccounts(commands, login)).find(({ name }) => name === login);
  if (found === undefined) throw new CodedError("account-unknown", { detail: login });
  return found;
}

export function toAccounts(facts: AccountFacts): Account[] {
  const byId = new Map(facts.map((one) => [one.id, one]));
  return [...byId.values()].map((one) => {
    const owner = byId.get(one.vendor ?? 0) ?? byId.get(one.parent ?? 0);
    return {
      name: one.login,
      role: one.administrator ? "administrator" : one.reseller ? "reseller" : "account",
      owner: one.administrator || owner === undefined || owner.id === one.id ? null : owner.login,
      // Numbers of accounts are never given twice, so an account that was made again is another one.
      createdAt: `#${one.id}`,
      suspended: !["", "0"].includes(one.status ?? ""),
      tlsAllowed: true,
      // The right to edit DNS hangs on the subscription; the zone itself is asked when a record is published.
      dnsAllowed: true,
      email: one.email ?? null,
      language: one.locale?.split(/[-_]/)[0]?.toLowerCase() || null,
    };
  });
}

/** The websites of all accounts, or of the one with this login. */
export function readSites(commands: PleskCommands, login?: string): Promise<Site[]> {
  return commands.ask(siteFacts, "read-sites.php", ...(login === undefined ? [] : [login]));
}

/** Each website with physical hosting is a vhost with a certificate of its own; aliases are further names of it (spec plesk §3.8). */
export function toVhosts(sites: readonly Site[]): Vhost[] {
  return sites
    .filter(({ hosting }) => hosting)
    .map((site) => ({
      id: site.name,
      account: site.owner,
      names: namesOf(site),
      addresses: site.addresses,
      suspended: !site.active,
      tls: site.tls ?? true,
    }))
    .filter(({ names }) => names.length > 0);
}

function namesOf(site: Site): HostName[] {
  const hosts = [site.name, ...site.aliases.filter(({ web }) => web).map(({ name }) => name)];
  const names = hosts.flatMap((host) => [
    asHostName(host),
    host.startsWith("*.") ? null : asHostName(`www.${host}`),
  ]);
  return [...new Set(names.filter((name) => name !== null))];
}

/** The website behind a vhost, for its owner only. Throws `vhost-unknown`. */
export function siteOf(sites: readonly Site[], { id, account }: VhostRef): Site {
  const found = sites.find((site) => site.name === id && site.owner === account && site.hosting);
  if (found === undefined) throw new CodedError("vhost-unknown", { detail: `${id} of ${account}` });
  return found;
}

/** The website of an account that answers for a host name: itself, with `www.`, or an alias. Throws `vhost-unknown`. */
export function siteWithName(sites: readonly Site[], account: string, name: HostName): Site {
  const found = sites.find((site) => site.owner === account && site.hosting && namesOf(site).includes(name));
  if (found === undefined) throw new CodedError("vhost-unknown", { detail: `${name} of ${account}` });
  return found;
}

/** The name that stands for the certificate repository of the subscription a website belongs to (spec plesk §3.1). */
export function repositoryOf(sites: readonly Site[], site: Site): string {
  if (site.main) return site.name;
  const mains = sites.filter(({ main, owner }) => main && owner === site.owner);
  const sameUser = mains.find(({ user }) => user !== null && user !== undefined && user === site.user);
  const parents = mains.filter(({ name }) => site.name.endsWith(`.${name}`));
  const nearest = parents.sort((a, b) => b.name.length - a.name.length)[0];
  return (sameUser ?? nearest ?? site).name;
}
