import { CodedError } from "../../errors.ts";
import { beginRenewal } from "../../jobs/begin-renewal.ts";
import type { JobContext } from "../../jobs/context.ts";
import {
  approveDraft,
  beginDraft,
  changeDraft,
  dropDraft,
  placeDraft,
  readDraft,
} from "../../jobs/place-draft.ts";
import { keyKinds } from "../../jobs/ports.ts";
import { isOwnName, reviewOrder } from "../../jobs/review-order.ts";
import type { CertificateRequestFacts } from "../../keys/certificate-request.ts";
import { type HostName, isWildcard, registrableName, withoutWildcard } from "../../model/host-name.ts";
import { offersFor } from "../../model/product.ts";
import { type DcvMethod, isTerminal } from "../../model/request.ts";
import type { OrderLevel } from "../../model/spending.ts";
import type { OfferList, OrderingData, OrderPage } from "../../pages/data/ordering.ts";
import type { Account, Caller, Vhost } from "../../panel.ts";
import type { StoredRequest } from "../../store/requests.ts";
import { findRequest, readScope, readVhosts } from "./scope.ts";

const approvalsShown = 100;
const sitesShown = 60;
const mostNames = 100;

export interface OrderingServices {
  readonly context: JobContext;
  readCsr(text: string): Promise<CertificateRequestFacts>;
  /** What is ordered here is not real. */
  readonly testEnvironment: boolean;
}

/** Whether callers at this level may order at all. */
export function mayOrder({ policy }: JobContext, caller: Caller): boolean {
  return policy.orderingBy.includes(levelOf(caller));
}

export function createOrderingData(services: OrderingServices): OrderingData {
  const { context } = services;
  const { store } = context;

  /** The draft with this reference, when the caller may order and it is theirs. */
  async function find(caller: Caller, reference: string): Promise<StoredRequest> {
    refuseLevel(context, caller);
    return findRequest(context, caller, reference);
  }

  async function change(caller: Caller, reference: string): Promise<StoredRequest> {
    if (caller.readOnly) throw new CodedError("not-allowed");
    return find(caller, reference);
  }

  async function begin(
    caller: Caller,
    names: readonly HostName[],
    brought: { csr: string; keyId: string } | null,
  ): Promise<string> {
    if (caller.readOnly) throw new CodedError("not-allowed");
    const owner = await ownerOf(context, caller, names);
    return beginDraft(context, {
      account: owner?.name ?? null,
      accountCreatedAt: owner?.createdAt ?? null,
      names,
      brought,
    });
  }

  return {
    async readOrderStart(caller, { search, chosen }) {
      refuseLevel(context, caller);
      const vhosts = await vhostsOf(context, caller);
      const isChosen = ({ names }: Vhost): boolean => names.some((name) => chosen.has(name));
      const words = search.toLowerCase();
      const matching = vhosts.filter(
        (vhost) => isChosen(vhost) || `${vhost.account} ${vhost.names.join(" ")}`.includes(words),
      );
      const shown = matching.sort((a, b) => Number(isChosen(b)) - Number(isChosen(a))).slice(0, sitesShown);
      return {
        total: matching.length,
        many: vhosts.length > sitesShown,
        sites: shown.map(({ account, id, names }) => ({
          account,
          vhost: id,
          names,
          wildcards: wildcardsOf(names),
        })),
        showAccounts: caller.level !== "account",
        mayNameOthers: levelOf(caller) === "admin",
      };
    },

    async readOffers(caller, names) {
      refuseLevel(context, caller);
      const owner = await ownerOf(context, caller, names);
      return offerList(context, names, owner?.name ?? null);
    },

    async beginOrder(caller, names, choice) {
      refuseLevel(context, caller);
      const reference = await begin(caller, names, null);
      changeDraft(context, reference, (choices) => ({ ...choices, ...readChoice(choice) }));
      return reference;
    },

    async beginOrderWithCsr(caller, csr) {
      refuseLevel(context, caller);
      const facts = await services.readCsr(csr);
      if (facts.weakKey !== null) throw new CodedError("key-weak", { detail: facts.weakKey });
      if (facts.names.length === 0) throw new CodedError("csr-invalid", { detail: "it names no host" });
      return begin(caller, facts.names, { csr, keyId: facts.keyId });
    },

    async readOrder(caller, reference) {
      return toOrderPage(services, caller, await find(caller, reference));
    },

    async chooseProduct(caller, reference, choice) {
      await change(caller, reference);
      changeDraft(context, reference, (choices) => {
        const { productId, years, keyKind } = readChoice(choice);
        return { ...choices, productId, years, keyKind: choices.keyKind === null ? null : keyKind };
      });
    },

    async fillInOrder(caller, reference, { organisation, methods }) {
      await change(caller, reference);
      changeDraft(context, reference, (choices) => ({ ...choices, organisation, methods }));
    },

    async placeOrder(caller, reference, cents) {
      await change(caller, reference);
      await placeDraft(context, reference, { by: nameOf(caller), level: levelOf(caller), cents });
    },

    async dropOrder(caller, reference) {
      await change(caller, reference);
      dropDraft(context, reference, "request-cancelled");
    },

    async orderAgain(caller, reference) {
      const request = await change(caller, reference);
      if (!isTerminal(request.state)) throw new CodedError("nothing-to-do");
      if (request.kind === "renewal" && request.predecessor !== null) {
        return beginRenewal(context, request.predecessor);
      }
      if (request.kind !== "order") throw new CodedError("nothing-to-do");
      const before = store.drafts.get(reference)?.choices ?? null;
      const brought =
        before?.keyKind === null && request.csr !== null && request.keyId !== null
          ? { csr: request.csr, keyId: request.keyId }
          : null;
      const names = before?.names ?? request.names;
      const again = await begin(caller, names, brought);
      changeDraft(context, again, (choices) => ({ ...choices, ...before, names }));
      return again;
    },

    async listApprovals(caller) {
      refuseOthers(caller);
      return store.drafts.waiting(approvalsShown).map((reference) => {
        const { request, draft } = readDraft(context, reference);
        return {
          reference,
          account: request.account,
          names: request.names,
          product: request.productName,
          years: request.years,
          cents: draft.cents,
          by: draft.consentedBy ?? "",
          at: draft.consentedAt ?? request.createdAt,
        };
      });
    },

    async approveOrder(caller, reference) {
      refuseOthers(caller);
      if (caller.readOnly) throw new CodedError("not-allowed");
      await approveDraft(context, reference, nameOf(caller));
    },

    async declineOrder(caller, reference) {
      refuseOthers(caller);
      if (caller.readOnly) throw new CodedError("not-allowed");
      dropDraft(context, reference, "order-declined");
    },
  };
}

