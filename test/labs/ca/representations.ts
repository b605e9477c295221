import type { CaState } from "./ca-state.ts";
import type { Product } from "./catalogue.ts";
import { localMidnight, localTime, writtenDate } from "./dates.ts";
import { writtenDnsValues, writtenFileLocation } from "./dcv-values.ts";
import type { CertificateRecord, DomainValidation, IssuedCertificate, Note, Order } from "./order.ts";
import { detailFields } from "./order.ts";
import { writtenDomain } from "./order-desk.ts";

type Json = Record<string, unknown>;

/** One page of a collection (spec xolphin-api §1.7). */
export function collection(
  name: string,
  items: readonly unknown[],
  page: { number: number; limit: number; base: string; limitAsked: boolean },
): Json {
  const pages = Math.ceil(items.length / page.limit);
  const href = (number: number): Json => ({
    href: `${page.base}${name}?page=${number}${page.limitAsked ? `&limit=${page.limit}` : ""}`,
  });
  const start = (page.number - 1) * page.limit;
  return {
    page: page.number,
    limit: page.limit,
    pages,
    total: items.length,
    _links: {
      self: href(page.number),
      first: href(1),
      last: href(Math.max(1, pages)),
      ...(page.number < pages ? { next: href(page.number + 1) } : {}),
    },
    _embedded: { [name]: items.slice(start, start + page.limit) },
  };
}

/** An item of R1: no names, no domains, no reference (spec §3.1). */
export function requestItem(state: CaState, order: Order): Json {
  const validations: Json = {};
  for (const [name, step] of Object.entries(order.steps))
    validations[name] = { status: flag(state, step.done) };
  validations["dcv"] = {
    status: flag(
      state,
      order.domains.every((domain) => domain.done),
    ),
  };
  return {
    id: order.id,
    domainName: order.names[0],
    company: order.details.company ?? null,
    dateOrdered: writtenDate(order.orderedAt, state.switches.dates),
    validations,
    requiresAction: flag(state, order.requiresAction),
    _links: { self: { href: `/v1/requests/${order.id}` } },
    _embedded: { product: productReference(order.product) },
  };
}

/** R2 (spec §3.2). `withDcvValues` is false as long as the CA has not worked them out. */
export function requestDetail(state: CaState, order: Order, withDcvValues: boolean): Json {
  const { switches } = state;
  const details = Object.fromEntries(detailFields.map((field) => [field, order.details[field] ?? null]));
  const done = order.domains.every((domain) => domain.done);
  const validations: Json = {};
  for (const [name, step] of Object.entries(order.steps)) {
    validations[name] = {
      status: flag(state, step.done),
      statusDetail: step.detail,
      statusMessage: step.text,
    };
  }
  validations["dcv"] = {
    status: flag(state, done),
    statusDetail: done ? 1 : 0,
    statusMessage: done ? switches.doneText : "waiting",
    domains: order.domains.map((domain) => domainDetail(state, domain, withDcvValues)),
  };
  const path = `/v1/requests/${order.id}`;
  const pending = order.state === "pending";
  const callable = pending && order.steps.phone !== undefined && !order.steps.phone.done;
  return {
    id: order.id,
    domainName: order.names[0],
    ...details,
    dateOrdered: writtenDate(order.orderedAt, switches.dates),
    subjectAlternativeNames: listedNames(state, order),
    years: order.years,
    postbox: null,
    ...(order.uniqueValue === undefined ? {} : { uniqueValueDcv: order.uniqueValue }),
    validations,
    requiresAction: flag(state, order.requiresAction),
    brandValidation: flag(state, order.brandReview),
    _links: {
      self: { href: path },
      ...(callable ? { scheduleValidationCall: { href: `${path}/schedule-validation-call` } } : {}),
      ...(pending && !done ? { retryDcv: { href: `${path}/retry-dcv` } } : {}),
    },
    _embedded: {
      product: productReference(order.product),
      notes: order.notes.map((note) => noteDetail(state, note)),
    },
  };
}

function listedNames(state: CaState, order: Order): string[] {
  const { sanListHasCommonName, sanListHasFreeName } = state.switches;
  const names = sanListHasCommonName ? [...order.names] : order.names.slice(1);
  if (sanListHasFreeName && order.freeName !== undefined) names.push(order.freeName);
  return names;
}

