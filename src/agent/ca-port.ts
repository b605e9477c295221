import type { CaTransport } from "../ca/ca-transport.ts";
import { cancelCertificate } from "../ca/cancel-certificate.ts";
import { cancelRequest } from "../ca/cancel-request.ts";
import { createRequest } from "../ca/create-request.ts";
import { downloadCertificate } from "../ca/download-certificate.ts";
import { findOrderByReference } from "../ca/find-order.ts";
import { getApproverEmailAddresses } from "../ca/get-approver-email-addresses.ts";
import { getCertificate } from "../ca/get-certificate.ts";
import { getCertificates } from "../ca/get-certificates.ts";
import { getNotes } from "../ca/get-notes.ts";
import { getProducts } from "../ca/get-products.ts";
import { getRequest } from "../ca/get-request.ts";
import { getRequests } from "../ca/get-requests.ts";
import { getValidationCalls } from "../ca/get-validation-calls.ts";
import { findIssued } from "../ca/issued.ts";
import type { OrderForm } from "../ca/order-fields.ts";
import { postNote } from "../ca/post-note.ts";
import { reissueCertificate } from "../ca/reissue-certificate.ts";
import { renewCertificate } from "../ca/renew-certificate.ts";
import { retryDcv } from "../ca/retry-dcv.ts";
import {
  scheduleValidationCall,
  type ValidationCallAction,
  type ValidationCallWish,
} from "../ca/schedule-validation-call.ts";
import type { CaDcvDomain, CaNote, CaProduct, CaRequest } from "../ca/schema.ts";
import { sendSubscriberAgreement } from "../ca/send-subscriber-agreement.ts";
import { uploadDocument } from "../ca/upload-document.ts";
import type { Clock } from "../clock.ts";
import { asCodedError } from "../errors.ts";
import type { CaDcvView, CaPort, CaRequestView, OrderParameters } from "../jobs/ports.ts";
import { parseCertificates } from "../model/certificate.ts";
import type { Product } from "../model/product.ts";
import type { CallWish, CaMessage } from "../model/request.ts";
import { cached } from "./cached.ts";

/** How long the catalogue is believed (spec xolphin-api §6.1). */
const productsFresh = 3_600_000;

/** Fits the CA client to what the jobs ask for. */
export function createCaPort(transport: CaTransport, clock: Clock): CaPort {
  return {
    listProducts: cached(clock, productsFresh, async () =>
      (await getProducts(transport, "user")).flatMap(toProduct),
    ),
    approverAddresses: (name) => getApproverEmailAddresses(transport, name),
    async readRequest(id, priority) {
      const request = await orNull(getRequest(transport, id, priority));
      return request === null ? null : toView(request);
    },
    findIssued: ({ names, ...query }, priority) =>
      findIssued(transport, { ...query, name: names[0] ?? null }, priority),
    async listPending(signal) {
      const listed = await getRequests(transport, "background", signal);
      return listed.map((request) => ({
        id: request.id,
        requiresAction: request.requiresAction,
        progress: progressOf(request),
      }));
    },
    async listCertificates(signal) {
      const listed = await getCertificates(transport, "background", null, signal);
      return listed.map(({ id, domainName }) => ({ id, name: domainName ?? "" }));
    },
    async readCertificateFacts(id) {
      const file = await orNull(downloadCertificate(transport, id, "CRT", "background"));
      const [leaf] = file === null ? [] : parseCertificates(file);
      if (leaf === undefined) return null;
      const { product } = await getCertificate(transport, id, "background");
      const { keyId, serial, issuer, names, notAfter } = leaf;
      return { keyId, serial, issuer, names, notAfter, productId: product.id };
    },
    async order({ productId, years, ...order }) {
      const { id } = await createRequest(transport, { ...toForm(order), productId, years });
      return { id };
    },
    async reissue(certificateId, order, priority) {
      const { id } = await reissueCertificate(transport, certificateId, toForm(order), priority);
      return { id };
    },
    async renew(certificateId, { productId, years, ...order }) {
      const { id } = await renewCertificate(transport, certificateId, { ...toForm(order), productId, years });
      return { id };
    },
    findOrder: ({ reference, names, since, keyId }) =>
      findOrderByReference(transport, { reference, name: names[0] ?? "", since, keyId }),
    askToCheck: (id, { caName, method, email }, priority) =>
      retryDcv(transport, id, { domain: caName, dcvType: method, email }, priority),
    async readMessages(id) {
      return (await getNotes(transport, id)).map(toMessage);
    },
    sendMessage: (id, message) => postNote(transport, id, { message, endCustomer: false }),
    sendDocument: (id, document) => uploadDocument(transport, id, document),
    planCall: (id, wish, language) => scheduleValidationCall(transport, id, toCall(wish, language)),
    async readCalls(id) {
      const calls = await getValidationCalls(transport, id);
      return calls.flatMap(({ date, time }) => (date === null ? [] : [{ date, time: time ?? "" }]));
    },
    sendAgreement: (id, to) => sendSubscriberAgreement(transport, id, to),
    cancelRequest: (id, reason) => cancelRequest(transport, id, reason),
    cancelCertificate: (id, reason) => cancelCertificate(transport, id, reason, true),
  };
}

