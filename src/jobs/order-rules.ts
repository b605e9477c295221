import { CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import { isTerminal } from "../model/request.ts";
import { judgeSpending, type OrderLevel } from "../model/spending.ts";
import type { JobContext } from "./context.ts";

const day = 86_400_000;

/** An order that is about to be made. */
export interface OrderToAdmit {
  readonly reference: string;
  readonly account: string | null;
  readonly names: readonly HostName[];
  readonly productId: number;
  readonly cents?: number | null;
  readonly level: OrderLevel;
  readonly approved: boolean;
  /** The certificate of which this is the next term; null for a first order. */
  readonly follows: string | null;
  /** Agreed to in advance, by the choice for one certificate: who may order was looked at then. */
  readonly standing?: boolean;
}

/**
 * Lets an order through, or says that it needs approval. Only to be called in the transaction that makes the order, so
 * that two at the same moment see each other. Throws `already-ordered`, `successor-under-way`, `order-limit-reached`, `order-not-allowed` or
 * `product-not-allowed`.
 */
export function admitOrder(context: JobContext, order: OrderToAdmit): "place" | "approval" {
  const { store, clock, policy } = context;
  if (order.follows === null) refuseSecond(context, order);
  else refuseSecondSuccessor(context, order.follows, order.reference);
  const since = new Date(clock.now().getTime() - day);
  const verdict = judgeSpending(
    policy,
    {
      level: order.level,
      productId: order.productId,
      cents: order.cents ?? null,
      approved: order.approved,
      standing: order.standing === true,
    },
    store.drafts.spentSince(since, order.account),
  );
  if (verdict.kind === "refuse") throw new CodedError(verdict.code);
  return verdict.kind;
}

/** One need is one order: what follows a certificate already must come to its end first. */
export function refuseSecondSuccessor({ store }: JobContext, predecessor: string, reference: string): void {
  const live = store.requests
    .successors(predecessor)
    .find((successor) => successor.reference !== reference && !isTerminal(successor.state));
  if (live !== undefined) throw new CodedError("successor-under-way", { detail: live.reference });
}

/** One need is one order: a second one for exactly the same names waits until the first has come to its end. */
function refuseSecond({ store }: JobContext, { reference, account, names }: OrderToAdmit): void {
  const wanted = [...names].sort().join(" ");
  const other = store.requests.open(account === null ? null : [account]).find(
    (request) =>
      request.reference !== reference &&
      request.account === account &&
      request.kind === "order" &&
      // A draft that nobody agreed to is no order yet.
      (request.state !== "draft" || request.reason === "approval-needed") &&
      !isTerminal(request.state) &&
      [...request.names].sort().join(" ") === wanted,
  );
  if (other !== undefined) throw new CodedError("already-ordered", { detail: other.reference });
}
