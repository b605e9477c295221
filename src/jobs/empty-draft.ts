import { randomBytes } from "node:crypto";
import type { NewRequest, StoredRequest } from "../store/requests.ts";

/** What the CA keeps of an order, and by which a lost one is found. */
export function newReference(): string {
  return `xs-${randomBytes(8).toString("hex")}`;
}

/** A draft with whose it is, and nothing chosen yet. */
export function emptyDraft(
  { account, accountCreatedAt, names }: Pick<StoredRequest, "account" | "accountCreatedAt" | "names">,
  reference: string,
  createdAt: Date,
): NewRequest {
  return {
    reference,
    kind: "order",
    predecessor: null,
    account,
    accountCreatedAt,
    names,
    productId: null,
    productName: null,
    validation: null,
    years: null,
    dcvMethod: null,
    keyId: null,
    csr: null,
    caRequestId: null,
    caCertificateId: null,
    state: "draft",
    reason: null,
    detail: "",
    steps: [],
    fingerprint: null,
    notAfter: null,
    goneSince: null,
    createdAt,
  };
}
