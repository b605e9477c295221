import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import type { Account } from "../../src/panel.ts";
import { type Access, eachOf } from "./access.ts";
import { flag, readData } from "./answers.ts";
import { accountName, type PanelFiles } from "./files.ts";

/** Who owns the server: has no hosting account, but opens pages and owns accounts. */
export const root: Account = {
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
export type Listed = z.output<typeof listed>;
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

/** Accounts as the panel lists them, all or those that a search finds. */
export async function listOf({ api }: Access, search: Readonly<Record<string, string>>): Promise<Listed[]> {
  const data = await api.whm("listaccts", search);
  const { acct } = readData(accountList, data, "listaccts");
  return (acct ?? []).filter(({ user }) => accountName.test(user));
}

/** One of them. Throws `account-unknown`. */
export async function readListed(access: Access, name: string): Promise<Listed> {
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
