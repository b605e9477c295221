import { CodedError } from "../errors.ts";
import type { FleetMember } from "../fleet/member.ts";
import { adoptRequest } from "../jobs/adopt-certificate.ts";
import { advanceRequest } from "../jobs/advance-request.ts";
import { cancelRequest } from "../jobs/cancel-request.ts";
import { changeValidation } from "../jobs/change-validation.ts";
import type { JobContext } from "../jobs/context.ts";
import { ownsFreeName } from "../jobs/free-name.ts";
import { installCertificates } from "../jobs/install-certificates.ts";
import { type OrderWish, placeOrder } from "../jobs/place-order.ts";
import { keyKinds } from "../jobs/ports.ts";
import { followCertificate } from "../jobs/renew-certificate.ts";
import { noteRestored } from "../jobs/restored-orders.ts";
import { compareSoon, sweep } from "../jobs/sweep.ts";
import { haveKey } from "../jobs/take-key.ts";
import { verifyInstallation } from "../jobs/verify-installation.ts";
import { asHostName, type HostName, isWildcard, parseHostName } from "../model/host-name.ts";
import { organisationProblems } from "../model/organisation.ts";
import { type Product, priceOf } from "../model/product.ts";
import type { DcvMethod } from "../model/request.ts";
import type { Account } from "../panel.ts";
import { Secret } from "../secret.ts";
import type { StoredRequest } from "../store/requests.ts";
import type { AccountMover } from "./account-mover.ts";
import { describeRequest, type RequestReport } from "./describe-request.ts";
import type { DoctorReport } from "./doctor.ts";
import { createManyOperations } from "./many-operations.ts";
import { metricsText } from "./metrics.ts";
import type { Operations, OrderArguments, StatusReport } from "./operations.ts";

export interface OperationServices {
  readonly context: JobContext;
  /** Null for a server of its own. */
  readonly fleet: FleetMember | null;
  /** Null for a server of its own. */
  readonly mover: AccountMover | null;
  readStatus(): StatusReport;
  runDoctor(): Promise<DoctorReport>;
  /** Names that a certificate or pending request has at the CA; null when the CA does not know the id. */
  readCaNames(id: number): Promise<readonly string[] | null>;
}

const methods: Readonly<Record<string, DcvMethod>> = { dns: "DNS", file: "FILE", email: "EMAIL" };

