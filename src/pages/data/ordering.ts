import type { ErrorCode } from "../../errors.ts";
import type { HostName } from "../../model/host-name.ts";
import type { NameMethod } from "../../model/order-draft.ts";
import type { Organisation, OrganisationProblem } from "../../model/organisation.ts";
import type { Finding } from "../../model/preflight.ts";
import type { Offer } from "../../model/product.ts";
import type { DcvMethod, RequestState } from "../../model/request.ts";
import type { Caller } from "../../panel.ts";

/**
 * What the pages ask and cause while an order is put together. Every method refuses names and drafts that are not the
 * caller's (`not-found`, `not-allowed`) and callers whose level may not order (`order-not-allowed`).
 */
export interface OrderingData {
  /** The websites that match, those with the chosen names first; at most a page full. */
  readOrderStart(
    caller: Caller,
    filter: { readonly search: string; readonly chosen: ReadonlySet<string> },
  ): Promise<OrderStart>;
  readOffers(caller: Caller, names: readonly HostName[]): Promise<OfferList>;
  /** Begins an order, or finds the one begun for the same names. Returns its reference. */
  beginOrder(caller: Caller, names: readonly HostName[], choice: OfferChoice): Promise<string>;
  /** The same for a request (CSR) made elsewhere. Throws `csr-invalid` or `key-weak`. */
  beginOrderWithCsr(caller: Caller, csr: string): Promise<string>;
  readOrder(caller: Caller, reference: string): Promise<OrderPage>;
  chooseProduct(caller: Caller, reference: string, choice: OfferChoice): Promise<void>;
  fillInOrder(
    caller: Caller,
    reference: string,
    filled: { readonly organisation: Organisation; readonly methods: readonly NameMethod[] },
  ): Promise<void>;
  /** Orders what the page showed at the price it showed; once, however often it is called. */
  placeOrder(caller: Caller, reference: string, cents: number | null): Promise<void>;
  dropOrder(caller: Caller, reference: string): Promise<void>;
  /** A new draft with what was chosen for an order that came to nothing. */
  orderAgain(caller: Caller, reference: string): Promise<string>;
  /** Orders that wait for an administrator; `not-found` for everybody else. */
  listApprovals(caller: Caller): Promise<readonly ApprovalRow[]>;
  approveOrder(caller: Caller, reference: string): Promise<void>;
  declineOrder(caller: Caller, reference: string): Promise<void>;
}

export interface OfferChoice {
  readonly productId: number;
  readonly years: number;
  readonly keyKind: string;
}

export interface OrderStart {
  readonly sites: readonly {
    readonly account: string;
    readonly vhost: string;
    readonly names: readonly HostName[];
    /** Wildcards that the account may have. */
    readonly wildcards: readonly HostName[];
  }[];
  /** All that match, shown or not. */
  readonly total: number;
  /** There are more than a page shows, so that searching makes sense. */
  readonly many: boolean;
  readonly showAccounts: boolean;
  /** Names of nobody here may be ordered too. */
  readonly mayNameOthers: boolean;
}

export interface OfferList {
  readonly names: readonly HostName[];
  readonly account: string | null;
  readonly offers: readonly Offer[];
  readonly showPrices: boolean;
  readonly keyKinds: readonly string[];
}

export interface OrderPage extends OfferList {
  readonly reference: string;
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
  /** Null: the key belongs to a request (CSR) made elsewhere. */
  readonly keyKind: string | null;
  readonly chosen: Offer | null;
  readonly methods: readonly NameMethod[];
  /** Names whose method a person chose. */
  readonly chosenByPerson: ReadonlySet<HostName>;
  /** By name, what the CA lets be chosen. */
  readonly choosable: ReadonlyMap<HostName, readonly DcvMethod[]>;
  readonly approvers: ReadonlyMap<HostName, readonly string[]>;
  readonly organisation: Organisation;
  readonly organisationProblems: readonly OrganisationProblem[];
  readonly withoutApprover: readonly HostName[];
  readonly findings: readonly Finding[];
  readonly dryRun: boolean;
  readonly testEnvironment: boolean;
  /** This caller's orders wait for an administrator. */
  readonly needsApproval: boolean;
}

export interface ApprovalRow {
  readonly reference: string;
  readonly account: string | null;
  readonly names: readonly HostName[];
  readonly product: string | null;
  readonly years: number | null;
  readonly cents: number | null;
  readonly by: string;
  readonly at: Date;
}
