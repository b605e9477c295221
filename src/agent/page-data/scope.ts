import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import type { Caller } from "../../panel.ts";
import type { AccountScope } from "../../store/request-list.ts";
import type { StoredRequest } from "../../store/requests.ts";

/** The accounts a caller may see: their own, a reseller's with those they own, or all (null). Asked of the panel each time. */
export async function readScope({ panel }: JobContext, caller: Caller): Promise<AccountScope | null> {
  if (caller.level === "administrator") {
    if (caller.role !== "administrator") throw new CodedError("not-allowed");
    return null;
  }
  if (caller.level === "account") return [await panel.readAccount(caller.account)].map(plain);
  if (caller.role === "account") throw new CodedError("not-allowed");
  const accounts = await panel.listAccounts();
  return accounts.filter(({ name, owner }) => name === caller.account || owner === caller.account).map(plain);
}

function plain({ name, createdAt }: AccountScope[number]): AccountScope[number] {
  return { name, createdAt };
}

export function inScope({ account, accountCreatedAt }: StoredRequest, scope: AccountScope | null): boolean {
  if (scope === null) return true;
  return scope.some(
    ({ name, createdAt }) =>
      name === account && (accountCreatedAt === null || createdAt === null || createdAt === accountCreatedAt),
  );
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