/** Builds the operations of a running agent. The caller is root or the service account: an administrator. */
export function createOperations(services: OperationServices): Operations {
  const { context } = services;
  const { store, clock } = context;

  function member(): FleetMember {
    if (services.fleet !== null) return services.fleet;
    throw new CodedError("input-invalid", { detail: "this server is in no fleet" });
  }

  function mover(): AccountMover {
    if (services.mover !== null) return services.mover;
    throw new CodedError("input-invalid", {
      detail:
        "this server is in no fleet; between servers of their own, `adopt` takes a certificate over with its key",
    });
  }

  function find(id: string): StoredRequest {
    const byNumber = /^[1-9]\d{0,14}$/.test(id) ? store.requests.byCaId(Number(id))[0] : undefined;
    const request = byNumber ?? store.requests.get(id);
    if (request === null || request === undefined)
      throw new CodedError("not-found", { detail: `no request ${id}` });
    return request;
  }

  function report(reference: string): RequestReport {
    return describeRequest(store, find(reference));
  }

  async function follow(id: string, kind: "reissue" | "renewal"): Promise<RequestReport> {
    const predecessor = find(id);
    if (predecessor.caCertificateId === null) {
      throw new CodedError("input-invalid", { detail: "there is no certificate to follow yet" });
    }
    const wish = { kind, names: null, keyKind: null };
    const placed = await followCertificate(context, predecessor.reference, wish, "command");
    return report(placed.reference);
  }

  return {
    async status() {
      return services.readStatus();
    },

    async listRequests({ account, state, limit }) {
      return store.requests.list({ account, state, limit }).map((request) => describeRequest(store, request));
    },

    async showRequest(id) {
      return report(id);
    },

    async order(order) {
      const wish = await checkOrder(services, order);
      const placed = await placeOrder(context, context.makeCsr, wish, "command");
      return report(placed.reference);
    },

    async adopt({ id, keyPem, account }) {
      if (!/^[1-9]\d{0,14}$/.test(id))
        throw new CodedError("input-invalid", { detail: "the id is the CA's number" });
      const given = keyPem === null ? null : await context.keys.import(new Secret(keyPem));
      const caNames = await services.readCaNames(Number(id));
      if (caNames === null) throw new CodedError("ca-not-found", { detail: `the CA does not know ${id}` });
      const names = caNames.map(asHostName).filter((name) => name !== null);
      const owner = await readOwner(context, account, names);
      const keyId = given ?? (await findKeyOf(context, Number(id), owner?.name ?? null));
      const adopted = adoptRequest(
        context,
        {
          caId: Number(id),
          keyId,
          account: owner?.name ?? null,
          accountCreatedAt: owner?.createdAt ?? null,
          names,
        },
        "command",
      );
      await advanceRequest(context, adopted.reference);
      return report(adopted.reference);
    },

    async collect(id) {
      const request = find(id);
      await advanceRequest(context, request.reference);
      if (find(request.reference).fingerprint === null) throw new CodedError("not-issued-yet");
      return report(request.reference);
    },

    async install(id, { vhost, force }) {
      const request = find(id);
      if (request.fingerprint === null) throw new CodedError("not-issued-yet");
      const before = verifiedCount(request);
      const outcomes = await installCertificates(context, new Map([[request.reference, { force, vhost }]]));
      const outcome = outcomes.get(request.reference);
      if (outcome !== undefined && "error" in outcome) throw outcome.error;
      for (const { id: installation, state } of store.installations.of(request.reference)) {
        if (state === "applied") await verifyInstallation(context, installation);
      }
      const after = report(request.reference);
      if (before > 0 && verifiedCount(find(request.reference)) === before && !changed(request, after)) {
        throw new CodedError("nothing-to-do", { detail: "it is installed and served already" });
      }
      return after;
    },

    async verify(id) {
      const request = find(id);
      const installed = store.installations
        .of(request.reference)
        .filter(({ state }) => state === "applied" || state === "verified");
      if (installed.length === 0)
        throw new CodedError("nothing-to-do", { detail: "it is installed nowhere" });
      for (const { id: installation } of installed) await verifyInstallation(context, installation);
      const open = store.installations.of(request.reference).find(({ state }) => state === "applied");
      if (open !== undefined) throw new CodedError(open.reason ?? "not-served-yet", { detail: open.vhost });
      return report(request.reference);
    },

    reissue: (id) => follow(id, "reissue"),
    renew: (id) => follow(id, "renewal"),

    async cancel(id, reason) {
      const request = find(id);
      await cancelRequest(context, request, reason, "command");
      return report(request.reference);
    },

    async retryDcv(id, { name, method, email }) {
      const request = find(id);
      if (request.caRequestId === null)
        throw new CodedError("input-invalid", { detail: "the CA has no request yet" });
      const change = {
        name: name === null ? null : parseHostName(name),
        method: method === null ? null : readMethod(method, []),
        email,
      };
      await changeValidation(context, request, change, "command");
      return report(request.reference);
    },

    ...createManyOperations(context),

    async sweep() {
      for (const part of ["full", "installed"] as const) await sweep(context, part);
      context.wake();
      return { requests: store.work.counts(clock.now()).due };
    },

    doctor: () => services.runDoctor(),
    async fleetMoved() {
      await member().moved();
      context.wake();
      return {};
    },
    async fleetCopy() {
      await member().copy();
      return {};
    },
    receiveAccount: async (account) => mover().receive(account),
    giveAccount: async ({ account, invitation }) => mover().give(account, invitation),
    takeAccount: async (file) => mover().take(file),
    takeAccountBack: async (account) => mover().takeBack(account),
    listHandovers: async () => services.mover?.list() ?? [],
    metrics: async () => metricsText(await services.readStatus(), context.clock.now()),

    async panelChanged() {
      compareSoon(context);
      context.wake();
      return {};
    },

    async restored({ ids }) {
      if (!Array.isArray(ids) || !ids.every((id) => Number.isSafeInteger(id) && id > 0)) {
        throw new CodedError("input-invalid", { detail: "ids are the CA's numbers" });
      }
      noteRestored(context, ids);
      return {};
    },
  };

  function verifiedCount(request: StoredRequest): number {
    return store.installations.of(request.reference).filter(({ state }) => state === "verified").length;
  }
}

