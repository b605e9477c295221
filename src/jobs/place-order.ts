import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import { freeNameOf } from "../model/product.ts";
import type { DcvMethod, RequestKind } from "../model/request.ts";
import type { OrderLevel } from "../model/spending.ts";
import type { NewRequest, StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { caPriorityToBegin } from "./ca-priority.ts";
import { type JobContext, record, type Source } from "./context.ts";
import { emptyDraft, newReference } from "./empty-draft.ts";
import { admitOrder, refuseSecondSuccessor } from "./order-rules.ts";
import type { KeyKind, MakeCsr, OrderParameters } from "./ports.ts";

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
  /** Where names are validated in different ways; what is not named takes `dcvMethod`. */
  readonly dcv?: OrderParameters["dcv"];
  readonly withoutFreeName: boolean;
  readonly keyKind: KeyKind;
  readonly organisation: Readonly<Record<string, string>>;
  /** Euro cents it costs; null or missing where that is not known. */
  readonly cents?: number | null;
  /** A renewal that nobody asks for now: the holder agreed to it in advance (`account`), or the server's policy does (`admin`). */
  readonly standing?: "account" | "admin";
}

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
  refuseFollowed(context, wish, reference);
  const keyId = await context.keys.create(wish.keyKind);
  const csr = await makeCsr(wish.names, keyId);
  crashPoint("X-29");
  const intent = await orDestroy(context, keyId, () =>
    store.db.transaction(() => {
      refuseFollowed(context, wish, reference);
      if (wish.kind !== "reissue") {
        const verdict = admitOrder(context, {
          ...wish,
          productId: wish.product.id,
          reference,
          level: wish.standing ?? "admin",
          approved: false,
          follows: wish.predecessor?.reference ?? null,
          standing: wish.standing !== undefined,
        });
        if (verdict === "approval" && wish.standing !== undefined) {
          keepForApproval(context, wish, reference, wish.standing);
          return null;
        }
      }
      store.requests.add({
        ...newRequest(wish, reference, clock.now()),
        keyId,
        csr,
        state: "ordering",
        keyKind: wish.keyKind,
        organisation: wish.organisation,
      });
      return announceOrder(context, wish, reference, source);
    }),
  );
  crashPoint("X-30");
  if (intent === null) {
    await context.keys.destroy(keyId);
    return stored(context, reference);
  }
  return sendOrder(context, wish, { reference, csr, intent }, source);
}

/** Writes a renewal down as an order that an administrator has to approve. The key is made when it is sent. */
function keepForApproval(context: JobContext, wish: OrderWish, reference: string, level: OrderLevel): void {
  const { store, clock } = context;
  const now = clock.now();
  const [first] = wish.names;
  const free =
    wish.withoutFreeName || first === undefined || wish.names.length > 1 ? [] : [freeNameOf(first)];
  const names = [...wish.names, ...free];
  store.requests.add({ ...newRequest(wish, reference, now), names, reason: "approval-needed" });
  store.drafts.put(
    reference,
    {
      names,
      productId: wish.product.id,
      years: wish.years,
      keyKind: wish.keyKind,
      methods: (wish.dcv ?? []).filter(({ method }) => method === "EMAIL"),
      organisation: wish.organisation,
      follows: wish.predecessor?.reference ?? null,
    },
    now,
  );
  store.drafts.consent(reference, { by: wish.account ?? "", level, cents: wish.cents ?? null }, now);
  record(context, reference, "needs-you", { code: "approval-needed" });
}

/** The wish as a request, before anything was sent. */
function newRequest(wish: OrderWish, reference: string, now: Date): NewRequest {
  return {
    ...emptyDraft(wish, reference, now),
    kind: wish.kind,
    predecessor: wish.predecessor?.reference ?? null,
    productId: wish.product.id,
    productName: wish.product.name,
    validation: wish.product.validation,
    years: wish.years,
    dcvMethod: wish.dcvMethod,
    renewalChoice: wish.predecessor?.renewalChoice ?? null,
  };
}

/** Writes down that an order is about to be sent, in the transaction that made its request. Returns the intent. */
export function announceOrder(
  context: JobContext,
  wish: OrderWish,
  reference: string,
  source: Source,
): number {
  const { store, clock } = context;
  record(context, reference, "key-made", { kind: wish.keyKind }, source);
  record(context, reference, "ordering", { product: wish.product.name, years: wish.years }, source);
  if (wish.kind !== "reissue") store.drafts.spend(reference, wish.account, wish.cents ?? null, clock.now());
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
}

