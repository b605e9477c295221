import { z } from "zod";
import { caPriorities } from "../model/ca-priority.ts";
import { handOverId, hostName, caId as id, keyId } from "../model/shapes.ts";

/*
 * Everything that a server may ask of the hub, by name, with the shape of the question and of the answer. Both sides check
 * against this table: what is not in it does not exist, and nothing else of the CA's interface can be reached.
 */

const date = z.iso.datetime().transform((text) => new Date(text));
const priority = z.enum(caPriorities);
const text = z.string().max(10_000);
const dcvMethod = z.enum(["DNS", "FILE", "EMAIL"]);
/** Made by the server, 64 random bits: nobody else knows it. */
export const orderReference = z.string().regex(/^xs-[0-9a-f]{16}$/);

const order = z.strictObject({
  reference: orderReference,
  csr: z.string().max(32_768),
  names: z.array(hostName).min(1).max(1_000),
  dcvMethod,
  dcv: z
    .array(
      z.strictObject({ name: hostName, method: dcvMethod, approverEmail: z.string().max(254).nullable() }),
    )
    .max(1_000),
  withoutFreeName: z.boolean(),
  approverEmail: z.string().max(254).nullable(),
  organisation: z.record(z.string().max(64), z.string().max(1_000)),
});
const paid = order.extend({ productId: id, years: z.int().min(0).max(10) });

const message = z.strictObject({
  id: z.int(),
  at: date,
  fromCa: z.boolean(),
  text: z.string(),
});

const requestView = z.strictObject({
  id,
  brandReview: z.boolean(),
  requiresAction: z.boolean(),
  steps: z.array(
    z.strictObject({ key: z.string(), done: z.boolean(), attention: z.boolean(), text: z.string() }),
  ),
  dcv: z.array(
    z.strictObject({
      caName: z.string(),
      done: z.boolean(),
      method: dcvMethod.nullable(),
      dnsRecord: z.string().nullable(),
      dnsValue: z.string().nullable(),
      fileLocation: z.string().nullable(),
      fileContents: z.string().nullable(),
      email: z.string().nullable(),
    }),
  ),
  messages: z.array(message),
});

const price = z.strictObject({
  years: z.int(),
  cents: z.int().nullable(),
  extraCents: z.int().nullable(),
  extraWildcardCents: z.int().nullable(),
});
const product = z.strictObject({
  id,
  brand: z.string(),
  name: z.string(),
  type: z.enum(["SINGLE", "MULTI", "WILDCARD"]),
  validation: z.enum(["DV", "OV", "EV"]),
  includedNames: z.int(),
  maxNames: z.int().nullable(),
  prices: z.array(price),
});

const issued = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("issued"),
    certificateId: id,
    /** PEM; parsed and judged by the server itself. */
    leaf: z.string(),
    pool: z.array(z.string()),
    revoked: z.boolean(),
    termEnd: date.nullable(),
  }),
  z.strictObject({ kind: z.literal("none") }),
  z.strictObject({ kind: z.literal("other-key") }),
]);

const call = z.strictObject({
  action: z.enum(["schedule", "manual", "other-phone", "by-mail", "mail-again"]),
  date: z.string().max(10),
  time: z.string().max(5),
  timezone: z.string().max(64),
  phone: z.string().max(64).nullable(),
  extension: z.string().max(16).nullable(),
  email: z.string().max(254).nullable(),
  comments: z.string().max(2_000).nullable(),
});

const report = z.strictObject({
  version: z.string().max(64),
  panel: z.string().max(32),
  hostName: z.string().max(253),
  requests: z.record(z.string().max(32), z.int().nonnegative()),
  /** Work that is due, and work that waits for its next try. */
  queue: z.strictObject({ due: z.int().nonnegative(), waiting: z.int().nonnegative() }),
  failed: z.int().nonnegative(),
  /** Certificates that end within thirty days without a successor. */
  ending: z.int().nonnegative(),
  lastSweep: z.iso.datetime().nullable(),
});

/** What a server tells the fleet's administrator about itself. */
export type ServerReport = z.output<typeof report>;

const reissueId = z.string().regex(/^[0-9]{14}-[0-9a-f]{6}$/);

