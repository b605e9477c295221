import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import { type NameMethod, noChoices, type OrderChoices } from "../model/order-draft.ts";
import type { Offer } from "../model/product.ts";
import type { OrderLevel } from "../model/spending.ts";
import type { StoredDraft } from "../store/drafts.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { emptyDraft, newReference } from "./empty-draft.ts";
import { admitOrder } from "./order-rules.ts";
import { announceOrder, type OrderWish, orDestroy, sendOrder } from "./place-order.ts";
import { type KeyKind, keyKinds } from "./ports.ts";
import { type OrderReview, reviewOrder } from "./review-order.ts";

/** Who agrees to an order, and to which price. */
export interface Consent {
  readonly by: string;
  readonly level: OrderLevel;
  /** Euro cents as they stood on the page; null where it showed none. */
  readonly cents: number | null;
}

/**
 * Begins an order, or finds the one that was begun for the same names: two windows then share one draft, and what is
 * agreed to in both is one order.
 */
export function beginDraft(
  context: JobContext,
  wish: {
    readonly account: string | null;
    readonly accountCreatedAt: string | null;
    readonly names: readonly HostName[];
    /** A request (CSR) that was brought along with its own key elsewhere. */
    readonly brought: { readonly csr: string; readonly keyId: string } | null;
  },
): string {
  const { store, clock } = context;
  return store.db.transaction(() => {
    const same = store.requests
      .open(wish.account === null ? null : [wish.account])
      .find(
        (request) =>
          request.state === "draft" &&
          request.reason === null &&
          request.account === wish.account &&
          request.accountCreatedAt === wish.accountCreatedAt &&
          request.keyId === (wish.brought?.keyId ?? null) &&
          store.drafts.get(request.reference)?.choices.follows === null &&
          request.names.join(" ") === wish.names.join(" "),
      );
    if (same !== undefined) return same.reference;
    const reference = newReference();
    store.requests.add({
      ...emptyDraft(wish, reference, clock.now()),
      keyId: wish.brought?.keyId ?? null,
      csr: wish.brought?.csr ?? null,
    });
    const organisation =
      wish.account === null ? {} : store.drafts.organisationOf(wish.account, wish.accountCreatedAt);
    store.drafts.put(
      reference,
      { ...noChoices, names: wish.names, organisation, keyKind: wish.brought === null ? "rsa-2048" : null },
      clock.now(),
    );
    record(context, reference, "created", {}, "page");
    return reference;
  });
}

/** Changes what was chosen; once somebody agreed, nothing changes any more. */
export function changeDraft(
  context: JobContext,
  reference: string,
  change: (choices: OrderChoices) => OrderChoices,
): void {
  const { store, clock } = context;
  store.db.transaction(() => {
    const { request, draft } = readDraft(context, reference);
    if (request.state !== "draft" || request.reason !== null) return;
    store.drafts.put(reference, change(draft.choices), clock.now());
  });
}

export function readDraft(
  { store }: JobContext,
  reference: string,
): { request: StoredRequest; draft: StoredDraft } {
  const request = store.requests.get(reference);
  const draft = store.drafts.get(reference);
  if (request === null || draft === null) throw new CodedError("not-found", { detail: reference });
  return { request, draft };
}

/**
 * Sends a draft as an order, exactly once however often and from wherever it is agreed to (I5): the draft turns into an
 * order in one transaction, and its reference, which the CA keeps, is looked for before anything is repeated. What is
 * already sent, or waits for approval, is returned as it is. Throws what stands in the way; nothing was bought then.
 */
export function placeDraft(context: JobContext, reference: string, consent: Consent): Promise<StoredRequest> {
  return context.locks.run(`order ${reference}`, async () => {
    const { request, draft } = readDraft(context, reference);
    if (request.state !== "draft" || request.reason !== null) return request;
    return placeFollowing(context, draft.choices, () =>
      place(context, request, draft.choices, consent, null),
    );
  });
}

/** Sends an order that waited for approval. */
export function approveDraft(context: JobContext, reference: string, by: string): Promise<StoredRequest> {
  return context.locks.run(`order ${reference}`, async () => {
    const { request, draft } = readDraft(context, reference);
    if (request.state !== "draft" || request.reason !== "approval-needed") return request;
    const consent = { by: draft.consentedBy ?? "", level: draft.level ?? "account", cents: draft.cents };
    return placeFollowing(context, draft.choices, () => place(context, request, draft.choices, consent, by));
  });
}

/** A renewal is not ordered while the same certificate is looked at for the next one. */
async function placeFollowing(
  { locks, store, clock }: JobContext,
  { follows }: OrderChoices,
  order: () => Promise<StoredRequest>,
): Promise<StoredRequest> {
  if (follows === null) return order();
  return locks.run(`renew ${follows}`, async () => {
    const placed = await order();
    if (placed.state !== "draft") store.requests.change(follows, { renewalProblem: null }, clock.now());
    return placed;
  });
}

/** Takes a draft away for good: nobody agreed to it, or an administrator did not approve it. */
export function dropDraft(
  context: JobContext,
  reference: string,
  reason: "request-cancelled" | "order-declined",
): void {
  const { store, clock } = context;
  store.db.transaction(() => {
    const { request } = readDraft(context, reference);
    if (request.state !== "draft") throw new CodedError("nothing-to-do");
    store.requests.change(reference, { state: "cancelled", reason }, clock.now());
    if (request.predecessor !== null) {
      // Otherwise the same renewal would stand there again tomorrow; whoever holds the certificate is asked instead.
      store.requests.change(request.predecessor, { renewalChoice: "ask", renewalProblem: null }, clock.now());
      store.work.want("renew", request.predecessor, workPriority.background, clock.now());
    }
    record(context, reference, "cancelled", { code: reason }, "page");
  });
}