function domainDetail(state: CaState, domain: DomainValidation, withValues: boolean): Json {
  const { switches } = state;
  const common = {
    domain: writtenDomain(state, domain.name),
    status: flag(state, domain.done),
    statusDetail: domainStatusDetail(state, domain.done),
    statusMessage: domain.text,
    dcvType: domain.method,
  };
  if (domain.method === "EMAIL") return { ...common, dcvEmail: domain.email ?? "Not Yet Set" };
  if (!withValues) return common;
  if (domain.method === "DNS")
    return { ...common, ...writtenDnsValues(domain.name, domain.values, switches) };
  return {
    ...common,
    fileLocation: writtenFileLocation(domain.name, domain.values.file.path, switches.fileLocation),
    fileContents: domain.values.file.content,
  };
}

function domainStatusDetail(state: CaState, done: boolean): unknown {
  switch (state.switches.statusDetail) {
    case "mixed":
      return done ? 1 : false;
    case "integer":
      return done ? 1 : 0;
    case "boolean":
      return done;
    case "text":
      return done ? "1" : "0";
  }
}

function flag(state: CaState, value: boolean): unknown {
  switch (state.switches.booleans) {
    case "boolean":
      return value;
    case "integer":
      return value ? 1 : 0;
    case "text":
      return value ? "1" : "0";
  }
}

export function noteDetail(state: CaState, note: Note): Json {
  const local = localTime(note.createdAt);
  return {
    id: note.id,
    contact: note.contact,
    staff: note.staff,
    date: local.date.split("-").reverse().join("-"),
    time: local.time.slice(0, 5),
    message: note.message,
    createdAt: writtenDate(note.createdAt, state.switches.dates),
    endCustomer: flag(state, note.endCustomer),
  };
}

/** An item of C1: no names and no end of the subscription (spec §4.1). */
export function certificateItem(
  state: CaState,
  certificate: CertificateRecord,
  issued: IssuedCertificate,
): Json {
  return {
    id: certificate.id,
    domainName: issued.names[0],
    dateIssued: certificateDate(state, issued.issuedAt),
    dateExpired: certificateDate(state, issued.notAfter),
    company: certificate.company ?? null,
    customerId: null,
    _links: { self: { href: `/v1/certificates/${certificate.id}` } },
    _embedded: { product: productReference(certificate.product) },
  };
}

/** C2 (spec §4.2). */
export function certificateDetail(
  state: CaState,
  certificate: CertificateRecord,
  issued: IssuedCertificate,
): Json {
  const { switches } = state;
  const path = `/v1/certificates/${certificate.id}`;
  const alive = !certificate.revoked && issued.notAfter.getTime() > state.now().getTime();
  const link = (action: string): Json => ({ href: `${path}/${action}` });
  return {
    ...certificateItem(state, certificate, issued),
    dateSubscriptionExpired: subscriptionDate(state, certificate, issued),
    ...(switches.validField === "present" ? { valid: flag(state, alive) } : {}),
    subjectAlternativeNames: switches.certificateSans === "listed" ? issued.names.slice(1) : [],
    _links: {
      self: { href: path },
      reissue: link("reissue"),
      renew: link("renew"),
      cancel: link("cancel"),
      download: link("download"),
    },
  };
}

function certificateDate(state: CaState, instant: Date): string {
  return writtenDate(localMidnight(instant), state.switches.dates);
}

function subscriptionDate(
  state: CaState,
  certificate: CertificateRecord,
  issued: IssuedCertificate,
): string | null {
  const { subscriptionEndsAt } = certificate;
  const longer = subscriptionEndsAt.getTime() > issued.notAfter.getTime();
  const shown = { "when-longer": longer, "multi-year": certificate.years > 1, never: false };
  return shown[state.switches.subscriptionDate] ? certificateDate(state, subscriptionEndsAt) : null;
}

/** S2 (spec §6.1). */
export function productDetail(state: CaState, product: Product): Json {
  const old = state.switches.productKeys === "old";
  const { prices, includedDomains, maxDomains, ...plain } = product;
  return {
    ...plain,
    ...(includedDomains === undefined
      ? {}
      : { [old ? "includeDomains" : "includedDomains"]: includedDomains }),
    ...(maxDomains === undefined ? {} : { maxDomains }),
    prices: prices.map(({ years, price, extraPrice, extraPriceWildcard }) => ({
      years,
      price,
      ...(extraPrice === undefined ? {} : { [old ? "priceExtra" : "extraPrice"]: extraPrice }),
      ...(extraPriceWildcard === undefined
        ? {}
        : { [old ? "priceExtraWildcard" : "extraPriceWildcard"]: extraPriceWildcard }),
    })),
    _links: { self: { href: `/v1/products/${product.id}` } },
  };
}

function productReference(product: Product): Json {
  return {
    id: product.id,
    name: product.name,
    brand: product.brand,
    _links: { self: { href: `/v1/products/${product.id}` } },
  };
}
