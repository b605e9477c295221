import { createHash } from "node:crypto";
import type { CaState } from "./ca-state.ts";
import { announcedId, certificateOf, nextNumber, orderOf, pendingOrderOf } from "./ca-state.ts";
import type { Product } from "./catalogue.ts";
import { isSectigo, priceInCents } from "./catalogue.ts";
import { isAllowedApprover, readDcvType } from "./dcv-form.ts";
import type { DcvValues } from "./dcv-values.ts";
import { digicertValues, sectigoValues } from "./dcv-values.ts";
import { isWildcard, withoutWildcard } from "./host-names.ts";
import type { CertificateRecord, DomainValidation, Order, Step, StepName } from "./order.ts";
import type { OrderForm } from "./order-form.ts";
import { readOrderForm } from "./order-form.ts";
import { FormErrors, notFound, refusedParameters } from "./refusal.ts";
import type { RequestForm } from "./request-form.ts";
import { booleanField, textField } from "./request-form.ts";
import { advanceOrder, scheduleCheck } from "./validation-desk.ts";

const day = 86_400_000;
const trialDays = 30;

/** R3 (spec xolphin-api §3.3). */
export function placeOrder(state: CaState, form: RequestForm): Order {
  const read = readOrderForm(form, { kind: "order", ...contextOf(state) });
  return acceptOrder(state, read, {
    id: nextNumber(state, "request"),
    kind: "order",
    originalId: undefined,
    subscriptionEndsAt: termFrom(state.now(), read.years),
  });
}

/** C4 (spec §5.4): new CSR and names within the running term. */
export function reissueCertificate(state: CaState, id: number, form: RequestForm): Order {
  const certificate = livingCertificate(state, id);
  const running = [...state.orders.values()].find(
    (order) => order.state === "pending" && order.kind === "reissue" && order.originalId === id,
  );
  if (running !== undefined) {
    throw refusedParameters({ csr: ["A reissue of this certificate is already in progress."] });
  }
  const read = readOrderForm(form, {
    kind: "reissue",
    ...contextOf(state),
    original: originalOf(state, certificate),
  });
  return acceptOrder(state, read, {
    id: state.switches.reissueId === "same" ? id : nextNumber(state, "request"),
    kind: "reissue",
    originalId: id,
    subscriptionEndsAt: certificate.subscriptionEndsAt,
  });
}

/** C5 (spec §5.5): a new paid term. */
export function renewCertificate(state: CaState, id: number, form: RequestForm): Order {
  const certificate = livingCertificate(state, id);
  const { renewFromDays } = state.switches;
  const left = (certificate.issued.notAfter.getTime() - state.now().getTime()) / day;
  if (renewFromDays !== null && left > renewFromDays) {
    throw refusedParameters({ csr: [`Renewal is possible from ${renewFromDays} days before expiry.`] });
  }
  const read = readOrderForm(form, {
    kind: "renewal",
    ...contextOf(state),
    original: originalOf(state, certificate),
  });
  return acceptOrder(state, read, {
    id: nextNumber(state, "request"),
    kind: "renewal",
    originalId: id,
    subscriptionEndsAt: termFrom(state.now(), read.years),
  });
}

/** R11 (spec §3.11). */
export function cancelRequest(state: CaState, id: number): void {
  const order = pendingOrderOf(state, id);
  order.state = "cancelled";
  if (state.switches.webhook.onCancel) {
    state.announce({ RequestId: announcedId(state, order), Status: "Deleted" });
  }
}

/** C6 (spec §5.6, §14 U5). Tells whether the certificate was revoked. */
export function cancelCertificate(state: CaState, id: number, form: RequestForm): boolean {
  const certificate = livingCertificate(state, id);
  if (textField(form, "reason") === undefined && form.fields["reason"] === undefined) {
    throw refusedParameters({ reason: ["This value should not be blank."] });
  }
  const asked = booleanField(form, "revoke", state.switches.booleanParts);
  if (!asked && state.switches.cancelWithoutRevoke === "keeps") return false;
  certificate.revoked = true;
  return true;
}

/** R5 (spec §3.5): check again, mail again, or another method, for one name. */
export function retryDcv(state: CaState, id: number, form: RequestForm): void {
  const order = pendingOrderOf(state, id);
  const errors = new FormErrors();
  const written = textField(form, "domain");
  const domain = order.domains.find((candidate) => writtenDomain(state, candidate.name) === written);
  if (written === undefined) errors.add("domain", "This value should not be blank.");
  else if (domain === undefined) errors.add("domain", `${written} is not a domain of this request.`);
  const method = readDcvType(textField(form, "dcvType"), "dcvType", state.switches, errors);
  const email = textField(form, "email");
  if (domain !== undefined && method === "FILE" && isWildcard(domain.name)) {
    errors.add("dcvType", `FILE is not possible for ${domain.name}.`);
  }
  if (domain !== undefined && method === "EMAIL") {
    if (email === undefined) errors.add("email", "This value should not be blank.");
    else if (!isAllowedApprover(email, domain.name, contextOf(state))) {
      errors.add("email", `The approver e-mail address for ${domain.name} is not allowed.`);
    }
  }
  errors.refuseIfAny();
  if (domain === undefined || method === undefined || domain.done) return;
  if (domain.method !== method) order.readsWithoutDcvValues = state.switches.readsWithoutDcvValues;
  domain.method = method;
  domain.email = method === "EMAIL" ? email : undefined;
  domain.text = "waiting";
  mailApprover(state, order, domain);
  scheduleCheck(state, order, domain);
}

