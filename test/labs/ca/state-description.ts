import type { ReceivedRequest } from "./api-server.ts";
import type { CaState } from "./ca-state.ts";
import type { WebhookDelivery } from "./webhook-sender.ts";

/** The whole state as JSON can carry it; never a key or a password, which the CA's state does not hold. */
export function describeState(
  state: CaState,
  traffic: { calls: readonly ReceivedRequest[]; deliveries: readonly WebhookDelivery[] },
): unknown {
  return {
    now: state.now(),
    switches: state.switches,
    requests: [...state.orders.values()].map(({ csr, documents, ...order }) => ({
      ...order,
      csr: csr.pem,
      documents: documents.map(({ content, ...document }) => ({ ...document, bytes: content.length })),
    })),
    certificates: [...state.certificates.values()].map(({ issued, previous, ...certificate }) => ({
      ...certificate,
      names: issued.names,
      serial: issued.serial,
      notAfter: issued.notAfter,
      pem: issued.pem,
      previousSerial: previous?.serial ?? null,
    })),
    mails: state.mails,
    ...traffic,
  };
}