/** What a server has that could be reissued, by issuer and by the day on which it ends (days since 1970, UTC). */
const stock = z
  .array(
    z.strictObject({
      issuer: z.string().max(512),
      ends: z.array(z.tuple([z.int().min(0).max(200_000), z.int().positive()])).max(2_000),
    }),
  )
  .max(100);
export type Stock = z.output<typeof stock>;

const reissueProgress = z.strictObject({
  id: reissueId,
  all: z.int().nonnegative(),
  done: z.int().nonnegative(),
  /** Waits for somebody, or came to nothing. */
  stuck: z.int().nonnegative(),
  stopped: z.boolean(),
  /** When the first and the last of what is done were done. */
  firstAt: z.iso.datetime().nullable(),
  lastAt: z.iso.datetime().nullable(),
});
export type ReissueProgress = z.output<typeof reissueProgress>;

/** Many reissues that the fleet's administrator wants of a server; which certificates those are, the server knows. */
const reissueWish = z.strictObject({
  id: reissueId,
  reason: z.string().max(200),
  urgent: z.boolean(),
  /** Null: of every issuer. */
  issuer: z.string().max(512).nullable(),
  /** Null: whenever they end. */
  endsBefore: date.nullable(),
  /** What was ordered later is new enough. */
  wantedAt: date,
  stopped: z.boolean(),
});
export type ReissueWish = z.output<typeof reissueWish>;

export const handOverState = z.enum(["offered", "taken", "withdrawn"]);
export type HandOverState = z.output<typeof handOverState>;
/** An order that changes hands, with all that names it at the CA. */
export const handedOrder = z.strictObject({
  reference: orderReference,
  requestId: id.nullable(),
  certificateId: id.nullable(),
  keyId: keyId.nullable(),
});
export type HandedOrder = z.output<typeof handedOrder>;

/** One process of a server: what tells a restart from a second machine (docs/decisions/0010). */
const session = z.strictObject({
  id: z.uuid(),
  /** Those before it, of which the hub may know any one: since the last that it is known to know. */
  previous: z.array(z.uuid()).max(100),
  /** When this was asked, by the server's clock. */
  at: z.iso.datetime(),
  machine: z.string().regex(/^[0-9a-f]{64}$/),
});
export type SessionClaim = z.output<typeof session>;

interface Operation {
  readonly args: z.ZodType;
  readonly result: z.ZodType;
  /** Changes something at the CA: never done for a machine that may be a copy, and a lost answer is an unknown outcome. */
  readonly changes: boolean;
}

const nothing = z.null();
const sent = z.strictObject({ id });

