import { asCodedError, CodedError } from "../errors.ts";
import type { CaPort } from "../jobs/ports.ts";
import type { CaPriority } from "../model/ca-priority.ts";
import type { HostName } from "../model/host-name.ts";
import { priceOf } from "../model/product.ts";
import type { HandOvers } from "./hand-overs.ts";
import { provesKey } from "./key-proof.ts";
import type { ListWalk } from "./list-walk.ts";
import type { Args, OperationName, ResultToSend } from "./operations.ts";
import { findPlaced, type OrderBooks, placeOnce } from "./place-once.ts";

/** What the hub answers operations with. */
export interface Desk extends OrderBooks {
  readonly ca: CaPort;
  readonly walk: ListWalk;
  readonly handOvers: HandOvers;
  /** Throws `fleet-refused` for what is not, or not any more, a server of the fleet. */
  requireMember(node: string): Promise<void>;
  /** The public key (`Certificate.keyId`) in a CSR. Throws `csr-invalid`. */
  keyIdOfCsr(csr: string): Promise<string>;
  /** Our reference of a request and its common name, as the CA has them; null when the CA does not know the request. */
  readOrigin(id: number): Promise<{ readonly reference: string | null; readonly name: string | null } | null>;
  /** Orders are checked and written down by servers, but not sent. */
  readonly dryRun: boolean;
}

/** Operations that ask the CA, or what the hub knows from it. */
export type CaOperation = Exclude<OperationName, "hello" | "heartbeat" | "news" | "moved" | "copy">;

type Answers = {
  readonly [Name in CaOperation]: (desk: Desk, node: string, args: Args<Name>) => Promise<ResultToSend<Name>>;
};

