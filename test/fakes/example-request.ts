import type { HostName } from "../../src/model/host-name.ts";
import type { NewRequest } from "../../src/store/requests.ts";

/** An order of one account that waits for its validation, as the store takes it. */
export function exampleRequest(change: Partial<NewRequest> = {}): NewRequest {
  return {
    reference: "xs-1",
    kind: "order",
    predecessor: null,
    account: "bob",
    accountCreatedAt: null,
    names: ["example.test", "www.example.test"] as HostName[],
    productId: 90,
    productName: "EssentialSSL",
    validation: "DV",
    years: 1,
    dcvMethod: "DNS",
    keyId: null,
    csr: null,
    caRequestId: null,
    caCertificateId: null,
    state: "validating",
    reason: null,
    detail: "",
    steps: [],
    fingerprint: null,
    notAfter: null,
    goneSince: null,
    createdAt: new Date("2026-11-24T09:00:00Z"),
    ...change,
  };
}
