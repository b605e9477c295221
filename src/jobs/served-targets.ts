import type { HostName } from "../model/host-name.ts";
import { isWildcard } from "../model/host-name.ts";
import type { JobContext } from "./context.ts";
import type { ServedTarget } from "./ports.ts";

/** A vhost may have hundreds of names; they share one configuration, so a few prove it. */
const namesPerVhost = 8;

/** Which name is asked for on which address: every address of the vhost, or the one that the settings name. */
export function targetsOf(
  { verifyAddress }: Pick<JobContext, "verifyAddress">,
  names: readonly HostName[],
  addresses: readonly string[],
): ServedTarget[] {
  const plain = names.filter((name) => !isWildcard(name));
  const asked = (plain.length > 0 ? plain : names.map(belowWildcard)).slice(0, namesPerVhost);
  const where = verifyAddress === null ? addresses : [verifyAddress];
  return where.flatMap((address) => asked.map((name) => ({ name, address })));
}

/** A vhost that has no name but a wildcard answers to every label in its place; any one proves it. */
function belowWildcard(name: HostName): HostName {
  return name.replace(/^\*/, "xolphin-ssl-check") as HostName;
}
