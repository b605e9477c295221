import type { Product } from "./catalogue.ts";
import type { Authority } from "./certificate-authority.ts";
import type { OutsideWorld } from "./dcv-checks.ts";
import type { CertificateRecord, Note, Order } from "./order.ts";
import { notFound } from "./refusal.ts";
import type { Switches } from "./switches.ts";
import type { Tasks } from "./tasks.ts";
import type { WebhookCall } from "./webhook-sender.ts";

/** Everything the CA knows; one per running lab. */
export interface CaState {
  switches: Switches;
  authority: Authority;
  /** The CA's clock: the injected one plus what the control interface has added. */
  now(): Date;
  products: readonly Product[];
  orders: Map<number, Order>;
  certificates: Map<number, CertificateRecord>;
  /** DCV strings that were used for an order (spec xolphin-api §9.6). */
  usedDcvStrings: Set<string>;
  /** More addresses e-mail validation may use, by name (spec §6.4: the list can hold others). */
  extraApprovers: Record<string, string[]>;
  mails: Mail[];
  numbers: { request: number; certificate: number; note: number };
  outside: OutsideWorld;
  tasks: Tasks;
  announce(call: WebhookCall): void;
}

/** A mail the CA would send; nobody receives it but the test. */
export interface Mail {
  to: string;
  kind: "dcv" | "subscriber-agreement" | "callback";
  requestId: number;
  domain?: string;
}

/** First ids as in spec xolphin-api §2: around 964 million. Certificates count apart only for U1. */
export const firstNumbers = { request: 964_200_101, certificate: 700_000_001, note: 5501 };

export function nextNumber(state: CaState, kind: keyof CaState["numbers"]): number {
  const number = state.numbers[kind];
  state.numbers[kind] += 1;
  return number;
}

/** @throws Refusal 404 */
export function orderOf(state: CaState, id: number): Order {
  const order = state.orders.get(id);
  if (order === undefined) throw notFound();
  return order;
}

/** @throws Refusal 404 for an unknown request and for one that is no longer pending */
export function pendingOrderOf(state: CaState, id: number): Order {
  const order = orderOf(state, id);
  if (order.state !== "pending") throw notFound();
  return order;
}

/** @throws Refusal 404 */
export function certificateOf(state: CaState, id: number): CertificateRecord {
  const certificate = state.certificates.get(id);
  if (certificate === undefined) throw notFound();
  return certificate;
}

/** Undefined before it is issued, and once a reissue has taken the certificate over. */
export function certificateOfOrder(state: CaState, order: Order): CertificateRecord | undefined {
  const certificate = state.certificates.get(order.certificateId ?? 0);
  return certificate?.orderId === order.id ? certificate : undefined;
}

/** The id webhooks about a request name (spec §14 U3). */
export function announcedId(state: CaState, order: Order): number {
  return order.kind === "reissue" && state.switches.reissueWebhookId === "original-id"
    ? (order.originalId ?? order.id)
    : order.id;
}

export function addNote(state: CaState, order: Order, note: Partial<Note> & { message: string }): Note {
  const added: Note = {
    id: nextNumber(state, "note"),
    contact: null,
    staff: null,
    createdAt: state.now(),
    endCustomer: false,
    ...note,
  };
  order.notes.push(added);
  return added;
}
