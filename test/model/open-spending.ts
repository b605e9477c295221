import type { SpendingRules } from "../../src/model/spending.ts";

/** Rules that let everybody order everything. */
export const openSpending: SpendingRules = {
  orderingBy: ["account", "reseller", "admin"],
  products: "all",
  approvalFor: [],
  limits: {
    ordersPerDay: null,
    ordersPerAccountPerDay: null,
    eurosPerDay: null,
    eurosPerAccountPerDay: null,
  },
  showPrices: true,
  dryRun: false,
};