const types = ["SINGLE", "MULTI", "WILDCARD"] as const;

/** Other types (code signing, mail) are sold too, but nothing here can install them (spec xolphin-api §6.1). */
function toProduct(product: CaProduct): Product[] {
  const type = types.find((known) => known === product.type?.toUpperCase());
  const validation = product.validation?.toUpperCase();
  if (type === undefined) return [];
  return [
    {
      id: product.id,
      brand: product.brand ?? "",
      name: product.name ?? String(product.id),
      type,
      validation: validation === "OV" || validation === "EV" ? validation : "DV",
      includedNames: product.includedDomains ?? 1,
      maxNames: product.maxDomains,
      prices: product.prices.map(({ years, price, extraPrice, extraPriceWildcard }) => ({
        years,
        cents: price?.cents ?? null,
        extraCents: extraPrice?.cents ?? null,
        extraWildcardCents: extraPriceWildcard?.cents ?? null,
      })),
    },
  ];
}

function toView(request: CaRequest): CaRequestView {
  return {
    id: request.id,
    brandReview: request.brandValidation,
    requiresAction: request.requiresAction,
    steps: request.steps,
    dcv: request.dcvDomains.map(toDcvView),
    messages: request.notes.map(toMessage),
  };
}

/** A message without a time is as old as can be: it is shown first and wakes nobody. */
function toMessage(note: CaNote, index: number): CaMessage {
  return {
    id: note.id ?? -1 - index,
    at: note.createdAt ?? new Date(0),
    fromCa: note.staff !== null,
    text: note.message ?? "",
  };
}

const callActions: Readonly<Record<CallWish["action"], ValidationCallAction>> = {
  schedule: "ScheduledCallback",
  manual: "ManualCallback",
  "other-phone": "ReplacePhone",
  "by-mail": "replaceEmailAddress",
  "mail-again": "sendCallbackEmail",
};
/** The languages in which the CA calls, of those that the pages speak (spec xolphin-api §3.7). */
const callLanguages: Readonly<Record<string, string>> = {
  nl: "nl-nl",
  de: "de-de",
  fr: "fr-fr",
  en: "en-us",
};

function toCall(wish: CallWish, language: string | null): ValidationCallWish {
  return {
    date: wish.date,
    time: wish.time,
    timezone: wish.timezone,
    action: callActions[wish.action],
    phoneNumber: wish.phone,
    extensionNumber: wish.extension,
    emailAddress: wish.email,
    language: language === null ? null : (callLanguages[language] ?? null),
    comments: wish.comments,
  };
}

function toDcvView(domain: CaDcvDomain): CaDcvView {
  return {
    caName: domain.domain,
    done: domain.status,
    method: domain.dcvType,
    dnsRecord: domain.dnsRecord,
    dnsValue: domain.dnsCnameValue,
    fileLocation: domain.fileLocation,
    fileContents: domain.fileContents,
    email: domain.dcvEmail,
  };
}

/** All that the list tells about a request's progress, as one comparable text. */
function progressOf({ requiresAction, brandValidation, steps, dcvDomains }: CaRequest): string {
  const domains = dcvDomains.map(({ domain, status, statusDetail }) => [domain, status, statusDetail]);
  return JSON.stringify([requiresAction, brandValidation, steps, domains]);
}

function toForm(order: OrderParameters): OrderForm {
  return {
    csr: order.csr,
    names: order.names,
    dcvType: order.dcvMethod,
    dcv: order.dcv.map(({ name, method, approverEmail }) => ({ name, type: method, approverEmail })),
    reference: order.reference,
    approverEmail: order.approverEmail,
    withoutFreeName: order.withoutFreeName,
    language: null,
    organisation: order.organisation,
  };
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (thrown) {
    if (asCodedError(thrown).code === "ca-not-found") return null;
    throw thrown;
  }
}