/** Sends what was announced, once. Throws `ca-refused-order` when the CA says no; nothing was bought then. */
export async function sendOrder(
  context: JobContext,
  wish: OrderWish,
  { reference, csr, intent }: { readonly reference: string; readonly csr: string; readonly intent: number },
  source: Source,
): Promise<StoredRequest> {
  const { store, clock } = context;
  if (wish.kind !== "reissue" && context.policy.dryRun) {
    dryRun(context, reference, intent);
    return stored(context, reference);
  }
  try {
    const order = parameters(wish, reference, csr);
    const { id } = await context.locks.run(sending(reference), () => send(context, wish, order, source));
    crashPoint("X-33");
    orderFound(context, reference, id, "ordered", intent, source);
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (outcomeIsUnknown(error)) {
      context.log.warn("the reply to an order was lost", { reference, error });
      store.requests.change(reference, { reason: "ca-outcome-unknown" }, clock.now());
    } else if (
      wish.predecessor !== null &&
      error.advice !== "never" &&
      store.drafts.get(reference) === null
    ) {
      const keyId = store.requests.get(reference)?.keyId ?? null;
      // It never left: the certificate to follow stands as before and is looked at again.
      store.requests.forget(reference);
      store.intents.finish(intent, `not sent ${error.code}`, clock.now());
      if (keyId !== null) await context.keys.destroy(keyId);
      throw error;
    } else {
      orderRefused(context, reference, error, intent);
      throw error;
    }
  }
  context.wake();
  return stored(context, reference);
}

function stored({ store }: JobContext, reference: string): StoredRequest {
  const request = store.requests.get(reference);
  if (request === null) throw new CodedError("internal", { detail: `request ${reference} vanished` });
  return request;
}

/** Everything but the sending was done; what is left says so, and no way leads from it to the CA. */
function dryRun(context: JobContext, reference: string, intent: number): void {
  const { store, clock } = context;
  store.db.transaction(() => {
    store.requests.change(reference, { state: "cancelled", reason: "dry-run" }, clock.now());
    record(context, reference, "cancelled", { code: "dry-run" });
    store.work.remove("advance", reference);
    store.intents.finish(intent, "dry run", clock.now());
  });
}

function send(
  context: JobContext,
  wish: OrderWish,
  order: OrderParameters,
  source: Source,
): Promise<{ id: number }> {
  const paid = { ...order, productId: wish.product.id, years: wish.years };
  if (wish.kind === "order") return context.ca.order(paid);
  const certificate = wish.predecessor?.caCertificateId ?? null;
  if (certificate === null) {
    throw new CodedError("input-invalid", { detail: "the request to follow has no certificate at the CA" });
  }
  if (wish.kind === "renewal" || wish.predecessor === null) return context.ca.renew(certificate, paid);
  const priority = source === "agent" ? caPriorityToBegin(context, wish.predecessor) : "user";
  return context.ca.reissue(certificate, order, priority);
}

/** What is held while an order waits for its turn at the CA or is on its way. */
export function sending(reference: string): string {
  return `send ${reference}`;
}

/**
 * One need is one order. A renewal that waits for approval does not hold up what the paid term still holds: nobody may be
 * left with an expired certificate because an administrator is away.
 */
function refuseFollowed(context: JobContext, { kind, predecessor }: OrderWish, reference: string): void {
  if (predecessor === null) return;
  const waiting = kind === "reissue" ? waitingRenewal(context, predecessor.reference) : null;
  refuseSecondSuccessor(context, predecessor.reference, waiting ?? reference);
}

/** The renewal of this certificate that waits for approval. */
export function waitingRenewal({ store }: JobContext, predecessor: string): string | null {
  return store.requests.successors(predecessor).find(({ state }) => state === "draft")?.reference ?? null;
}

function parameters(wish: OrderWish, reference: string, csr: string): OrderParameters {
  const approverEmail = wish.dcvMethod === "EMAIL" ? wish.approverEmail : null;
  return {
    reference,
    csr,
    names: wish.names,
    dcvMethod: wish.dcvMethod,
    dcv: wish.names.map(
      (name) =>
        wish.dcv?.find((entry) => entry.name === name) ?? { name, method: wish.dcvMethod, approverEmail },
    ),
    withoutFreeName: wish.withoutFreeName,
    approverEmail,
    organisation: wish.organisation,
  };
}

/** The CA has the order. */
export function orderFound(
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
    store.requests.change(
      reference,
      { state: "validating", reason: null, detail: "", goneSince: null },
      clock.now(),
    );
    record(context, reference, kind, { id }, source);
    store.work.want("advance", reference, workPriority.user, clock.now());
    if (intent !== null) store.intents.finish(intent, `placed ${id}`, clock.now());
  });
}

/** Nothing was bought. */
export function orderRefused(
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
    store.drafts.refund(reference);
    if (intent !== null) store.intents.finish(intent, `refused ${error.code}`, clock.now());
  });
}

/** Whether the CA may have taken the order although no usable answer came. */
function outcomeIsUnknown(error: CodedError): boolean {
  return (
    error.code === "ca-outcome-unknown" || error.code === "ca-answer-unreadable" || error.code === "ca-fault"
  );
}

/** A key that no order came of protects nothing. */
export async function orDestroy<T>(context: JobContext, keyId: string | null, work: () => T): Promise<T> {
  try {
    return work();
  } catch (thrown) {
    if (keyId !== null) await context.keys.destroy(keyId);
    throw thrown;
  }
}
