import type { HandoverReport } from "./account-mover.ts";
import type { RequestReport } from "./describe-request.ts";
import type { DoctorReport } from "./doctor.ts";

/**
 * What can be asked of an agent, by the command line and by other programs: plain JSON in and out, so that it makes no
 * difference whether the agent runs in this process or behind its control socket. Every method throws `CodedError`.
 * An `id` is the CA's request or certificate number, or our own reference.
 */
export interface Operations {
  status(): Promise<StatusReport>;
  listRequests(filter: {
    account: string | null;
    state: string | null;
    limit: number;
  }): Promise<RequestReport[]>;
  showRequest(id: string): Promise<RequestReport>;
  order(order: OrderArguments): Promise<RequestReport>;
  /** Without a key, the one that the panel keeps for the account is looked for. */
  adopt(adoption: { id: string; keyPem: string | null; account: string | null }): Promise<RequestReport>;
  collect(id: string): Promise<RequestReport>;
  install(id: string, wish: { vhost: string | null; force: boolean }): Promise<RequestReport>;
  verify(id: string): Promise<RequestReport>;
  reissue(id: string): Promise<RequestReport>;
  renew(id: string): Promise<RequestReport>;
  cancel(id: string, reason: string): Promise<RequestReport>;
  retryDcv(
    id: string,
    change: { name: string | null; method: string | null; email: string | null },
  ): Promise<RequestReport>;
  /** What the CA has for websites here and nobody here follows yet. */
  listAdoptable(): Promise<AdoptableReport[]>;
  /** How many certificates match a part of a name, account or number (all: the empty text), and the latest undertakings. */
  readReissues(search: string): Promise<ReissuesReport>;
  /** New certificates for all that match; `count` is how many that was said to be. Throws `selection-changed`, `nothing-to-do`. */
  reissueMany(wish: {
    search: string;
    count: number;
    urgent: boolean;
    reason: string;
  }): Promise<ReissuesReport>;
  /** What was not ordered yet is not ordered any more. Throws `not-found`. */
  stopReissues(run: number): Promise<ReissuesReport>;
  sweep(): Promise<{ requests: number }>;
  doctor(): Promise<DoctorReport>;
  /** The figures of `status` as Prometheus reads them. */
  metrics(): Promise<string>;
  /** Something changed in the panel (its hooks call this): compare what is installed soon. */
  panelChanged(): Promise<Record<string, never>>;
  /** This machine is the server of its name in the fleet, wherever it was before. */
  fleetMoved(): Promise<Record<string, never>>;
  /** This machine is a copy: it only looks until it joins the fleet under a name of its own. */
  fleetCopy(): Promise<Record<string, never>>;
  /** On the new server: awaits an account from another one of the fleet. The invitation is shown there. */
  receiveAccount(account: string): Promise<{ invitation: string; report: HandoverReport }>;
  /** On the old server: offers an account's orders to the one that made the invitation; the file is sealed for that one. */
  giveAccount(give: {
    account: string;
    invitation: string;
  }): Promise<{ file: string; report: HandoverReport }>;
  /** On the new server: what the file of the old one says. */
  takeAccount(file: string): Promise<HandoverReport>;
  /** On the old server: it stays after all. */
  takeAccountBack(account: string): Promise<HandoverReport>;
  /** Accounts that are on their way. */
  listHandovers(): Promise<HandoverReport[]>;
  /** A backup was restored that names these orders at the CA: those nobody follows here are looked for and taken over. */
  restored(orders: { ids: readonly number[] }): Promise<Record<string, never>>;
}

export interface AdoptableReport {
  readonly id: number;
  readonly name: string;
  readonly serial: string | null;
  readonly notAfter: string | null;
  /** The first name of the website that has it on record. */
  readonly carriedBy: string | null;
  readonly keyFound: boolean;
}

export interface ReissuesReport {
  readonly matching: number;
  /** Newest first. */
  readonly runs: readonly {
    readonly id: number;
    readonly reason: string;
    readonly urgent: boolean;
    readonly createdAt: string;
    readonly stopped: boolean;
    readonly all: number;
    readonly done: number;
    readonly stuck: number;
    readonly finishAt: string | null;
  }[];
}

export interface OrderArguments {
  readonly account: string;
  readonly names: readonly string[];
  /** The CA's product number, or its name. */
  readonly product: string;
  readonly years: number;
  readonly dcv: string;
  readonly approver: string | null;
  readonly key: string | null;
}

export interface StatusReport {
  readonly version: string;
  readonly panel: string;
  /** Of the store: its number, and the oldest one whose programs may run on it. */
  readonly schema: { readonly version: number; readonly oldest: number };
  readonly requests: Readonly<Record<string, number>>;
  readonly installations: Readonly<Record<string, number>>;
  readonly queue: { readonly waiting: number; readonly due: number; readonly parked: number };
  readonly webhooks: {
    readonly accepted: number;
    readonly unmatched: number;
    readonly refused: number;
    readonly last: string | null;
  };
  readonly sweeps: Readonly<
    Record<string, { readonly last: string | null; readonly problem: string | null }>
  >;
}
