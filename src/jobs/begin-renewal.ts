import { CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import { noChoices, type OrderChoices } from "../model/order-draft.ts";
import { freeNameOf, offersFor, type Product } from "../model/product.ts";
import { isTerminal } from "../model/request.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type JobContext, record } from "./context.ts";
import { emptyDraft, newReference } from "./empty-draft.ts";
import { ownsFreeName } from "./free-name.ts";

/**
 * Begins the order of a new term for a certificate, as a draft that the order pages finish: prefilled with the names, the
 * product and the organisation of the last one, checked and agreed to like any other order. Finds the draft that was begun
 * before. Throws `successor-under-way`, or `input-invalid` where the CA has no certificate to renew.
 */
export async function beginRenewal(context: JobContext, reference: string): Promise<string> {
  const { store, clock, policy } = context;
  const found = store.requests.get(reference);
  if (found === null) throw new CodedError("not-found", { detail: reference });
  if (found.caCertificateId === null) throw new CodedError("input-invalid", { detail: "no certificate yet" });
  const request = await learnProduct(context, found);
  const names = await namesChosen(context, request);
  const offers = offersFor(await context.ca.listProducts(), names, policy.products).filter(
    ({ product }) => product.id === request.productId,
  );
  const offer = offers.find(({ years }) => years === request.years) ?? offers[0];
  return store.db.transaction(() => {
    const live = store.requests.successors(reference).find(({ state }) => !isTerminal(state));
    if (live !== undefined) throw new CodedError("successor-under-way", { detail: live.reference });
    const begun = store.drafts.renewalOf(reference);
    if (begun !== null) return begun;
    const draft = newReference();
    store.requests.add({ ...emptyDraft(request, draft, clock.now()), names });
    store.drafts.put(
      draft,
      {
        ...noChoices,
        names,
        productId: offer?.product.id ?? null,
        years: offer?.years ?? null,
        keyKind: request.keyKind ?? noChoices.keyKind,
        methods: store.dcvNames
          .of(reference)
          .filter(({ method, name }) => method === "EMAIL" && names.includes(name))
          .map(({ name, email }) => ({ name, method: "EMAIL", approverEmail: email })),
        organisation: organisationOf(context, request),
        follows: reference,
      },
      clock.now(),
    );
    record(context, draft, "created", {}, "page");
    return draft;
  });
}

/**
 * The request with its product. A certificate that was ordered elsewhere names none; the CA may know which one it is. Left
 * as it is where the CA does not say: then somebody chooses.
 */
export async function learnProduct(context: JobContext, request: StoredRequest): Promise<StoredRequest> {
  const { ca, store, clock } = context;
  if (request.productId !== null || request.caCertificateId === null) return request;
  const facts = await ca.readCertificateFacts(request.caCertificateId);
  const product = (await ca.listProducts()).find(({ id }) => id === facts?.productId);
  if (product === undefined) return request;
  const { id: productId, name: productName, validation } = product;
  store.requests.change(request.reference, { productId, productName, validation }, clock.now());
  return { ...request, productId, productName, validation };
}

/** As a person would tick them: what was sent to the CA leaves out the name that comes for free. */
export async function namesChosen(context: JobContext, request: StoredRequest): Promise<HostName[]> {
  const [first] = request.names;
  const free = first !== undefined && (await ownsFreeName(context, request.account, request.names));
  return free ? [...request.names, freeNameOf(first)] : [...request.names];
}

/** What was sent last time, or else what the account gave for another order. */
function organisationOf({ store }: JobContext, request: StoredRequest): OrderChoices["organisation"] {
  const { account, accountCreatedAt, organisation } = request;
  if (account === null || Object.keys(organisation).length > 0) return organisation;
  return store.drafts.organisationOf(account, accountCreatedAt);
}

/** The price of a renewal, asked for only where a limit or somebody who approves depends on it. */
export async function priceIfItMatters(
  { ca, policy }: JobContext,
  price: (products: readonly Product[]) => number | null,
): Promise<number | null> {
  const { eurosPerDay, eurosPerAccountPerDay } = policy.limits;
  const matters = eurosPerDay !== null || eurosPerAccountPerDay !== null || policy.approvalFor.length > 0;
  return matters ? price(await ca.listProducts()) : null;
}
