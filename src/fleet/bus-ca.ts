import { CodedError } from "../errors.ts";
import type { CaPort, OrderParameters } from "../jobs/ports.ts";
import { type Certificate, parseCertificates } from "../model/certificate.ts";
import type { Ask } from "./ask.ts";
import type { ArgsToSend } from "./operations.ts";

/**
 * The CA as a server of a fleet sees it: the same port as with an account of its own, answered by the hub. Whoever has the
 * port can't tell the difference.
 */
export function createBusCa(ask: Ask): CaPort {
  return {
    listProducts: () => ask("listProducts", {}),
    approverAddresses: (name) => ask("approverAddresses", { name }),
    readRequest: (id, priority) => ask("readRequest", { id, priority }),
    async findIssued({ ids, keyId, names, since, search }, priority) {
      const found = await ask("findIssued", {
        ids: [...ids],
        keyId,
        names: [...names],
        since: since.toISOString(),
        search,
        priority,
      });
      if (found.kind !== "issued") return found;
      return { ...found, leaf: one(found.leaf), pool: found.pool.map(one) };
    },
    listPending: () => ask("listPending", {}),
    listCertificates: () => ask("listCertificates", {}),
    readCertificateFacts: (id) => ask("readCertificateFacts", { id }),
    order: ({ productId, years, ...order }) => ask("order", { ...toSend(order), productId, years }),
    reissue: (certificateId, order, priority) =>
      ask("reissue", { ...toSend(order), certificateId, priority }),
    renew: (certificateId, { productId, years, ...order }) =>
      ask("renew", { ...toSend(order), certificateId, productId, years }),
    findOrder: ({ reference, names, since, keyId }) =>
      ask("findOrder", { reference, names: [...names], since: since.toISOString(), keyId }),
    askToCheck: async (id, check, priority) => void (await ask("askToCheck", { id, ...check, priority })),
    readMessages: (id) => ask("readMessages", { id }),
    sendMessage: async (id, text) => void (await ask("sendMessage", { id, text })),
    async sendDocument(id, { name, type, description, content }) {
      const encoded = Buffer.from(content).toString("base64");
      await ask("sendDocument", { id, name, type, description, content: encoded });
    },
    planCall: async (id, wish, language) => void (await ask("planCall", { id, wish: { ...wish }, language })),
    readCalls: (id) => ask("readCalls", { id }),
    sendAgreement: async (id, to) => void (await ask("sendAgreement", { id, ...to })),
    cancelRequest: async (id, reason) => void (await ask("cancelRequest", { id, reason })),
    cancelCertificate: async (id, reason) => void (await ask("cancelCertificate", { id, reason })),
  };
}

function toSend(order: OrderParameters): Omit<ArgsToSend<"order">, "productId" | "years"> {
  const { reference, csr, names, dcvMethod, dcv, withoutFreeName, approverEmail, organisation } = order;
  return {
    reference,
    csr,
    names: [...names],
    dcvMethod,
    dcv: dcv.map((entry) => ({ ...entry })),
    withoutFreeName,
    approverEmail,
    organisation: { ...organisation },
  };
}

/** Parsed here again: what came over the bus is judged like what came from the CA. */
function one(pem: string): Certificate {
  const [certificate] = parseCertificates(pem);
  if (certificate === undefined) throw new CodedError("bus-answer-unreadable", { detail: "no certificate" });
  return certificate;
}
