import { asCodedError } from "../errors.ts";
import type { Account, Panel, Vhost } from "../panel.ts";

/** From so many accounts on, one list of all of them costs a panel less than a question for each. */
const listedFrom = 10;

/**
 * What the panel says at the moment of one piece of work, each thing asked once. Of accounts, those that are named are
 * asked for: a server has thousands, and the work of one must not cost more where there are many.
 */
export interface PanelView {
  /** Null: the panel knows no such account any more. */
  account(name: string): Promise<Account | null>;
  accounts(): Promise<readonly Account[]>;
  /** Of one account, or with null of all. */
  vhosts(account: string | null): Promise<readonly Vhost[]>;
}

/** `named`: how many accounts the work is about, as far as that is known before. */
export function createPanelView(
  panel: Pick<Panel, "listAccounts" | "readAccount" | "listVhosts">,
  named: number,
): PanelView {
  let all: Promise<readonly Account[]> | null = null;
  const one = new Map<string, Promise<Account | null>>();
  const vhosts = new Map<string | null, Promise<readonly Vhost[]>>();

  function accounts(): Promise<readonly Account[]> {
    all ??= panel.listAccounts();
    return all;
  }

  return {
    accounts,
    async account(name) {
      if (all !== null || named >= listedFrom) {
        return (await accounts()).find((account) => account.name === name) ?? null;
      }
      return once(one, name, () => panel.readAccount(name).catch(unlessUnknown));
    },
    vhosts: (account) =>
      once(vhosts, account, () => (account === null ? panel.listVhosts() : panel.listVhosts(account))),
  };
}

function once<K, V>(known: Map<K, Promise<V>>, key: K, ask: () => Promise<V>): Promise<V> {
  const asked = known.get(key) ?? ask();
  known.set(key, asked);
  return asked;
}

function unlessUnknown(thrown: unknown): null {
  const error = asCodedError(thrown);
  if (error.code === "account-unknown") return null;
  throw error;
}
