import type { HostName } from "../../src/model/host-name.ts";

/** An order for a year, validated by DNS and without anything that is not needed, as a server sends it to the hub. */
export function plainOrder(order: {
  readonly reference: string;
  readonly csr: string;
  readonly names: readonly HostName[];
  readonly productId: number;
}) {
  return {
    ...order,
    names: [...order.names],
    dcvMethod: "DNS" as const,
    dcv: [],
    withoutFreeName: false,
    approverEmail: null,
    organisation: {},
    years: 1,
  };
}
