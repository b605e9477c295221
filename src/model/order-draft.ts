import type { HostName } from "./host-name.ts";
import type { Organisation } from "./organisation.ts";
import type { DcvMethod } from "./request.ts";

/** How one name of an order is to be validated. */
export interface NameMethod {
  readonly name: HostName;
  readonly method: DcvMethod;
  /** E-mail only: who approves. */
  readonly approverEmail: string | null;
}

/** What was chosen for an order so far. */
export interface OrderChoices {
  /** As chosen on the page; what is sent to the CA follows from the product. */
  readonly names: readonly HostName[];
  readonly productId: number | null;
  readonly years: number | null;
  /** Null: the key belongs to a request (CSR) that was brought along, and is not here. */
  readonly keyKind: string | null;
  /** Methods that a person chose; the others are chosen by rule. */
  readonly methods: readonly NameMethod[];
  readonly organisation: Organisation;
  /** The reference of the certificate that this one renews; null for a first order. */
  readonly follows: string | null;
}

export const noChoices: OrderChoices = {
  names: [],
  productId: null,
  years: null,
  keyKind: "rsa-2048",
  methods: [],
  organisation: {},
  follows: null,
};