async function place(
  context: JobContext,
  request: StoredRequest,
  choices: OrderChoices,
  consent: Consent,
  approvedBy: string | null,
): Promise<StoredRequest> {
  const { store, clock, keys } = context;
  const { reference } = request;
  const review = await reviewOrder(context, request, choices, consent.level);
  const offer = refuseUnready(review, consent, context.policy.showPrices);
  const predecessor = choices.follows === null ? null : store.requests.get(choices.follows);
  const wish = wishOf(request, choices, review, offer, predecessor);
  const made = choices.keyKind === null ? null : await keys.create(wish.keyKind);
  const keyId = made ?? request.keyId ?? "";
  const csr = made === null ? (request.csr ?? "") : await context.makeCsr(offer.names, made);
  crashPoint("X-29");
  const intent = await orDestroy(context, made, () =>
    store.db.transaction(() => {
      // A command-line process may have this store open as well; the state in it decides.
      if (store.requests.get(reference)?.state !== "draft") return null;
      const order = { reference, account: request.account, names: offer.names, productId: offer.product.id };
      const approved = approvedBy !== null;
      const verdict = admitOrder(context, {
        ...order,
        cents: offer.cents,
        level: consent.level,
        approved,
        follows: choices.follows,
        // Who agreed to a renewal in advance was looked at when they did.
        standing: choices.follows !== null && request.reason === "approval-needed",
      });
      const terms = {
        kind: wish.kind,
        predecessor: choices.follows,
        names: offer.names,
        productId: offer.product.id,
        productName: offer.product.name,
        validation: offer.product.validation,
        years: offer.years,
        dcvMethod: wish.dcvMethod,
      };
      if (approvedBy === null)
        store.drafts.consent(reference, { ...consent, cents: offer.cents }, clock.now());
      else store.drafts.approve(reference, approvedBy, clock.now());
      rememberOrganisation(context, request, choices);
      if (verdict === "approval") {
        store.requests.change(reference, { ...terms, reason: "approval-needed" }, clock.now());
        record(context, reference, "needs-you", { code: "approval-needed" }, "page");
        return null;
      }
      store.requests.change(
        reference,
        {
          ...terms,
          keyId,
          csr,
          keyKind: made === null ? null : wish.keyKind,
          organisation: wish.organisation,
          state: "ordering",
          reason: null,
        },
        clock.now(),
      );
      if (predecessor !== null) {
        store.requests.change(reference, { renewalChoice: predecessor.renewalChoice }, clock.now());
        record(context, predecessor.reference, "followed", { id: reference, kind: "renewal" }, "page");
      }
      return announceOrder(context, wish, reference, "page");
    }),
  );
  crashPoint("X-30");
  if (intent === null) {
    if (made !== null) await keys.destroy(made);
    return readDraft(context, reference).request;
  }
  return sendOrder(context, wish, { reference, csr, intent }, "page");
}

/** Everything that keeps the order from being sent; the page shows the same before anybody agrees. */
function refuseUnready(review: OrderReview, consent: Consent, showPrices: boolean): Offer {
  const { offer } = review;
  if (offer === null) throw new CodedError("order-incomplete", { fields: [{ field: "product", text: "" }] });
  const missing = [
    ...review.organisation.map(({ field, kind }) => ({ field, text: kind })),
    ...review.withoutApprover.map((name) => ({ field: "approver", text: name })),
  ];
  if (missing.length > 0) throw new CodedError("order-incomplete", { fields: missing });
  const stop = review.findings.find(({ severity }) => severity === "stop");
  if (stop !== undefined)
    throw new CodedError("order-would-fail", { detail: `${stop.code} ${stop.name ?? ""}` });
  if (showPrices && consent.cents !== offer.cents) throw new CodedError("price-changed");
  return offer;
}

function wishOf(
  request: StoredRequest,
  choices: OrderChoices,
  review: OrderReview,
  offer: Offer,
  predecessor: StoredRequest | null,
): OrderWish {
  const methodOf = (name: HostName): NameMethod | undefined =>
    review.methods.find((entry) => entry.name === name);
  const [first] = offer.names;
  const common = first === undefined ? undefined : methodOf(first);
  return {
    kind: predecessor === null ? "order" : "renewal",
    predecessor,
    account: request.account,
    accountCreatedAt: request.accountCreatedAt,
    names: offer.names,
    product: offer.product,
    years: offer.years,
    dcvMethod: common?.method ?? "DNS",
    approverEmail: common?.approverEmail ?? null,
    dcv: offer.names.flatMap((name) => methodOf(name) ?? []),
    withoutFreeName: !offer.freeName,
    keyKind: keyKinds.find((kind): kind is KeyKind => kind === choices.keyKind) ?? "rsa-2048",
    organisation: { ...choices.organisation },
    cents: offer.cents,
  };
}

function rememberOrganisation(context: JobContext, request: StoredRequest, choices: OrderChoices): void {
  const { account, accountCreatedAt } = request;
  if (account === null || Object.keys(choices.organisation).length === 0) return;
  context.store.drafts.rememberOrganisation(
    account,
    accountCreatedAt,
    choices.organisation,
    context.clock.now(),
  );
}
