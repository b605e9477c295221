import type { Product } from "./catalogue.ts";
import type { DcvMethod, DcvValues } from "./dcv-values.ts";
import type { SigningRequest } from "./signing-request.ts";
import type { LeafSwitches } from "./switches.ts";

/** A request as the CA keeps it: an order, a reissue or a renewal on its way to a certificate. */
export interface Order {
  id: number;
  kind: "order" | "reissue" | "renewal";
  /** For a reissue or renewal: the certificate it started from. */
  originalId: number | undefined;
  product: Product;
  years: number;
  csr: SigningRequest;
  uniqueValue: string | undefined;
  /** Set when issued. */
  certificateId: number | undefined;
  /** As ordered, the common name first. */
  names: string[];
  /** Added by the CA; undefined when refused, not applicable, or dropped unvalidated. */
  freeName: string | undefined;
  domains: DomainValidation[];
  steps: Partial<Record<StepName, Step>>;
  details: OrderDetails;
  orderedAt: Date;
  /** Since when only the free name has been missing. */
  waitingForFreeNameSince: Date | undefined;
  subscriptionEndsAt: Date;
  notes: Note[];
  calls: ValidationCall[];
  documents: UploadedDocument[];
  state: "pending" | "issued" | "cancelled" | "deleted";
  brandReview: boolean;
  requiresAction: boolean;
  /** A DCV string that was used up before; its names never validate (spec §9.6). */
  neverValidates: boolean;
  /** Reads left that do not show DCV values. */
  readsWithoutDcvValues: number;
  priceInCents: number;
}

export type StepName = "request" | "organization" | "whois" | "docs" | "phone";

export interface Step {
  done: boolean;
  /** 0 waiting, 1 done, -1 attention: a mail was sent (spec §3.2.1). */
  detail: number;
  text: string;
}

export interface DomainValidation {
  name: string;
  method: DcvMethod;
  email: string | undefined;
  done: boolean;
  text: string;
  values: DcvValues;
}

/** What is sent with an order and given back by `GET requests/{id}`. */
export type OrderDetails = Partial<Record<(typeof detailFields)[number], string>>;

export const detailFields = [
  "company",
  "department",
  "address",
  "zipcode",
  "city",
  "province",
  "country",
  "reference",
  "kvk",
  "approverFirstName",
  "approverLastName",
  "approverEmail",
  "approverPhone",
  "approverRepresentativeFirstName",
  "approverRepresentativeLastName",
  "approverRepresentativeEmail",
  "approverRepresentativePhone",
  "approverRepresentativePosition",
] as const;

export interface Note {
  id: number;
  contact: string | null;
  staff: string | null;
  message: string;
  createdAt: Date;
  endCustomer: boolean;
}

export interface ValidationCall {
  date: string;
  time: string;
  timezone: string;
  action: string;
  phoneNumber?: string;
  emailAddress?: string;
  comments?: string;
}

export interface UploadedDocument {
  fileName: string;
  contentType: string;
  description: string;
  content: Buffer;
}

/** A certificate as the CA keeps it; the reissue of a certificate under the same id replaces `issued` and keeps the old. */
export interface CertificateRecord {
  id: number;
  orderId: number;
  product: Product;
  company: string | undefined;
  subscriptionEndsAt: Date;
  years: number;
  issued: IssuedCertificate;
  previous: IssuedCertificate | undefined;
  revoked: boolean;
  /** The notice under a subscription is sent once per issued certificate. */
  announcedForReissue: boolean;
  /** Reads left that still look as before `issued` came (F-12). */
  staleReads: number;
}

export interface IssuedCertificate {
  names: string[];
  csr: SigningRequest;
  der: Buffer;
  pem: string;
  serial: string;
  issuedAt: Date;
  notAfter: Date;
  issuer: LeafSwitches["issuer"];
}