/** How a name is written in `dcv.domains` and expected by `retry-dcv` (spec §14 U9). */
export function writtenDomain(state: CaState, name: string): string {
  return state.switches.wildcardDomain === "bare" ? withoutWildcard(name) : name;
}

function contextOf(state: CaState) {
  return { products: state.products, switches: state.switches, extraApprovers: state.extraApprovers };
}

function livingCertificate(state: CaState, id: number): CertificateRecord {
  const certificate = certificateOf(state, id);
  if (certificate.revoked) throw notFound();
  return certificate;
}

function originalOf(state: CaState, certificate: CertificateRecord) {
  return {
    product: certificate.product,
    years: certificate.years,
    commonName: certificate.issued.names[0] ?? "",
    details: orderOf(state, certificate.orderId).details,
  };
}

function termFrom(start: Date, years: number): Date {
  if (years === 0) return new Date(start.getTime() + trialDays * day);
  const end = new Date(start);
  end.setUTCFullYear(end.getUTCFullYear() + years);
  return end;
}

function acceptOrder(
  state: CaState,
  form: OrderForm,
  about: Pick<Order, "id" | "kind" | "originalId" | "subscriptionEndsAt">,
): Order {
  const { switches } = state;
  const uniqueValue = form.uniqueValue ?? (switches.ownUniqueValue ? uniqueValueFor(about.id) : undefined);
  const values = (name: string): DcvValues =>
    isSectigo(form.product)
      ? sectigoValues(name, form.csr.der, uniqueValue)
      : digicertValues(name, about.id, switches.digicertDns);
  const reused = takeDcvString(state, form, uniqueValue);
  const allNames = form.freeName === undefined ? form.names : [...form.names, form.freeName];
  const order: Order = {
    ...about,
    product: form.product,
    years: form.years,
    csr: form.csr,
    uniqueValue,
    certificateId: undefined,
    names: form.names,
    freeName: form.freeName,
    domains: allNames.map((name) => ({
      name,
      method: form.methods.find((entry) => entry.name === name)?.method ?? "DNS",
      email: form.methods.find((entry) => entry.name === name)?.email,
      done: isPreValidated(name, switches.preValidated),
      text: isPreValidated(name, switches.preValidated) ? switches.doneText : "waiting",
      values: values(name),
    })),
    steps: stepsOf(state, form.product, about.kind),
    details: form.details,
    orderedAt: state.now(),
    waitingForFreeNameSince: undefined,
    notes: [],
    calls: [],
    documents: [],
    state: "pending",
    brandReview: false,
    requiresAction: false,
    neverValidates: reused,
    readsWithoutDcvValues: switches.readsWithoutDcvValues,
    priceInCents:
      about.kind === "reissue"
        ? 0
        : priceInCents(form.product, form.years, form.names, switches.includedDomainsCountCommonName),
  };
  mergeBareWildcard(state, order);
  state.orders.set(order.id, order);
  if (form.saEmail !== undefined) {
    state.mails.push({ to: form.saEmail, kind: "subscriber-agreement", requestId: order.id });
  }
  for (const domain of order.domains) mailApprover(state, order, domain);
  advanceOrder(state, order);
  return order;
}

/** Written without `*.`, a wildcard and its free bare name are one entry. */
function mergeBareWildcard(state: CaState, order: Order): void {
  const seen = new Set<string>();
  order.domains = order.domains.filter((domain) => {
    const written = writtenDomain(state, domain.name);
    if (seen.has(written)) return false;
    seen.add(written);
    return true;
  });
}

function takeDcvString(state: CaState, form: OrderForm, uniqueValue: string | undefined): boolean {
  const hash = createHash("sha256").update(form.csr.der).digest("hex");
  const dcvString = `${hash} ${uniqueValue?.toLowerCase() ?? ""}`;
  const used = state.usedDcvStrings.has(dcvString);
  if (used && state.switches.reusedCsr === "refused") {
    throw refusedParameters({ csr: ["This CSR was used before; a unique value is needed for the DCV."] });
  }
  state.usedDcvStrings.add(dcvString);
  return used;
}

function uniqueValueFor(id: number): string {
  return createHash("sha256").update(`unique ${id}`).digest("hex").slice(0, 10);
}

function isPreValidated(name: string, preValidated: readonly string[]): boolean {
  const bare = withoutWildcard(name);
  return preValidated.some((domain) => bare === domain || bare.endsWith(`.${domain}`));
}

/** Which steps a class of product has (spec §3.2.1). Only the domains are validated again for a reissue. */
function stepsOf(state: CaState, product: Product, kind: Order["kind"]): Order["steps"] {
  const names: Record<Product["validation"], StepName[]> = {
    DV: state.switches.dvRequestStep ? ["request"] : [],
    OV: ["request", "organization", "whois", "phone"],
    EV: ["organization", "whois", "docs", "phone"],
  };
  const steps: Order["steps"] = {};
  for (const name of names[product.validation]) {
    const done = kind === "reissue" || name === "request";
    const step: Step = { done, detail: done ? 1 : 0, text: done ? state.switches.doneText : "waiting" };
    steps[name] = step;
  }
  return steps;
}

function mailApprover(state: CaState, order: Order, domain: DomainValidation): void {
  if (domain.method !== "EMAIL" || domain.email === undefined || domain.done) return;
  state.mails.push({ to: domain.email, kind: "dcv", requestId: order.id, domain: domain.name });
}
