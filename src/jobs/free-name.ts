import type { HostName } from "../model/host-name.ts";
import { freeNameOf } from "../model/product.ts";
import type { JobContext } from "./context.ts";

/**
 * The CA adds `www.x` to `x` (or the reverse) for free, and then wants it validated too. It is let in only where it is
 * one of the account's own names (spec xolphin-api §9.4).
 */
export async function ownsFreeName(
  { panel }: Pick<JobContext, "panel">,
  account: string | null,
  names: readonly HostName[],
): Promise<boolean> {
  const [name] = names;
  if (account === null || name === undefined || names.length > 1) return false;
  const partner = freeNameOf(name);
  const vhosts = await panel.listVhosts(account);
  return vhosts.some((vhost) => vhost.names.some((own) => own === partner));
}