export const operations = {
  hello: { args: z.strictObject({}), result: z.strictObject({ now: date }), changes: false },
  heartbeat: { args: report, result: z.strictObject({ now: date }), changes: false },
  moved: { args: z.strictObject({}), result: nothing, changes: false },
  copy: { args: z.strictObject({}), result: nothing, changes: false },
  /** What the server has and how far it is, for what there is to hear; the stock only when it changed. */
  news: {
    args: z.strictObject({ stock: stock.nullable(), progress: z.array(reissueProgress).max(50) }),
    result: z.strictObject({
      reissues: z.array(reissueWish),
      /** Which records of owners the hub goes by: other ones mean that the former are lost. */
      owners: z.string().max(64),
    }),
    changes: false,
  },
  /** Everything of an account is offered to one other server (docs/decisions/0011). */
  offerHandOver: {
    args: z.strictObject({
      id: handOverId,
      to: z.string().max(32),
      orders: z.array(handedOrder).min(1).max(10_000),
    }),
    result: nothing,
    changes: false,
  },
  takeHandOver: { args: z.strictObject({ id: handOverId }), result: nothing, changes: false },
  withdrawHandOver: { args: z.strictObject({ id: handOverId }), result: handOverState, changes: false },
  readHandOver: {
    args: z.strictObject({ id: handOverId }),
    result: handOverState.nullable(),
    changes: false,
  },
  claim: {
    args: z.strictObject({ reference: orderReference, requestId: id, certificateId: id.nullable() }),
    result: z.boolean(),
    changes: false,
  },
  /** For what the CA does not show under its request any more: the key proves whose it is. */
  claimCertificate: {
    args: z.strictObject({
      reference: orderReference,
      requestId: id,
      certificateId: id,
      publicKey: z.base64().max(4_096),
      signature: z.base64().max(4_096),
    }),
    result: z.boolean(),
    changes: false,
  },
  listProducts: { args: z.strictObject({}), result: z.array(product), changes: false },
  approverAddresses: {
    args: z.strictObject({ name: hostName }),
    result: z.array(z.string()),
    changes: false,
  },
  readRequest: { args: z.strictObject({ id, priority }), result: requestView.nullable(), changes: false },
  findIssued: {
    args: z.strictObject({
      ids: z.array(id).max(10),
      keyId,
      names: z.array(hostName).max(1_000),
      since: date,
      search: z.boolean(),
      priority,
    }),
    result: issued,
    changes: false,
  },
  listPending: {
    args: z.strictObject({}),
    result: z.array(z.strictObject({ id, requiresAction: z.boolean(), progress: z.string() })),
    changes: false,
  },
  listCertificates: {
    args: z.strictObject({}),
    result: z.array(z.strictObject({ id, name: z.string() })),
    changes: false,
  },
  readCertificateFacts: {
    args: z.strictObject({ id }),
    result: z
      .strictObject({
        keyId,
        serial: z.string(),
        issuer: z.string(),
        names: z.array(hostName),
        notAfter: date,
        productId: z.int().nullable(),
      })
      .nullable(),
    changes: false,
  },
  order: { args: paid, result: sent, changes: true },
  reissue: { args: order.extend({ certificateId: id, priority }), result: sent, changes: true },
  renew: { args: paid.extend({ certificateId: id }), result: sent, changes: true },
  findOrder: {
    args: z.strictObject({
      reference: orderReference,
      names: z.array(hostName).max(1_000),
      since: date,
      keyId: keyId.nullable(),
    }),
    result: id.nullable(),
    changes: false,
  },
  askToCheck: {
    args: z.strictObject({
      id,
      caName: z.string().max(253),
      method: dcvMethod,
      email: z.string().max(254).nullable(),
      priority,
    }),
    result: nothing,
    changes: true,
  },
  readMessages: { args: z.strictObject({ id }), result: z.array(message), changes: false },
  sendMessage: { args: z.strictObject({ id, text }), result: nothing, changes: true },
  sendDocument: {
    args: z.strictObject({
      id,
      name: z.string().max(255),
      type: z.string().max(100),
      description: z.string().max(1_000),
      content: z.base64(),
    }),
    result: nothing,
    changes: true,
  },
  planCall: {
    args: z.strictObject({ id, wish: call, language: z.string().max(16).nullable() }),
    result: nothing,
    changes: true,
  },
  readCalls: {
    args: z.strictObject({ id }),
    result: z.array(z.strictObject({ date: z.string(), time: z.string() })),
    changes: false,
  },
  sendAgreement: {
    args: z.strictObject({ id, email: z.string().max(254), language: z.string().max(16).nullable() }),
    result: nothing,
    changes: true,
  },
  cancelRequest: {
    args: z.strictObject({ id, reason: z.string().max(1_000) }),
    result: nothing,
    changes: true,
  },
  cancelCertificate: {
    args: z.strictObject({ id, reason: z.string().max(1_000) }),
    result: nothing,
    changes: true,
  },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;
export type Args<Name extends OperationName> = z.output<(typeof operations)[Name]["args"]>;
/** As it is sent: dates as texts. */
export type ArgsToSend<Name extends OperationName> = z.input<(typeof operations)[Name]["args"]>;
export type Result<Name extends OperationName> = z.output<(typeof operations)[Name]["result"]>;
export type ResultToSend<Name extends OperationName> = z.input<(typeof operations)[Name]["result"]>;

export function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

/** What a server sends; the name of the operation and its own are in the subject. */
export const question = z.strictObject({ session, args: z.unknown() });

/** What the hub answers. */
export const answer = z.union([
  z.strictObject({ result: z.unknown() }),
  z.strictObject({
    error: z.strictObject({
      code: z.string().max(64),
      detail: z.string().max(1_000),
      fields: z.array(z.strictObject({ field: z.string(), text: z.string() })).default([]),
      notBefore: date.nullable(),
    }),
  }),
]);
