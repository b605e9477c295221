import { readFileSync } from "node:fs";

/** An account of a settings file, with its domains and how each is made. */
export type FurnishedAccount<NewAccount, NewDomain> = NewAccount & { domains?: Record<string, NewDomain> };

interface Furnishable<NewAccount, NewDomain> {
  has(account: string, domain?: string): boolean;
  addAccount(account: NewAccount): Promise<void>;
  addDomain(account: string, domain: string, options: NewDomain): Promise<void>;
}

/** A lab's settings file, JSON: its options, and what is on the server from the start. Without a file there is neither. */
export function readLabSettings<Settings extends { accounts?: unknown[] }>(
  file: string | undefined,
): Settings {
  return (file === undefined ? {} : JSON.parse(readFileSync(file, "utf8"))) as Settings;
}

/** Puts the account on the server. A folder of an earlier run has its accounts and domains already. */
export async function furnish<NewAccount extends { name: string }, NewDomain>(
  lab: Furnishable<NewAccount, NewDomain>,
  account: FurnishedAccount<NewAccount, NewDomain>,
): Promise<void> {
  const { domains = {} } = account;
  if (!lab.has(account.name)) await lab.addAccount(account);
  for (const [domain, options] of Object.entries(domains)) {
    if (!lab.has(account.name, domain)) await lab.addDomain(account.name, domain, options);
  }
}

/** These facts of a lab, to be told to who started it. */
export function pick<Lab extends object, Name extends keyof Lab>(
  lab: Lab,
  names: readonly Name[],
): Pick<Lab, Name> {
  return Object.fromEntries(names.map((name) => [name, lab[name]])) as Pick<Lab, Name>;
}