/** Each operation as it is done for one server: first whether it is that server's business, then the CA. */
export const answers: Answers = {
  async claim({ ownership, readOrigin, clock }, node, { reference, requestId, certificateId }) {
    // Which certificate came of a request the CA does not say, and a server may say any: that one needs its key.
    const proven = async (): Promise<boolean> =>
      certificateId === null || (await ownership.ofCertificate(certificateId))?.node === node;
    const owner = await ownership.ofRequest(requestId);
    if (owner?.node === node) return proven();
    const origin = await readOrigin(requestId);
    // Whoever knows the order's reference placed it: it is random, and no other server ever sees it.
    if (origin?.reference !== reference) return false;
    if (owner !== null) {
      await ownership.dispute(requestId, node);
      return false;
    }
    await ownership.placed(node, reference);
    const at = clock.now().toISOString();
    const entry = { node, keyId: null, requestId, state: "placed" as const, at, cents: null };
    await ownership.begin(reference, entry);
    await ownership.settle(reference, entry);
    return proven();
  },

  async claimCertificate(
    { ca, ownership, readOrigin },
    node,
    { reference, requestId, certificateId, ...proof },
  ) {
    const owner = await ownership.ofCertificate(certificateId);
    if (owner?.node === node) return true;
    const facts = await ca.readCertificateFacts(certificateId);
    if (facts === null || !provesKey(proof, node, certificateId, facts.keyId)) return false;
    if (owner !== null) {
      await ownership.dispute(certificateId, node);
      return false;
    }
    await ownership.giveCertificate(certificateId, { node, reference });
    await ownership.giveKey(facts.keyId, { node, reference });
    // Where the CA counts both alike, the number is proven by the certificate under it (spec xolphin-api §8.1). Where it counts
    // them apart, the same number is somebody else's order, which bears another reference.
    if (requestId !== certificateId || (await ownership.ofRequest(requestId)) !== null) return true;
    const origin = await readOrigin(requestId);
    const same =
      origin === null ||
      (origin.reference === null
        ? facts.names.includes(origin.name as HostName)
        : origin.reference === reference);
    if (same) await ownership.giveRequest(requestId, { node, reference });
    return true;
  },

  async offerHandOver({ handOvers, requireMember }, node, { id, to, orders }) {
    await requireMember(to);
    await handOvers.offer(node, id, to, orders);
    return null;
  },
  async takeHandOver({ handOvers }, node, { id }) {
    await handOvers.take(node, id);
    return null;
  },
  withdrawHandOver: ({ handOvers }, node, { id }) => handOvers.withdraw(node, id),
  readHandOver: ({ handOvers }, node, { id }) => handOvers.state(node, id),

  async listProducts({ ca }) {
    return (await ca.listProducts()).map((product) => ({
      ...product,
      prices: product.prices.map((price) => ({ ...price })),
    }));
  },

  async approverAddresses({ ca }, _node, { name }) {
    return [...(await ca.approverAddresses(name))];
  },

  async readRequest({ ca, ownership }, node, { id, priority }) {
    await ownership.requireRequest(node, id);
    const view = await ca.readRequest(id, priority);
    if (view === null) return null;
    return {
      ...view,
      steps: view.steps.map((step) => ({ ...step })),
      dcv: view.dcv.map((entry) => ({ ...entry })),
      messages: view.messages.map(toMessage),
    };
  },

  async findIssued({ ca, ownership, readOrigin }, node, { priority, ...query }) {
    const owner = await ownership.ofKey(query.keyId);
    if (owner !== null && owner.node !== node) throw refused(`key ${query.keyId}`);
    // Without a key that this server ordered with, only what answers under its own numbers can be its own.
    const ids = owner === null ? await ownRequests(ownership, node, query.ids) : query.ids;
    if (owner === null && ids.length === 0) throw refused(`key ${query.keyId}`);
    const search = owner !== null && query.search;
    const found = await ca.findIssued({ ...query, ids, search }, priority);
    if (found.kind !== "issued") return found;
    // Requests and certificates may be counted apart, and then the same number is somebody else's certificate.
    if (owner === null) {
      const names = await Promise.all(ids.map(async (id) => (await readOrigin(id))?.name ?? ""));
      if (!names.some((name) => found.leaf.names.includes(name as HostName)))
        throw refused("the certificate");
    }
    const reference = owner?.reference ?? (await ownership.ofRequest(query.ids[0] ?? 0))?.reference ?? "";
    await ownership.giveCertificate(found.certificateId, { node, reference });
    return {
      kind: "issued",
      certificateId: found.certificateId,
      leaf: found.leaf.pem,
      pool: found.pool.map(({ pem }) => pem),
      revoked: found.revoked,
      termEnd: found.termEnd?.toISOString() ?? null,
    };
  },

  listPending: ({ walk }, node) => walk.pendingOf(node),
  listCertificates: ({ walk }, node) => walk.certificatesOf(node),

  async readCertificateFacts({ ca, ownership }, node, { id }) {
    const owner = (await ownership.ofCertificate(id)) ?? (await ownership.ofRequest(id));
    if (owner?.node !== node) throw refused(`certificate ${id}`);
    const facts = await ca.readCertificateFacts(id);
    if (facts === null) return null;
    return { ...facts, names: [...facts.names], notAfter: facts.notAfter.toISOString() };
  },

  async order(desk, node, order) {
    return place(desk, node, order, () => desk.ca.order(order));
  },

  async reissue(desk, node, { certificateId, priority, ...order }) {
    await desk.ownership.requireCertificate(node, certificateId);
    const keyId = await desk.keyIdOfCsr(order.csr);
    return placeOnce(desk, { node, reference: order.reference, keyId, paid: null }, () =>
      desk.ca.reissue(certificateId, order, priority),
    );
  },

  async renew(desk, node, { certificateId, ...order }) {
    await desk.ownership.requireCertificate(node, certificateId);
    return place(desk, node, order, () => desk.ca.renew(certificateId, order));
  },

  findOrder: (desk, node, query) => findPlaced(desk, node, query.reference, () => desk.ca.findOrder(query)),

  askToCheck: ownRequest(({ ca }, { id, priority, ...check }) => ca.askToCheck(id, check, priority)),
  readMessages: async ({ ca, ownership }, node, { id }) => {
    await ownership.requireRequest(node, id);
    return (await ca.readMessages(id)).map(toMessage);
  },
  sendMessage: ownRequest(({ ca }, { id, text }) => ca.sendMessage(id, text)),
  sendDocument: ownRequest(({ ca }, { id, content, ...document }) =>
    ca.sendDocument(id, { ...document, content: new Uint8Array(Buffer.from(content, "base64")) }),
  ),
  planCall: ownRequest(({ ca }, { id, wish, language }) => ca.planCall(id, wish, language)),
  readCalls: async ({ ca, ownership }, node, { id }) => {
    await ownership.requireRequest(node, id);
    return (await ca.readCalls(id)).map((planned) => ({ ...planned }));
  },
  sendAgreement: ownRequest(({ ca }, { id, ...to }) => ca.sendAgreement(id, to)),
  cancelRequest: ownRequest(({ ca }, { id, reason }) => ca.cancelRequest(id, reason)),
  cancelCertificate: async ({ ca, ownership }, node, { id, reason }) => {
    await ownership.requireCertificate(node, id);
    await ca.cancelCertificate(id, reason);
    return null;
  },
};

