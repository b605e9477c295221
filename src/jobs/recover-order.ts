import { asCodedError, CodedError } from "../errors.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";
import { orderFound, orderRefused, sending } from "./place-order.ts";

/** How long a lost reply is looked for before the order counts as not placed (spec xolphin-api §1.6). */
const searchPeriod = 10 * 60_000;
/** A search in vain counts once there was another this long before it: a hiccup of the CA's must not make anybody pay twice. */
const searchAgain = 5 * 60_000;
/** Between two looks. */
const lookPause = 60_000;
/** The same at the least, where it is known that nobody can tell yet. */
const untoldPause = 10 * 60_000;

/**
 * Finds out what became of an order whose reply was lost. Returns when to look again, or null when it is settled.
 */
export async function recoverOrder(context: JobContext, request: StoredRequest): Promise<Date | null> {
  const { store, clock } = context;
  const intent = store.intents.open("order").find(({ key }) => key === request.reference);
  // It may still wait for its turn at the CA: what was not sent yet can't be found there, and is not lost either.
  if (context.locks.isHeld(sending(request.reference))) return new Date(clock.now().getTime() + lookPause);
  const sent = intent?.startedAt ?? request.createdAt;
  let found: number | null;
  try {
    found = await context.ca.findOrder({
      reference: request.reference,
      names: request.names,
      since: request.createdAt,
      keyId: request.keyId,
    });
  } catch (thrown) {
    const { code, notBefore } = asCodedError(thrown);
    // Told that it can't be told yet. That is no failure: after some of those it would be looked for once a day.
    if (code !== "ca-outcome-unknown" || notBefore === null) throw thrown;
    if (request.reason !== code) store.requests.change(request.reference, { reason: code }, clock.now());
    return whenToAskAgain(sent, notBefore, clock.now());
  }
  if (found !== null) {
    orderFound(context, request.reference, found, "order-found", intent?.id ?? null, "agent");
    return clock.now();
  }
  const now = clock.now();
  if (request.goneSince === null) store.requests.change(request.reference, { goneSince: now }, now);
  const missing = now.getTime() - (request.goneSince ?? now).getTime();
  if (now.getTime() - sent.getTime() < searchPeriod || missing < searchAgain) {
    return new Date(now.getTime() + lookPause);
  }
  store.db.transaction(() => {
    orderRefused(context, request.reference, new CodedError("order-not-placed"), intent?.id ?? null);
    wantAgain(context, request);
  });
  return null;
}

/**
 * A search reads all lists of the CA's account: the longer nothing was found, the less likely it is to be there the next time.
 * `notBefore`, by the other side's clock, is when it can be told for certain.
 */
function whenToAskAgain(sent: Date, notBefore: Date, now: Date): Date {
  const asLongAsYet = Math.max(untoldPause, now.getTime() - sent.getTime());
  const untilCertain = Math.max(lookPause, notBefore.getTime() - now.getTime());
  return new Date(now.getTime() + Math.min(asLongAsYet, untilCertain));
}

/** One of many that are wanted anew is still wanted when its order came to nothing on the way: nobody looks at each of them. */
function wantAgain({ store, clock }: JobContext, { kind, predecessor }: StoredRequest): void {
  const wanted = predecessor === null || kind !== "reissue" ? null : store.bulks.wanted(predecessor);
  if (predecessor === null || wanted === null) return;
  const now = clock.now();
  store.requests.change(predecessor, { reissueWantedAt: now }, now);
  store.work.want("renew", predecessor, wanted.urgent ? workPriority.issued : workPriority.background, now);
}
