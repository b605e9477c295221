import { judgeSpending, type SpendingRules } from "../../src/model/spending.ts";
import { openSpending } from "./open-spending.ts";

/* What decides at the border between two answers. */

describe("spending", () => {
  const open: SpendingRules = { ...openSpending, orderingBy: ["account"] };
  const order = { level: "account", productId: 90, cents: 900, approved: false } as const;
  const none = { orders: 0, cents: 0 };
  const verdict = (
    rules: Partial<SpendingRules>,
    changes: Partial<Parameters<typeof judgeSpending>[1]> = {},
    spent: Partial<Parameters<typeof judgeSpending>[2]> = {},
  ) => judgeSpending({ ...open, ...rules }, { ...order, ...changes }, { all: none, account: none, ...spent });

  test("T-23 what was agreed to in advance is not asked for its level, but for everything else", () => {
    expect(verdict({ orderingBy: [] }, { standing: true })).toEqual({ kind: "place" });
    expect(verdict({ orderingBy: [] }, { standing: false }).kind).toBe("refuse");
    expect(verdict({ products: [1] }, { standing: true })).toEqual({
      kind: "refuse",
      code: "product-not-allowed",
    });
    expect(verdict({ products: [90] })).toEqual({ kind: "place" });
  });

  test("T-23 each limit at its border", () => {
    const limits = (changes: Partial<SpendingRules["limits"]>) => ({
      limits: { ...open.limits, ...changes },
    });
    const one = { orders: 1, cents: 900 };
    expect([
      verdict(limits({ ordersPerDay: 2 }), {}, { all: one }).kind,
      verdict(limits({ ordersPerDay: 1 }), {}, { all: one }).kind,
      verdict(limits({ ordersPerDay: 1 }), {}, { account: one }).kind,
      verdict(limits({ ordersPerAccountPerDay: 2 }), {}, { account: one }).kind,
      verdict(limits({ ordersPerAccountPerDay: 1 }), {}, { account: one }).kind,
      verdict(limits({ ordersPerAccountPerDay: 1 }), {}, { all: one }).kind,
      verdict(limits({ eurosPerDay: 18 }), {}, { all: one }).kind,
      verdict(limits({ eurosPerDay: 17 }), {}, { all: one }).kind,
      verdict(limits({ eurosPerAccountPerDay: 18 }), {}, { account: one }).kind,
      verdict(limits({ eurosPerAccountPerDay: 17 }), {}, { account: one }).kind,
      verdict(limits({ eurosPerAccountPerDay: 10 }), { cents: null }).kind,
      verdict({}, { cents: null }).kind,
    ]).toEqual([
      "place",
      "refuse",
      "place",
      "place",
      "refuse",
      "place",
      "place",
      "refuse",
      "place",
      "refuse",
      "refuse",
      "place",
    ]);
  });
});