/** How urgent an operation is, where the question does not say so itself. */
export function priorityOf(name: CaOperation, args: unknown): CaPriority {
  const { priority } = args as { priority?: CaPriority };
  if (priority !== undefined) return priority;
  return ["listPending", "listCertificates", "readCertificateFacts", "claim", "claimCertificate"].includes(
    name,
  )
    ? "background"
    : "user";
}

/** Operations that are answered from what the hub knows, and wait for nobody's turn at the CA. */
export const fromMemory: readonly CaOperation[] = [
  "listPending",
  "listCertificates",
  "offerHandOver",
  "takeHandOver",
  "withdrawHandOver",
  "readHandOver",
];

async function ownRequests(
  ownership: Desk["ownership"],
  node: string,
  ids: readonly number[],
): Promise<number[]> {
  const own = await Promise.all(ids.map(async (id) => (await ownership.ofRequest(id))?.node === node));
  return ids.filter((_id, index) => own[index] === true);
}

function ownRequest<A extends { readonly id: number }>(
  work: (desk: Desk, args: A) => Promise<void>,
): (desk: Desk, node: string, args: A) => Promise<null> {
  return async (desk, node, args) => {
    await desk.ownership.requireRequest(node, args.id);
    await work(desk, args);
    return null;
  };
}

/** What costs money goes through the fleet's own spending rules, at the CA's price. */
async function place(
  desk: Desk,
  node: string,
  order: Args<"order">,
  send: () => Promise<{ id: number }>,
): Promise<{ id: number }> {
  if (desk.dryRun) throw new CodedError("order-not-allowed", { detail: "the hub is set to policy.dryRun" });
  const keyId = await desk.keyIdOfCsr(order.csr);
  const product = (await desk.ca.listProducts()).find(({ id }) => id === order.productId);
  const cents = product === undefined ? null : priceOf(product, order.years, order.names).cents;
  return placeOnce(
    desk,
    { node, reference: order.reference, keyId, paid: { productId: order.productId, cents } },
    send,
  );
}

function toMessage<M extends { readonly at: Date }>(message: M): Omit<M, "at"> & { at: string } {
  return { ...message, at: message.at.toISOString() };
}

function refused(what: string): CodedError {
  return new CodedError("fleet-refused", { detail: `${what} is not this server's` });
}

/** What of an error may be told to a server: the code and what the CA said, never what the hub is made of. */
export function describeForServer(thrown: unknown): {
  code: string;
  detail: string;
  fields: { field: string; text: string }[];
  notBefore: string | null;
} {
  const error = asCodedError(thrown);
  return {
    code: error.code,
    detail: error.code === "internal" ? "" : error.detail.slice(0, 1_000),
    fields: error.fields.map((field) => ({ ...field })),
    notBefore: error.notBefore?.toISOString() ?? null,
  };
}
