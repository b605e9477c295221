import { z } from "zod";
import { CodedError } from "../errors.ts";
import { hostName, caId as id, keyId } from "../model/shapes.ts";
import { Secret } from "../secret.ts";
import type { StoredRequest } from "../store/requests.ts";
import type { Store } from "../store/store.ts";
import type { KeysPort } from "./ports.ts";

/*
 * What goes along when an account moves: its orders with their settings and history, certificates, keys, and the
 * organisation it last used. The receiving server takes nothing of it on trust: every shape and every key is checked.
 */

const at = z.int().nonnegative();
const dcvMethod = z.enum(["DNS", "FILE", "EMAIL"]);
const short = z.string().max(1_000);
const fields = z.record(z.string().max(64), short);
const reference = z.string().regex(/^xs-[0-9a-z]{8,32}$/);

const certificate = z.strictObject({
  fingerprint: keyId,
  keyId,
  pem: z.string().max(65_536),
  chainPem: z.string().max(262_144),
  collectedAt: at,
});

const event = z.strictObject({
  at,
  kind: z.string().max(32),
  source: z.enum(["webhook", "sweep", "command", "page", "agent"]),
  data: z.record(z.string().max(32), z.union([z.string().max(10_000), z.number(), z.boolean()])),
});

const request = z.strictObject({
  reference,
  kind: z.enum(["order", "reissue", "renewal", "adopted"]),
  predecessor: reference.nullable(),
  names: z.array(hostName).min(1).max(1_000),
  productId: id.nullable(),
  productName: short.nullable(),
  validation: z.enum(["DV", "OV", "EV"]).nullable(),
  years: z.int().min(0).max(10).nullable(),
  dcvMethod: dcvMethod.nullable(),
  keyId: keyId.nullable(),
  csr: z.string().max(32_768).nullable(),
  caRequestId: id.nullable(),
  caCertificateId: id.nullable(),
  fingerprint: keyId.nullable(),
  notBefore: at.nullable(),
  notAfter: at.nullable(),
  termEnd: at.nullable(),
  keyKind: z.string().max(16).nullable(),
  organisation: fields,
  renewalChoice: z.enum(["automatic", "ask", "never"]).nullable(),
  answeredAt: at.nullable(),
  createdAt: at,
  certificate: certificate.nullable(),
  timeline: z.array(event).max(10_000),
});
export type MovedRequest = z.output<typeof request>;

const parcel = z.strictObject({
  requests: z.array(request).min(1).max(10_000),
  keys: z.array(z.strictObject({ keyId, pem: z.string().max(32_768) })).max(10_000),
  organisation: fields,
});
/** Everything of one account. */
export type AccountParcel = z.output<typeof parcel>;

/** Puts together what goes along. A key that is not here, because it was made elsewhere, does not. */
export async function packAccount(
  store: Store,
  keys: KeysPort,
  account: { readonly name: string; readonly createdAt: string | null },
  references: readonly string[],
): Promise<Secret> {
  const found = references.flatMap((one) => store.requests.get(one) ?? []);
  const packed: { keyId: string; pem: string }[] = [];
  for (const one of new Set(found.flatMap((owner) => owner.keyId ?? []))) {
    if (await keys.has(one)) packed.push({ keyId: one, pem: (await keys.read(one)).reveal() });
  }
  const content: z.input<typeof parcel> = {
    requests: found.map((one) => packRequest(store, one)),
    keys: packed,
    organisation: { ...store.drafts.organisationOf(account.name, account.createdAt) },
  };
  return new Secret(JSON.stringify(content));
}

function packRequest(store: Store, found: StoredRequest): z.input<typeof request> {
  const stored = store.certificates.latestOf(found.reference);
  const time = (date: Date | null): number | null => date?.getTime() ?? null;
  return {
    reference: found.reference,
    kind: found.kind,
    predecessor: found.predecessor,
    names: [...found.names],
    productId: found.productId,
    productName: found.productName,
    validation: found.validation,
    years: found.years,
    dcvMethod: found.dcvMethod,
    keyId: found.keyId,
    csr: found.csr,
    caRequestId: found.caRequestId,
    caCertificateId: found.caCertificateId,
    fingerprint: found.fingerprint,
    notBefore: time(found.notBefore),
    notAfter: time(found.notAfter),
    termEnd: time(found.termEnd),
    keyKind: found.keyKind,
    organisation: { ...found.organisation },
    renewalChoice: found.renewalChoice,
    answeredAt: time(found.answeredAt),
    createdAt: found.createdAt.getTime(),
    certificate:
      stored === null || stored.fingerprint !== found.fingerprint
        ? null
        : {
            fingerprint: stored.fingerprint,
            keyId: stored.keyId,
            pem: stored.pem,
            chainPem: stored.chainPem,
            collectedAt: stored.collectedAt.getTime(),
          },
    timeline: store.timeline.of(found.reference).map((line) => ({ ...line, at: line.at.getTime() })),
  };
}

/** Throws `handover-refused` for what does not have the shape; nothing of the content is said, it holds keys. */
export function unpackAccount(content: Secret): AccountParcel {
  try {
    return parcel.parse(JSON.parse(content.reveal()));
  } catch {
    throw new CodedError("handover-refused", { detail: "what is in it has not the form of this version" });
  }
}
