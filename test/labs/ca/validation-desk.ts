import type { CaState } from "./ca-state.ts";
import { addNote, announcedId, certificateOf, nextNumber } from "./ca-state.ts";
import { isSectigo } from "./catalogue.ts";
import type { Finding } from "./dcv-checks.ts";
import { checkCaa, checkDns, checkFile } from "./dcv-checks.ts";
import type { CertificateRecord, DomainValidation, IssuedCertificate, Order, StepName } from "./order.ts";
import type { SubjectField } from "./x509.ts";

const day = 86_400_000;

/** The check that follows `retry-dcv`, "shortly" (spec xolphin-api §3.5). */
export function scheduleCheck(state: CaState, order: Order, domain: DomainValidation): void {
  state.tasks.later(state.switches.dcvDelayMs, () => checkDomain(state, order, domain));
}

/** One round over all that is pending: every open name is looked at, and what the clock brings due is done. */
export async function checkAll(state: CaState): Promise<void> {
  const pending = [...state.orders.values()].filter((order) => order.state === "pending");
  await Promise.all(
    pending.flatMap((order) =>
      order.domains.filter((domain) => !domain.done).map((domain) => checkDomain(state, order, domain)),
    ),
  );
  for (const order of pending) advanceOrder(state, order);
  announceReissues(state);
}

async function checkDomain(state: CaState, order: Order, domain: DomainValidation): Promise<void> {
  if (domain.done || order.state !== "pending" || order.neverValidates) return;
  const method = domain.method;
  const finding = await lookForProof(state, order, domain);
  // The order may have been cancelled, or the method changed, while the look-up was on its way.
  if (domain.done || order.state !== "pending" || domain.method !== method) return;
  if (finding.found) completeDomain(state, order, domain);
  else domain.text = finding.reason;
}

async function lookForProof(state: CaState, order: Order, domain: DomainValidation): Promise<Finding> {
  if (domain.method === "EMAIL") return { found: false, reason: "waiting" };
  const check = domain.method === "DNS" ? checkDns : checkFile;
  const finding = await check(domain.name, domain.values, state.outside);
  if (!finding.found || state.switches.caa === "ignored") return finding;
  const issuers = isSectigo(order.product) ? ["sectigo.com", "comodoca.com"] : ["digicert.com"];
  return checkCaa(domain.name, issuers, state.outside);
}

/** Marks one name as validated, says so by webhook, and goes on with the order. */
export function completeDomain(state: CaState, order: Order, domain: DomainValidation): void {
  domain.done = true;
  domain.text = state.switches.doneText;
  const written = state.switches.wildcardDomain === "bare" ? domain.name.replace(/^\*\./, "") : domain.name;
  state.announce({ RequestId: announcedId(state, order), Status: "Updated", State: "DCV", Domain: written });
  advanceOrder(state, order);
}

/** Issues, soon, what has nothing open; lets go of a free name that stays unvalidated (spec §9.4). */
export function advanceOrder(state: CaState, order: Order): void {
  if (order.state !== "pending" || order.brandReview) return;
  const open = order.domains.filter((domain) => !domain.done);
  if (open.length === 1 && open[0]?.name === order.freeName) waitForFreeName(state, order);
  if (order.domains.some((domain) => !domain.done)) return;
  if (state.switches.automaticSteps) {
    for (const step of Object.keys(order.steps)) completeStep(state, order, step as StepName);
  }
  if (Object.values(order.steps).some((step) => !step.done)) return;
  const { issueDelayMs } = state.switches;
  if (issueDelayMs === null) return;
  state.tasks.later(issueDelayMs, () => {
    if (order.state === "pending" && !order.brandReview) issueOrder(state, order);
  });
}

function waitForFreeName(state: CaState, order: Order): void {
  const { freeNameGraceSeconds } = state.switches;
  order.waitingForFreeNameSince ??= state.now();
  const waited = (state.now().getTime() - order.waitingForFreeNameSince.getTime()) / 1000;
  if (freeNameGraceSeconds !== null && waited >= freeNameGraceSeconds) dropFreeName(order);
}

export function dropFreeName(order: Order): void {
  order.domains = order.domains.filter((domain) => domain.name !== order.freeName);
  order.freeName = undefined;
}

/** Completes one step of an OV or EV order without going on with it. */
export function completeStep(state: CaState, order: Order, name: StepName): void {
  const step = order.steps[name];
  if (step === undefined) throw new Error(`Request ${order.id} has no step ${name}.`);
  Object.assign(step, { done: true, detail: 1, text: state.switches.doneText });
  order.requiresAction = Object.values(order.steps).some((other) => other.detail === -1);
}

