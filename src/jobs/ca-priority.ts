import { type CaPriority, type Need, priorityOfNeed, priorityToBegin } from "../model/ca-priority.ts";
import { validFrom } from "../model/plan-renewal.ts";
import type { StoredRequest } from "../store/requests.ts";
import type { JobContext } from "./context.ts";

type Books = Pick<JobContext, "store" | "clock">;

/** How urgent a call about a request is. */
export function caPriorityOf(
  { store, clock }: Books,
  { kind, predecessor }: Pick<StoredRequest, "kind" | "predecessor">,
): CaPriority {
  const followed = predecessor === null ? null : store.requests.get(predecessor);
  return priorityOfNeed(needOf(store, kind, followed), clock.now());
}

/** How urgent it is to begin the reissue that follows a certificate. */
export function caPriorityToBegin({ store, clock }: Books, followed: StoredRequest): CaPriority {
  return priorityToBegin(needOf(store, "reissue", followed), clock.now());
}

function needOf(store: Books["store"], kind: Need["kind"], followed: StoredRequest | null): Need {
  return {
    kind,
    replaces:
      followed === null || followed.notAfter === null
        ? null
        : { notBefore: validFrom(followed), notAfter: followed.notAfter },
    urgent:
      kind === "reissue" && followed !== null && store.bulks.wanted(followed.reference)?.urgent === true,
  };
}
