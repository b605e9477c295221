import { z } from "zod";
import { CodedError } from "../errors.ts";
import { judgeSpending, type SpendingRules } from "../model/spending.ts";
import type { Records } from "./records.ts";

const spent = z.object({ orders: z.int(), cents: z.int() });
const day = z.object({ all: spent, nodes: z.record(z.string(), spent) });
type Day = z.output<typeof day>;

const nothing = { orders: 0, cents: 0 };

/**
 * The spending rules of the whole fleet, and of each server within it: on a hub, the account of the limits is a server.
 * Counted per day in UTC, in one record, so that two hubs can't both slip under a limit.
 */
export class FleetSpending {
  private readonly records: Records;
  private readonly rules: SpendingRules;

  constructor(records: Records, rules: SpendingRules) {
    this.records = records;
    this.rules = rules;
  }

  /** Counts an order in, before it is sent. Throws `order-limit-reached` or `product-not-allowed`. */
  async take(node: string, productId: number, cents: number | null, now: Date): Promise<void> {
    await this.records.update(keyOf(now), day, (before) => {
      const today = before ?? { all: nothing, nodes: {} };
      const mine = today.nodes[node] ?? nothing;
      const verdict = judgeSpending(
        { ...this.rules, orderingBy: ["admin"], approvalFor: [] },
        { level: "admin", productId, cents, approved: false },
        { all: today.all, account: mine },
      );
      if (verdict.kind === "refuse") throw new CodedError(verdict.code, { detail: "the fleet's own limits" });
      return count(today, node, 1, cents ?? 0);
    });
  }

  /** Nothing was bought after all. */
  async giveBack(node: string, cents: number | null, now: Date): Promise<void> {
    await this.records.update(keyOf(now), day, (before) =>
      count(before ?? { all: nothing, nodes: {} }, node, -1, -(cents ?? 0)),
    );
  }
}

function keyOf(now: Date): string {
  return `spent.${now.toISOString().slice(0, 10)}`;
}

function count(today: Day, node: string, orders: number, cents: number): Day {
  const add = (before: Day["all"]): Day["all"] => ({
    orders: Math.max(0, before.orders + orders),
    cents: Math.max(0, before.cents + cents),
  });
  return {
    all: add(today.all),
    nodes: { ...today.nodes, [node]: add(today.nodes[node] ?? nothing) },
  };
}
