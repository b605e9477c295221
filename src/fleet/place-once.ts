import type { Clock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { FleetSpending } from "./fleet-spending.ts";
import type { Ownership, Placed } from "./ownership.ts";

/** An order of a server, as far as its uniqueness, its owner and its price are concerned. */
export interface OrderToPlace {
  readonly node: string;
  readonly reference: string;
  readonly keyId: string;
  /** Null: it costs nothing (a reissue). */
  readonly paid: { readonly productId: number; readonly cents: number | null } | null;
}

/** Longest time that an order may still lie on its way to the CA: its silence, and our patience with its answer. */
const onItsWay = 70 * 60_000;

/**
 * Sends an order once, however many hubs are asked how often (I5). The record of its reference is made before it is sent:
 * whoever makes it sends; everybody else hears what became of it. The owner is written before the answer. Throws
 * `ca-outcome-unknown` when it may have been placed; `findPlaced` tells then.
 */
export async function placeOnce(
  { ownership, spending, clock }: OrderBooks,
  order: OrderToPlace,
  send: () => Promise<{ id: number }>,
): Promise<{ id: number }> {
  const { node, reference, keyId, paid } = order;
  const known = await ownership.placed(node, reference);
  if (known !== null) return answerAgain(known.value);
  const at = clock.now();
  if (paid !== null) await spending.take(node, paid.productId, paid.cents, at);
  const entry: Placed = {
    node,
    keyId,
    state: "sent",
    requestId: null,
    at: at.toISOString(),
    cents: paid?.cents ?? null,
  };
  const giveBack = async (): Promise<void> => {
    if (paid !== null) await spending.giveBack(node, paid.cents, at);
  };
  let begun: boolean;
  try {
    begun = await ownership.begin(reference, entry);
  } catch (thrown) {
    // Nothing was sent. Refused is the key, which is another server's, after the record was made; otherwise nobody knows whose it is.
    if (asCodedError(thrown).code === "fleet-refused") await ownership.forget(reference);
    await giveBack();
    throw thrown;
  }
  if (!begun) {
    await giveBack();
    const other = await ownership.placed(node, reference);
    if (other === null) throw new CodedError("ca-outcome-unknown", { detail: reference });
    return answerAgain(other.value);
  }
  let id: number;
  try {
    ({ id } = await send());
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (neverSent.includes(error.code)) {
      await ownership.forget(reference);
      await giveBack();
    } else if (error.code === "ca-refused-order") {
      await ownership.settle(reference, { ...entry, state: "refused" });
      await giveBack();
    }
    throw error;
  }
  crashPoint("X-33");
  try {
    await ownership.settle(reference, { ...entry, state: "placed", requestId: id });
  } catch (cause) {
    // Bought, but not written down: looking for the reference does that.
    throw new CodedError("ca-outcome-unknown", { cause, detail: reference });
  }
  crashPoint("X-47");
  return { id };
}

export interface OrderBooks {
  readonly ownership: Ownership;
  readonly spending: FleetSpending;
  readonly clock: Clock;
}

/** Nothing has left for the CA. */
const neverSent: readonly string[] = ["ca-unreachable", "ca-busy", "ca-refused-us", "ca-account-missing"];

/**
 * What became of an order whose answer was lost; null when it was not placed and, from now on, never will be: a reference
 * that was looked for in vain is used up, so that a message which lay somewhere for an hour buys nothing. Throws
 * `ca-outcome-unknown` while that can't be told, with the moment from which it can.
 */
export async function findPlaced(
  { ownership, clock }: Pick<OrderBooks, "ownership" | "clock">,
  node: string,
  reference: string,
  search: () => Promise<number | null>,
): Promise<number | null> {
  const known = await ownership.placed(node, reference);
  if (known?.value.state === "placed") return known.value.requestId;
  if (known?.value.state === "refused") return null;
  const found = await search();
  const now = clock.now();
  if (found !== null) {
    const entry = known?.value ?? unsent(node, now);
    await ownership.settle(reference, { ...entry, state: "placed", requestId: found });
    return found;
  }
  if (known === null) {
    if (await ownership.begin(reference, unsent(node, now))) return null;
    throw new CodedError("ca-outcome-unknown", { detail: reference });
  }
  const arrived = new Date(new Date(known.value.at).getTime() + onItsWay);
  if (known.value.state === "sent" && now < arrived) {
    const detail = `${reference} may still be on its way`;
    throw new CodedError("ca-outcome-unknown", { detail, notBefore: arrived });
  }
  return null;
}

function unsent(node: string, now: Date): Placed {
  return { node, keyId: null, state: "sought", requestId: null, at: now.toISOString(), cents: null };
}

function answerAgain({ state, requestId }: Placed): { id: number } {
  if (state === "placed" && requestId !== null) return { id: requestId };
  if (state === "sent") throw new CodedError("ca-outcome-unknown", { detail: "it was sent before" });
  throw new CodedError("ca-refused-order", { detail: "this order was given up or refused before" });
}