async function toOrderPage(
  { context, testEnvironment }: OrderingServices,
  caller: Caller,
  request: StoredRequest,
): Promise<OrderPage> {
  const { draft } = readDraft(context, request.reference);
  const { choices } = draft;
  const level = levelOf(caller);
  const list = await offerList(context, choices.names, request.account);
  const review = await reviewOrder(context, request, choices, level);
  const byMail = review.methods.filter(({ method }) => method === "EMAIL");
  const approvers = await Promise.all(byMail.map(({ name }) => context.ca.approverAddresses(name)));
  return {
    ...list,
    reference: request.reference,
    state: request.state,
    reason: request.reason,
    keyKind: choices.keyKind,
    chosen: review.offer,
    methods: review.methods,
    chosenByPerson: new Set(choices.methods.map(({ name }) => name)),
    choosable: new Map(review.methods.map(({ name }) => [name, methodsOf(name)])),
    approvers: new Map(byMail.map(({ name }, index) => [name, approvers[index] ?? []])),
    organisation: choices.organisation,
    organisationProblems: review.organisation,
    withoutApprover: review.withoutApprover,
    findings: review.findings,
    dryRun: context.policy.dryRun,
    testEnvironment,
    needsApproval: context.policy.approvalFor.includes(level),
  };
}

async function offerList(
  { ca, policy }: JobContext,
  names: readonly HostName[],
  account: string | null,
): Promise<OfferList> {
  const offers = offersFor(await ca.listProducts(), names, policy.products);
  return { names, account, offers, showPrices: policy.showPrices, keyKinds };
}

function methodsOf(name: HostName): DcvMethod[] {
  return isWildcard(name) ? ["DNS", "EMAIL"] : ["DNS", "FILE", "EMAIL"];
}

function readChoice(choice: { productId: number; years: number; keyKind: string }): {
  productId: number;
  years: number;
  keyKind: string;
} {
  const keyKind = keyKinds.find((kind) => kind === choice.keyKind);
  if (keyKind === undefined) throw new CodedError("input-invalid", { fields: [{ field: "key", text: "" }] });
  return { productId: choice.productId, years: choice.years, keyKind };
}

/**
 * Whose order it is: the account that has the names. All must be of one account; an administrator may name others too,
 * and then the first name decides.
 */
async function ownerOf(
  context: JobContext,
  caller: Caller,
  names: readonly HostName[],
): Promise<Account | null> {
  const [first] = names;
  if (first === undefined || names.length > mostNames)
    throw new CodedError("input-invalid", { fields: [{ field: "names", text: `1 – ${mostNames}` }] });
  const vhosts = await vhostsOf(context, caller);
  const byAccount = new Map<string, Set<HostName>>();
  for (const vhost of vhosts) {
    const known = byAccount.get(vhost.account) ?? new Set();
    for (const name of vhost.names) known.add(name);
    byAccount.set(vhost.account, known);
  }
  const owner = [...byAccount].find(([, own]) => isOwnName(first, own));
  if (levelOf(caller) !== "admin") {
    const foreign = names.filter((name) => owner === undefined || !isOwnName(name, owner[1]));
    if (foreign.length > 0) throw new CodedError("not-allowed", { detail: foreign.join(", ") });
  }
  return owner === undefined ? null : context.panel.readAccount(owner[0]);
}

async function vhostsOf(context: JobContext, caller: Caller): Promise<readonly Vhost[]> {
  return readVhosts(context, caller, await readScope(context, caller));
}

/** One wildcard for each registered name among them: that is what people mean by "everything". */
function wildcardsOf(names: readonly HostName[]): HostName[] {
  const registered = names.filter((name) => registrableName(name) === withoutWildcard(name));
  return [...new Set(registered.map((name) => `*.${withoutWildcard(name)}` as HostName))];
}

function levelOf({ level }: Caller): OrderLevel {
  return level === "administrator" ? "admin" : level;
}

/** Who pressed the button: whoever is really there, where somebody acts for another. */
function nameOf({ account, actingFor }: Caller): string {
  return actingFor === null ? account : `${actingFor} as ${account}`;
}

function refuseLevel(context: JobContext, caller: Caller): void {
  if (!mayOrder(context, caller)) throw new CodedError("order-not-allowed");
}

function refuseOthers({ level, role }: Caller): void {
  if (level !== "administrator" || role !== "administrator") throw new CodedError("not-found");
}