/** What the webhook calls a failed step (spec §10.3); signed documents have no word of their own. */
const failedStates: Record<StepName, string> = {
  request: "CSR",
  organization: "Organization",
  whois: "Whois",
  docs: "Message",
  phone: "Phone",
};

export function failStep(state: CaState, order: Order, name: StepName, message: string): void {
  const step = order.steps[name] ?? { done: false, detail: 0, text: "waiting" };
  order.steps[name] = Object.assign(step, { done: false, detail: -1, text: "failed" });
  order.requiresAction = true;
  addNote(state, order, { staff: "Lab CA", message });
  state.announce({ RequestId: announcedId(state, order), Status: "Updated", State: failedStates[name] });
  if (name === "request" && state.switches.failedRequest === "deleted") {
    order.state = "deleted";
    state.announce({ RequestId: announcedId(state, order), Status: "Deleted" });
  }
}

/** Signs the certificate of a request and says so by webhook. */
export function issueOrder(state: CaState, order: Order): CertificateRecord {
  const issued = sign(state, order);
  const existing =
    order.kind === "reissue" && (order.originalId === order.id || isUnderOriginalId(state))
      ? certificateOf(state, order.originalId ?? order.id)
      : undefined;
  const record: CertificateRecord = {
    id: existing?.id ?? newCertificateId(state, order),
    orderId: order.id,
    product: order.product,
    company: order.details.company,
    subscriptionEndsAt: order.subscriptionEndsAt,
    years: order.years,
    issued,
    previous: existing?.issued,
    revoked: false,
    announcedForReissue: false,
    staleReads: state.switches.staleReads,
  };
  state.certificates.set(record.id, record);
  order.state = "issued";
  order.certificateId = record.id;
  state.announce({ RequestId: announcedId(state, order), Status: "Issued" });
  return record;
}

function isUnderOriginalId(state: CaState): boolean {
  return state.switches.reissuedCertificate === "original-id";
}

function newCertificateId(state: CaState, order: Order): number {
  return state.switches.certificateId === "same" ? order.id : nextNumber(state, "certificate");
}

function sign(state: CaState, order: Order): IssuedCertificate {
  const { leaf } = state.switches;
  const now = state.now();
  const notBefore = new Date(now.getTime() + leaf.notBeforeHours * 3_600_000);
  const wanted = notBefore.getTime() + leaf.lifetimeDays * day;
  // Under a subscription no certificate outlives the paid term.
  const notAfter = new Date(
    Math.min(wanted, Math.max(order.subscriptionEndsAt.getTime(), notBefore.getTime())),
  );
  const names = order.freeName === undefined ? order.names : [...order.names, order.freeName];
  const certified = names.filter((name) => !leaf.withoutNames.includes(name));
  const signed = state.authority.issue({
    spki: order.csr.spki,
    keyType: order.csr.keyType,
    names: certified,
    subject: subjectOf(order),
    validation: order.product.validation,
    notBefore: wholeSeconds(notBefore),
    notAfter: wholeSeconds(notAfter),
    switches: leaf,
  });
  return { ...signed, names: certified, csr: order.csr, issuedAt: now, notAfter };
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function subjectOf(order: Order): SubjectField[] {
  const { company, city, province, country, kvk } = order.details;
  const fields: [SubjectField[0], string | undefined][] =
    order.product.validation === "DV"
      ? []
      : [
          ["C", country],
          ["ST", province],
          ["L", city],
          ["O", company],
        ];
  if (order.product.validation === "EV") {
    fields.unshift(
      ["jurisdictionC", country],
      ["businessCategory", "Private Organization"],
      ["serialNumber", kvk],
    );
  }
  fields.push(["CN", order.names[0]]);
  return fields.filter((field): field is SubjectField => field[1] !== undefined);
}

/** Spec §10.3 `ReadyForReissue`: once per certificate whose term outlives it. */
export function announceReissues(state: CaState): void {
  const { readyForReissueDays } = state.switches;
  if (readyForReissueDays === null) return;
  for (const certificate of state.certificates.values()) {
    const left = (certificate.issued.notAfter.getTime() - state.now().getTime()) / day;
    const termGoesOn = certificate.subscriptionEndsAt.getTime() > certificate.issued.notAfter.getTime();
    if (left > readyForReissueDays || !termGoesOn || certificate.revoked) continue;
    announceReadyForReissue(state, certificate);
  }
}

export function announceReadyForReissue(state: CaState, certificate: CertificateRecord, again = false): void {
  if (certificate.announcedForReissue && !again) return;
  certificate.announcedForReissue = true;
  state.announce({ RequestId: certificate.orderId, Status: "Updated", State: "ReadyForReissue" });
}
