import type { ErrorCode } from "../errors.ts";

/** Who orders, in the words of the settings. */
export type OrderLevel = "account" | "reseller" | "admin";

/** What the administrator allows (design §5.2 `policy`). */
export interface SpendingRules {
  readonly orderingBy: readonly OrderLevel[];
  readonly products: "all" | readonly number[];
  /** Whose orders wait until an administrator has approved them. */
  readonly approvalFor: readonly OrderLevel[];
  readonly limits: SpendingLimits;
  /** False: pages and mails name no price. */
  readonly showPrices: boolean;
  /** Orders are checked and written down, but not sent. */
  readonly dryRun: boolean;
}

/** Within 24 hours; null: no limit. Amounts are in euro. */
export interface SpendingLimits {
  readonly ordersPerDay: number | null;
  readonly ordersPerAccountPerDay: number | null;
  readonly eurosPerDay: number | null;
  readonly eurosPerAccountPerDay: number | null;
}

/** Orders of the last 24 hours. */
export interface Spent {
  readonly orders: number;
  readonly cents: number;
}

export type SpendingVerdict =
  | { readonly kind: "place" }
  | { readonly kind: "approval" }
  | { readonly kind: "refuse"; readonly code: ErrorCode };

/**
 * Whether an order may be sent now. Asked in the transaction that makes the order, so that two at the same moment can't
 * both slip under a limit. What an administrator approved is not held up again.
 */
export function judgeSpending(
  rules: SpendingRules,
  order: {
    readonly level: OrderLevel;
    readonly productId: number;
    /** Null: the CA names no price; limits on money then refuse, because what is not known can't be within them. */
    readonly cents: number | null;
    readonly approved: boolean;
    /** Agreed to in advance; who may order was looked at then. */
    readonly standing?: boolean;
  },
  spent: { readonly all: Spent; readonly account: Spent },
): SpendingVerdict {
  if (order.standing !== true && !rules.orderingBy.includes(order.level))
    return { kind: "refuse", code: "order-not-allowed" };
  if (rules.products !== "all" && !rules.products.includes(order.productId))
    return { kind: "refuse", code: "product-not-allowed" };
  if (order.approved) return { kind: "place" };
  if (exceeds(rules.limits, order.cents, spent)) return { kind: "refuse", code: "order-limit-reached" };
  return { kind: rules.approvalFor.includes(order.level) ? "approval" : "place" };
}

function exceeds(
  limits: SpendingLimits,
  cents: number | null,
  { all, account }: { all: Spent; account: Spent },
): boolean {
  const tooMany = (limit: number | null, { orders }: Spent): boolean => limit !== null && orders + 1 > limit;
  const tooMuch = (limit: number | null, before: Spent): boolean =>
    limit !== null && (cents === null || before.cents + cents > limit * 100);
  return (
    tooMany(limits.ordersPerDay, all) ||
    tooMany(limits.ordersPerAccountPerDay, account) ||
    tooMuch(limits.eurosPerDay, all) ||
    tooMuch(limits.eurosPerAccountPerDay, account)
  );
}
