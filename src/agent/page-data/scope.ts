import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import type { Caller, Vhost } from "../../panel.ts";
import type { AccountScope } from "../../store/request-list.ts";
import type { StoredRequest } from "../../store/requests.ts";

/** The accounts a caller may see: their own, a reseller's with those they own, or all (null). Asked of the panel each time. */
export async function readScope({ panel }: JobContext, caller: Caller): Promise<AccountScope | null> {
  if (caller.level === "administrator") {
    if (caller.role !== "administrator") throw new CodedError("not-allowed");
    return null;
  }
  const { closed = [] } = caller;
  if (caller.level === "account") {
    const { name, createdAt } = await panel.readAccount(caller.account);
    return [{ name, createdAt, closed }];
  }
  if (caller.role === "account") throw new CodedError("not-allowed");
  const accounts = await panel.listAccounts();
  return accounts
    .filter(({ name, owner }) => name === caller.account || owner === caller.account)
    .map(({ name, createdAt }) => ({ name, createdAt, closed }));
}

export function inScope(
  { account, accountCreatedAt, names }: StoredRequest,
  scope: AccountScope | null,
): boolean {
  if (scope === null) return true;
  return scope.some(
    ({ name, createdAt, closed }) =>
      name === account &&
      (accountCreatedAt === null || createdAt === null || createdAt === accountCreatedAt) &&
      !isClosed(names, closed),
  );
}

/** Whether one of the names is that of a website kept from the caller. */
export function isClosed(names: readonly string[], closed: readonly string[] = []): boolean {
  return names.some((name) => closed.includes(name) || closed.includes(name.replace(/^(?:www|\*)\./, "")));
}

/** The request with this reference, when it is the caller's to see. Throws `not-found` for every other. */
export async function findRequest(
  context: JobContext,
  caller: Caller,
  reference: string,
): Promise<StoredRequest> {
  const request = context.store.requests.get(reference);
  const scope = await readScope(context, caller);
  if (request === null || !inScope(request, scope)) throw new CodedError("not-found", { detail: reference });
  return request;
}

/** The websites a caller may see and order for, as the panel has them now. */
export async function readVhosts(
  { panel }: JobContext,
  caller: Caller,
  scope: AccountScope | null,
): Promise<readonly Vhost[]> {
  if (caller.level === "account") {
    const own = await panel.listVhosts(caller.account);
    return own.filter(({ id }) => caller.closed?.includes(id) !== true);
  }
  const vhosts = await panel.listVhosts();
  if (scope === null) return vhosts;
  const names = new Set(scope.map(({ name }) => name));
  return vhosts.filter(({ account }) => names.has(account));
}
