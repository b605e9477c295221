import { randomBytes } from "node:crypto";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { DcvMethod, RequestKind } from "../model/request.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record, type Source } from "./context.ts";
import type { KeyKind, OrderParameters } from "./ports.ts";

/** What is to be ordered, checked by the caller: the account exists, the names are its own, the product is allowed. */
export interface OrderWish {
  readonly kind: Exclude<RequestKind, "adopted">;
  /** For a reissue or renewal: the request whose certificate is followed. */
  readonly predecessor: StoredRequest | null;
  readonly account: string | null;
  readonly accountCreatedAt: string | null;
  /** The first is the common name. */
  readonly names: readonly HostName[];
  readonly product: { readonly id: number; readonly name: string; readonly validation: "DV" | "OV" | "EV" };
  readonly years: number;
  readonly dcvMethod: DcvMethod;
  readonly approverEmail: string | null;
  readonly withoutFreeName: boolean;
  readonly keyKind: KeyKind;
  readonly organisation: Readonly<Record<string, string>>;
}

/** Makes the CSR for names with the key of that id. */
export type MakeCsr = (names: readonly HostName[], keyId: string) => Promise<string>;

/** How long a lost reply is looked for before the order counts as not placed (spec xolphin-api §1.6). */
const searchPeriod = 10 * 60_000;
/** Longer than the CA client waits for the reply to an order. */
const replyPeriod = 150_000;

/**
 * Orders exactly once (I5): key and CSR are safe on disk, then the intent is, then the order is sent with our unique
 * reference. A reply that is lost leaves the request in `ordering`; `recoverOrder` then looks for the reference before
 * anything else happens. Throws `ca-refused-order` when the CA says no; nothing was bought then.
 */
export async function placeOrder(
  context: JobContext,
  makeCsr: MakeCsr,
  wish: OrderWish,
  source: Source,
): Promise<StoredRequest> {
  const { store, clock } = context;
  const reference = newReference();
  const keyId = await context.keys.create(wish.keyKind);
  const csr = await makeCsr(wish.names, keyId);
  crashPoint("X-29");
  const intent = store.db.transaction(() => {
    store.requests.add({
      reference,
      kind: wish.kind,
      predecessor: wish.predecessor?.reference ?? null,
      account: wish.account,
      accountCreatedAt: wish.accountCreatedAt,
      names: wish.names,
      productId: wish.product.id,
      productName: wish.product.name,
      validation: wish.product.validation,
      years: wish.years,
      dcvMethod: wish.dcvMethod,
      keyId,
      csr,
      caRequestId: null,
      caCertificateId: null,
      state: "ordering",
      reason: null,
      detail: "",
      steps: [],
      fingerprint: null,
      notAfter: null,
      goneSince: null,
      createdAt: clock.now(),
    });
    record(context, reference, "key-made", { kind: wish.keyKind }, source);
    record(context, reference, "ordering", { product: wish.product.name, years: wish.years }, source);
    // If no reply comes, this looks for the order by its reference; after a crash, the next start does so at once.
    store.work.plan(
      "advance",
      reference,
      workPriority.background,
      new Date(clock.now().getTime() + replyPeriod),
      clock.now(),
    );
    return store.intents.begin(
      "order",
      reference,
      { names: wish.names, product: wish.product.id },
      clock.now(),
    );
  });
  crashPoint("X-30");
  try {
    const { id } = await send(context, wish, parameters(wish, reference, csr));
    crashPoint("X-33");
    orderFound(context, reference, id, "ordered", intent, source);
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (outcomeIsUnknown(error)) {
      context.log.warn("the reply to an order was lost", { reference, error });
      store.requests.change(reference, { reason: "ca-outcome-unknown" }, clock.now());
    } else {
      orderRefused(context, reference, error, intent);
      throw error;
    }
  }
  context.wake();
  const stored = store.requests.get(reference);
  if (stored === null) throw new CodedError("internal", { detail: `request ${reference} vanished` });
  return stored;
}

/**
 * Finds out what became of an order whose reply was lost. Returns when to look again, or null when it is settled.
 */
export async function recoverOrder(context: JobContext, request: StoredRequest): Promise<Date | null> {
  const { store, clock } = context;
  const intent = store.intents.open("order").find(({ key }) => key === request.reference);
  const found = await context.ca.findOrder({
    reference: request.reference,
    names: request.names,
    since: request.createdAt,
  });
  if (found !== null) {
    orderFound(context, request.reference, found, "order-found", intent?.id ?? null, "agent");
    return clock.now();
  }
  const sent = intent?.startedAt ?? request.createdAt;
  if (clock.now().getTime() - sent.getTime() < searchPeriod) return new Date(clock.now().getTime() + 60_000);
  orderRefused(context, request.reference, new CodedError("order-not-placed"), intent?.id ?? null);
  return null;
}

function send(context: JobContext, wish: OrderWish, order: OrderParameters): Promise<{ id: number }> {
  const paid = { ...order, productId: wish.product.id, years: wish.years };
  if (wish.kind === "order") return context.ca.order(paid);
  const certificate = wish.predecessor?.caCertificateId ?? null;
  if (certificate === null) {
    throw new CodedError("input-invalid", { detail: "the request to follow has no certificate at the CA" });
  }
  return wish.kind === "reissue"
    ? context.ca.reissue(certificate, order)
    : context.ca.renew(certificate, paid);
}

function parameters(wish: OrderWish, reference: string, csr: string): OrderParameters {
  const approverEmail = wish.dcvMethod === "EMAIL" ? wish.approverEmail : null;
  return {
    reference,
    csr,
    names: wish.names,
    dcvMethod: wish.dcvMethod,
    dcv: wish.names.map((name) => ({ name, method: wish.dcvMethod, approverEmail })),
    withoutFreeName: wish.withoutFreeName,
    approverEmail,
    organisation: wish.organisation,
  };
}

function orderFound(
  context: JobContext,
  reference: string,
  id: number,
  kind: "ordered" | "order-found",
  intent: number | null,
  source: Source,
): void {
  const { store, clock } = context;
  store.db.transaction(() => {
    store.setCaIds(reference, { caRequestId: id }, clock.now());
    store.requests.change(reference, { state: "validating", reason: null, detail: "" }, clock.now());
    record(context, reference, kind, { id }, source);
    store.work.want("advance", reference, workPriority.user, clock.now());
    if (intent !== null) store.intents.finish(intent, `placed ${id}`, clock.now());
  });
}

function orderRefused(
  context: JobContext,
  reference: string,
  error: CodedError,
  intent: number | null,
): void {
  const { store, clock } = context;
  const fields = error.fields
    .map(({ field, text }) => (field === "" ? text : `${field}: ${text}`))
    .join("; ");
  store.db.transaction(() => {
    store.requests.change(
      reference,
      { state: "failed", reason: error.code, detail: fields === "" ? error.detail : fields },
      clock.now(),
    );
    record(context, reference, "failed", { code: error.code });
    store.work.remove("advance", reference);
    if (intent !== null) store.intents.finish(intent, `refused ${error.code}`, clock.now());
  });
}

/** Whether the CA may have taken the order although no usable answer came. */
function outcomeIsUnknown(error: CodedError): boolean {
  return (
    error.code === "ca-outcome-unknown" || error.code === "ca-answer-unreadable" || error.code === "ca-fault"
  );
}

function newReference(): string {
  return `xs-${randomBytes(8).toString("hex")}`;
}