function changed(before: StoredRequest, after: RequestReport): boolean {
  return before.state !== after.state || before.updatedAt.toISOString() !== after.updatedAt;
}

async function checkOrder(services: OperationServices, order: OrderArguments): Promise<OrderWish> {
  const { context } = services;
  const names = order.names.map(parseHostName);
  const [commonName] = names;
  if (commonName === undefined)
    throw new CodedError("input-invalid", { detail: "at least one name is needed" });
  const account = await context.panel.readAccount(order.account);
  if (account.suspended) throw new CodedError("account-suspended");
  const product = await findProduct(context, order.product);
  if (!product.prices.some(({ years }) => years === order.years)) {
    const offered = product.prices.map(({ years }) => years).join(", ");
    throw new CodedError("input-invalid", {
      fields: [{ field: "years", text: `${product.name} is sold for ${offered} years` }],
    });
  }
  const dcvMethod = readMethod(order.dcv, names);
  if (dcvMethod === "EMAIL" && order.approver === null) {
    throw new CodedError("input-invalid", {
      fields: [{ field: "approver", text: "is needed for validation by mail" }],
    });
  }
  const keyKind = keyKinds.find((kind) => kind === (order.key ?? "rsa-2048"));
  if (keyKind === undefined) {
    throw new CodedError("input-invalid", {
      fields: [{ field: "key", text: `must be one of ${keyKinds.join(", ")}` }],
    });
  }
  const organisation = context.store.drafts.organisationOf(account.name, account.createdAt);
  const missing = organisationProblems(organisation, product.validation);
  if (missing.length > 0) {
    throw new CodedError("order-incomplete", {
      detail: `${product.name} is ${product.validation}: give the organisation of ${account.name} once on the order pages`,
      fields: missing.map(({ field, kind }) => ({ field, text: kind })),
    });
  }
  return {
    kind: "order",
    predecessor: null,
    account: account.name,
    accountCreatedAt: account.createdAt,
    names: [...new Set(names)],
    product,
    years: order.years,
    dcvMethod,
    approverEmail: order.approver,
    withoutFreeName: !(await ownsFreeName(context, account.name, names)),
    keyKind,
    organisation,
    cents: priceOf(product, order.years, names).cents,
  };
}

function readMethod(text: string, names: readonly HostName[]): DcvMethod {
  const method = methods[text.toLowerCase()];
  if (method === undefined) {
    throw new CodedError("input-invalid", { fields: [{ field: "dcv", text: "must be dns, file or email" }] });
  }
  // Not since November 2021 (spec xolphin-api §9.1).
  if (method === "FILE" && names.some(isWildcard)) throw new CodedError("dcv-method-unsupported");
  return method;
}

async function findProduct({ ca }: JobContext, wanted: string): Promise<Product> {
  const products = await ca.listProducts();
  const product = products.find(
    ({ id, name }) => String(id) === wanted || name.toLowerCase() === wanted.toLowerCase(),
  );
  if (product === undefined) {
    throw new CodedError("input-invalid", {
      fields: [{ field: "product", text: "is not sold to this account" }],
    });
  }
  return product;
}

/** The key of an issued certificate, from our own store or the panel's (see `haveKey`). Throws `key-missing`. */
async function findKeyOf(context: JobContext, caId: number, account: string | null): Promise<string> {
  const facts = await context.ca.readCertificateFacts(caId);
  if (facts === null) {
    throw new CodedError("key-missing", { detail: "a key can be looked for once the certificate is issued" });
  }
  if (await haveKey(context, account, facts.keyId)) return facts.keyId;
  throw new CodedError("key-missing", { detail: "neither here nor in the panel's store for the account" });
}

/** Whose it is: the named account, or the one whose vhost has the first name. */
async function readOwner(
  context: JobContext,
  account: string | null,
  names: readonly HostName[],
): Promise<Account | null> {
  if (account !== null) return context.panel.readAccount(account);
  const vhosts = await context.panel.listVhosts();
  const vhost = vhosts.find((candidate) => candidate.names.some((name) => names.includes(name)));
  return vhost === undefined ? null : context.panel.readAccount(vhost.account);
}
