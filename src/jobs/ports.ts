import type { CaPriority } from "../model/ca-priority.ts";
import type { Certificate } from "../model/certificate.ts";
import type { HostName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";
import type { MailNotice } from "../model/plan-notice.ts";
import type { NameLooks } from "../model/preflight.ts";
import type { Product } from "../model/product.ts";
import type { CallWish, CaMessage, DcvMethod, ValidationStep } from "../model/request.ts";
import type { Secret } from "../secret.ts";

/*
 * What the jobs need of the world outside, in the jobs' own words. The composition root fits the CA client, the key
 * store and the probes to these; a journey test fits whatever it wants to show.
 */

/** A pending request as the CA tells it, reduced to what decisions need (spec xolphin-api §3.2). */
export interface CaRequestView {
  readonly id: number;
  readonly brandReview: boolean;
  readonly requiresAction: boolean;
  readonly steps: readonly ValidationStep[];
  readonly dcv: readonly CaDcvView[];
  /** Oldest first. */
  readonly messages: readonly CaMessage[];
}

export interface CaDcvView {
  /** The CA's own spelling, sent back exactly (U9). */
  readonly caName: string;
  readonly done: boolean;
  readonly method: DcvMethod | null;
  readonly dnsRecord: string | null;
  readonly dnsValue: string | null;
  readonly fileLocation: string | null;
  readonly fileContents: string | null;
  readonly email: string | null;
}

/** The answer to "is it issued?", decided by certificate id or search and our public key (spec xolphin-api §8.2–8.4). */
export type IssuedAnswer =
  | {
      readonly kind: "issued";
      readonly certificateId: number;
      readonly leaf: Certificate;
      /** Every other certificate that came along, unsorted. */
      readonly pool: readonly Certificate[];
      /** The CA says that it is valid no longer. */
      readonly revoked: boolean;
      /** End of the paid term; null when the CA does not say. */
      readonly termEnd: Date | null;
    }
  /** The CA knows no certificate under these ids. */
  | { readonly kind: "none" }
  /** There is one, but for another key: the previous certificate during a reissue (U4). */
  | { readonly kind: "other-key" };

export interface OrderParameters {
  readonly reference: string;
  readonly csr: string;
  readonly names: readonly HostName[];
  readonly dcvMethod: DcvMethod;
  /** Per name, where it differs or an address is needed. */
  readonly dcv: readonly {
    readonly name: HostName;
    readonly method: DcvMethod;
    readonly approverEmail: string | null;
  }[];
  /** Do not add the free `www.` or bare name (spec xolphin-api §9.4). */
  readonly withoutFreeName: boolean;
  readonly approverEmail: string | null;
  readonly organisation: Readonly<Record<string, string>>;
}

export interface CaPort {
  /** Null: the CA does not know the id (404). */
  readRequest(id: number, priority: CaPriority): Promise<CaRequestView | null>;
  findIssued(
    query: {
      ids: readonly number[];
      keyId: string;
      names: readonly HostName[];
      since: Date;
      search: boolean;
    },
    priority: CaPriority,
  ): Promise<IssuedAnswer>;
  /** The ids of all pending requests; throws unless every page was read. A signal ends the walk before its next page, with its own reason. */
  listPending(signal?: AbortSignal): Promise<readonly PendingItem[]>;
  /** The ids of all certificates; in the same way. */
  listCertificates(signal?: AbortSignal): Promise<readonly { id: number; name: string }[]>;
  /** What tells a certificate from others, and as what it was bought; null when there is none to read. */
  readCertificateFacts(id: number): Promise<CertificateFacts | null>;
  order(order: OrderParameters & { productId: number; years: number }): Promise<{ id: number }>;
  reissue(certificateId: number, order: OrderParameters, priority: CaPriority): Promise<{ id: number }>;
  renew(
    certificateId: number,
    order: OrderParameters & { productId: number; years: number },
  ): Promise<{ id: number }>;
  /** Looks for an order whose reply was lost; null when a complete walk found none. */
  findOrder(query: {
    reference: string;
    names: readonly HostName[];
    since: Date;
    keyId: string | null;
  }): Promise<number | null>;
  /** What this account may order, with its prices; believed for an hour. */
  listProducts(): Promise<readonly Product[]>;
  /** The addresses that may approve a name by mail; no others do. */
  approverAddresses(name: HostName): Promise<readonly string[]>;
  askToCheck(
    id: number,
    check: { caName: string; method: DcvMethod; email: string | null },
    priority: CaPriority,
  ): Promise<void>;
  readMessages(id: number): Promise<readonly CaMessage[]>;
  sendMessage(id: number, text: string): Promise<void>;
  sendDocument(id: number, document: Document): Promise<void>;
  planCall(id: number, wish: CallWish, language: string | null): Promise<void>;
  /** `date` and `time` as the CA gives them, `YYYY-MM-DD` and `HH:mm`. */
  readCalls(id: number): Promise<readonly { readonly date: string; readonly time: string }[]>;
  sendAgreement(id: number, to: { readonly email: string; readonly language: string | null }): Promise<void>;
  cancelRequest(id: number, reason: string): Promise<void>;
  cancelCertificate(id: number, reason: string): Promise<void>;
}

export interface MailPort {
  /** Puts what there is to tell into one mail, in that language, and sends it. Throws `mail-not-sent`. */
  send(mail: {
    readonly to: string;
    /** Makes the mail recognisable if it is sent twice. */
    readonly id: string;
    readonly language: string | null;
    readonly notices: readonly MailNotice[];
  }): Promise<void>;
}

/** A document that proves something about an organisation. */
export interface Document {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
  readonly description: string;
}

export interface PendingItem {
  readonly id: number;
  readonly requiresAction: boolean;
  /** Changes when any step changes, so that a walk can tell which requests to read again. */
  readonly progress: string;
}

export interface KeysPort {
  read(keyId: string): Promise<Secret>;
  has(keyId: string): Promise<boolean>;
  /** Makes a key, safely on disk on return; the result names it. */
  create(kind: KeyKind): Promise<string>;
  /** Takes over a key, safely on disk on return. Throws `key-invalid` or `key-weak`. */
  import(pem: Secret): Promise<string>;
  /** Keeps the key of a certificate that is about to be replaced, whatever its kind, to be able to put it back. */
  keep(keyId: string, key: Secret): Promise<void>;
  destroy(keyId: string): Promise<void>;
}

export const keyKinds = ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"] as const;
export type KeyKind = (typeof keyKinds)[number];

/** Makes the CSR for names with the key of that id. */
export type MakeCsr = (names: readonly HostName[], keyId: string) => Promise<string>;

export interface ProbePort {
  /** Handshakes at once, one per target; never throws. */
  lookAt(targets: readonly ServedTarget[]): Promise<readonly Served[]>;
  /** What the other TLS services of a name present; for reporting only. */
  lookAtServices(name: HostName, address: string): Promise<readonly Served[]>;
  /** The certificate that a name shows on an address; null when no handshake came about. Never throws. */
  certificateOf(name: HostName, address: string): Promise<{ leaf: Certificate; complete: boolean } | null>;
  /** Is the record visible from outside our own cache? */
  recordVisible(record: { owner: string; type: "CNAME" | "TXT"; value: string }): Promise<boolean>;
  /** Where a name leads, by the resolvers of the settings; null when none of them answers. Never throws. */
  addressesOf(name: HostName): Promise<readonly string[] | null>;
  /** What is seen of a name before an order; never throws. */
  lookBeforeOrder(
    name: HostName,
    own: { readonly addresses: readonly string[]; readonly nameServers: readonly string[] },
  ): Promise<NameLooks>;
  /** Throws `dcv-file-blocked` when something else is served in its place. */
  fileVisible(file: { host: HostName; path: string; content: string }): Promise<boolean>;
}

export interface ServedTarget {
  readonly name: HostName;
  readonly address: string;
}

/** A certificate at the CA: by what it is known here, and the product that it was bought as. */
export interface CertificateFacts {
  readonly keyId: string;
  /** Upper-case hex. */
  readonly serial: string;
  readonly issuer: string;
  readonly names: readonly HostName[];
  readonly notAfter: Date;
  /** Null where the CA does not say. */
  readonly productId: number | null;
}
