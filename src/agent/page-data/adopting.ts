import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import { adoptFound, findAdoptable } from "../../jobs/find-adoptable.ts";
import type { AdoptingData } from "../../pages/data/adopting.ts";
import type { Caller, Vhost } from "../../panel.ts";
import { isClosed, readScope } from "./scope.ts";

/** Answers the page about certificates that were ordered elsewhere. */
export function createAdoptingData(context: JobContext): AdoptingData {
  async function vhostsOf(caller: Caller): Promise<Vhost[]> {
    const scope = await readScope(context, caller);
    const all =
      scope?.length === 1 && scope[0] !== undefined
        ? await context.panel.listVhosts(scope[0].name)
        : await context.panel.listVhosts();
    return all.filter(
      ({ account, id, names }) =>
        (scope === null || scope.some(({ name }) => name === account)) &&
        !isClosed([id, ...names], caller.closed),
    );
  }

  return {
    findAdoptable: async (caller) => findAdoptable(context, await vhostsOf(caller)),
    async adopt(caller, id, key) {
      if (caller.readOnly) throw new CodedError("not-allowed");
      const { reference } = await adoptFound(context, { id, key, vhosts: await vhostsOf(caller) }, "page");
      return reference;
    },
  };
}
