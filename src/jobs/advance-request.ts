import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { nextOnLadder, validationLadder } from "../model/polling.ts";
import { isTerminal, pendingState } from "../model/request.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type WorkItem, workPriority } from "../store/work.ts";
import { caPriorityOf } from "./ca-priority.ts";
import { collectCertificate } from "./collect-certificate.ts";
import { type JobContext, record } from "./context.ts";
import { advanceLock } from "./keyed-lock.ts";
import type { CaRequestView, IssuedAnswer } from "./ports.ts";
import { proveControl } from "./prove-control.ts";
import { recoverOrder } from "./recover-order.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** The CA must be seen not to know a request twice, this far apart, before it counts as deleted (F-09). */
const goneConfirmation = 10 * 60_000;

/**
 * Reads one request at the CA again and does whatever follows from what the CA says now. The reason for reading, a
 * webhook, the sweep or a command, makes no difference (design §6, level-triggered).
 */
export function createAdvanceHandler(context: JobContext): WorkHandler {
  return {
    kind: "advance",
    concurrency: 4,
    // A reissue that nobody is in a hurry for may wait long for its turn at the CA, and there may be thousands of them.
    keptForUrgent: 1,
    batch: 1,
    async run(items: readonly WorkItem[]): Promise<ReadonlyMap<string, WorkOutcome>> {
      const outcomes = new Map<string, WorkOutcome>();
      for (const { key } of items) {
        try {
          outcomes.set(key, { next: await advanceRequest(context, key) });
        } catch (thrown) {
          const error = asCodedError(thrown);
          noteDelay(context, key, error);
          outcomes.set(key, { error });
        }
      }
      return outcomes;
    },
  };
}

/** Repeated webhooks, or many at once: the last of them is answered by one more read, a little later (F-14, F-17). */
export function createEchoHandler(context: JobContext): WorkHandler {
  return {
    kind: "echo",
    concurrency: 1,
    batch: 100,
    async run(items) {
      for (const { key } of items) {
        context.store.work.want("advance", key, workPriority.issued, context.clock.now());
      }
      context.wake();
      return new Map(items.map(({ key }) => [key, { next: null }]));
    },
  };
}

/** Returns when to look again; null when only a hint, the sweep or a person can bring news. */
export function advanceRequest(context: JobContext, reference: string): Promise<Date | null> {
  return context.locks.run(advanceLock(reference), () => advance(context, reference));
}

async function advance(context: JobContext, reference: string): Promise<Date | null> {
  const request = context.store.requests.get(reference);
  if (request === null) return null;
  if (request.state === "ordering") return recoverOrder(context, request);
  if (isTerminal(request.state) || request.keyId === null) return null;
  const view = request.caRequestId === null ? null : await readPending(context, request);
  crashPoint("X-09");
  const announced = wasAnnounced(context, request);
  const issued = await readIssued(context, request, view, announced);
  if (
    issued.kind === "issued" &&
    issued.revoked &&
    (request.fingerprint !== null || isDeleted(context, request))
  ) {
    return settleRevoked(context, request);
  }
  if (issued.kind === "issued" && issued.leaf.fingerprint !== request.fingerprint) {
    return collectCertificate(context, request, request.keyId, issued);
  }
  // An installed certificate stays, whatever became of the order (F-19).
  if (request.fingerprint !== null) return noteAfterIssue(context, request, view, issued);
  if (view === null) return settleGone(context, request, issued);
  const next = await followValidation(context, request, view);
  // The CA announced it but does not say so yet: soon again, then on the sweep (F-12).
  if (announced)
    throw new CodedError("not-issued-yet", { detail: "announced, but the CA still says pending" });
  return next;
}

async function readPending(context: JobContext, request: StoredRequest): Promise<CaRequestView | null> {
  if (request.caRequestId === null) return null;
  return context.ca.readRequest(request.caRequestId, caPriorityOf(context, request));
}

async function readIssued(
  context: JobContext,
  request: StoredRequest,
  view: CaRequestView | null,
  announced: boolean,
): Promise<IssuedAnswer> {
  const validated = view !== null && view.steps.length > 0 && view.steps.every(({ done }) => done);
  if (view !== null && !validated && !announced) return { kind: "none" };
  crashPoint("X-11");
  return context.ca.findIssued(
    {
      ids: certificateIds(context, request),
      keyId: request.keyId ?? "",
      names: request.names,
      since: request.createdAt,
      search: view === null,
    },
    caPriorityOf(context, request),
  );
}

/** Every id under which the certificate may answer: a reissue may keep the id of what it follows (U3). */
function certificateIds(context: JobContext, request: StoredRequest): number[] {
  const ids = [request.caCertificateId, request.caRequestId, predecessorId(context, request)];
  return [...new Set(ids.filter((id) => id !== null))];
}

/** The certificate that it follows. */
function predecessorId({ store }: JobContext, { predecessor }: StoredRequest): number | null {
  return (predecessor === null ? null : store.requests.get(predecessor))?.caCertificateId ?? null;
}

function wasAnnounced(context: JobContext, request: StoredRequest): boolean {
  if (request.fingerprint !== null) return false;
  return context.store.hints
    .of(certificateIds(context, request))
    .some(({ status, receivedAt }) => status === "Issued" && receivedAt >= request.createdAt);
}

async function followValidation(
  context: JobContext,
  request: StoredRequest,
  view: CaRequestView,
): Promise<Date | null> {
  const { store, clock } = context;
  noteSteps(context, request, view);
  const unread = keepMessages(context, request, view.messages);
  const control = await proveControl(context, request, view.dcv);
  const { state, reason } = pendingState({
    brandReview: view.brandReview,
    requiresAction: view.requiresAction,
    steps: view.steps,
    control: control.reason,
    hinted: hintedReason(context, request),
    unread,
  });
  if (state === "needs-you" && (request.state !== state || request.reason !== reason)) {
    record(context, request.reference, "needs-you", reason === null ? {} : { code: reason });
  }
  store.requests.change(
    request.reference,
    { state, reason, detail: "", steps: view.steps, goneSince: null },
    clock.now(),
  );
  return control.next;
}

function noteSteps(context: JobContext, request: StoredRequest, view: CaRequestView): void {
  const before = new Map(request.steps.map((step) => [step.key, step]));
  for (const step of view.steps) {
    const known = before.get(step.key);
    if (step.done && known?.done !== true)
      record(context, request.reference, "step-done", { step: step.key });
    if (step.attention && known?.attention !== true) {
      record(context, request.reference, "step-attention", { step: step.key });
    }
  }
}

/** Whether the CA wrote something that nobody has answered yet. */
function keepMessages(
  context: JobContext,
  request: StoredRequest,
  messages: CaRequestView["messages"],
): boolean {
  if (context.store.notes.put(request.reference, messages) > 0) record(context, request.reference, "note");
  const answered = Math.max(
    request.answeredAt?.getTime() ?? 0,
    ...messages.filter(({ fromCa }) => !fromCa).map(({ at }) => at.getTime()),
  );
  return messages.some(({ fromCa, at }) => fromCa && at.getTime() > answered);
}

const hintReasons: Readonly<Record<string, ErrorCode>> = {
  PhonecallDelayed: "phone-delayed",
  Phone: "phone-needed",
  Organization: "organization-needed",
  CSR: "csr-refused-by-ca",
  Message: "message-waiting",
  Whois: "whois-needed",
};

/** What the latest announcement was about, to name the action that the CA only reports as "needed". */
function hintedReason(context: JobContext, request: StoredRequest): ErrorCode | null {
  if (request.caRequestId === null) return null;
  const about = context.store.hints
    .of([request.caRequestId])
    .filter(
      ({ state, receivedAt }) =>
        state !== null &&
        state in hintReasons &&
        receivedAt >= request.createdAt &&
        (request.answeredAt === null || receivedAt > request.answeredAt),
    )
    .at(-1);
  return about?.state == null ? null : (hintReasons[about.state] ?? null);
}

/**
 * The CA knows neither request nor certificate. Once may be a hiccup or an order in transit; twice, ten minutes apart and
 * absent from a complete list, is an answer (F-09, spec xolphin-api §8.2).
 */
async function settleGone(
  context: JobContext,
  request: StoredRequest,
  issued: IssuedAnswer,
): Promise<Date | null> {
  const { store, clock } = context;
  const now = clock.now();
  if (issued.kind === "other-key") {
    store.requests.change(request.reference, { state: "issuing", reason: "certificate-not-ours" }, now);
    return nextOnLadder(validationLadder, request.createdAt, now);
  }
  if (request.goneSince === null) {
    store.requests.change(request.reference, { goneSince: now, reason: "ca-not-found" }, now);
    return new Date(now.getTime() + goneConfirmation);
  }
  const again = request.goneSince.getTime() + goneConfirmation;
  if (now.getTime() < again) return new Date(again);
  const isOurs = ({ id }: { readonly id: number }): boolean => id === request.caRequestId;
  const listed =
    (await context.ca.listPending()).some(isOurs) ||
    // Issued meanwhile, it is among the certificates, whatever is answered when it is read. What it follows may have its id (U3).
    (predecessorId(context, request) !== request.caRequestId &&
      (await context.ca.listCertificates()).some(isOurs));
  if (listed) return new Date(now.getTime() + goneConfirmation);
  if (isDeleted(context, request)) {
    store.requests.change(request.reference, { state: "deleted", reason: "request-deleted" }, now);
    record(context, request.reference, "deleted");
  } else {
    store.requests.change(request.reference, { state: "failed", reason: "order-lost" }, now);
    record(context, request.reference, "failed", { code: "order-lost" });
  }
  return null;
}

/** Whether a webhook said so; only ever believed together with what the CA answers. */
function isDeleted(context: JobContext, request: StoredRequest): boolean {
  return context.store.hints
    .of(certificateIds(context, request))
    .some(({ status, receivedAt }) => status === "Deleted" && receivedAt >= request.createdAt);
}

/** A revoked certificate is never installed; one that is installed stays until a person decides (F-19). */
function settleRevoked(context: JobContext, request: StoredRequest): null {
  const { store, clock } = context;
  if (request.reason === "request-deleted") return null;
  const state = request.fingerprint === null ? "deleted" : request.state;
  store.db.transaction(() => {
    store.requests.change(request.reference, { state, reason: "request-deleted" }, clock.now());
    record(context, request.reference, "deleted");
  });
  return null;
}

function noteAfterIssue(
  context: JobContext,
  request: StoredRequest,
  view: CaRequestView | null,
  issued: IssuedAnswer,
): null {
  if (request.caRequestId === null) return null;
  const hints = context.store.hints.of(certificateIds(context, request));
  const events = context.store.timeline.of(request.reference);
  const noted = (kind: string, since: Date): boolean =>
    events.some((event) => event.kind === kind && event.at >= since);
  const due = hints.filter(({ state }) => state === "ReadyForReissue").at(-1);
  if (due !== undefined && !noted("reissue-due", due.receivedAt)) {
    context.store.db.transaction(() => {
      record(context, request.reference, "reissue-due");
      // An announcement orders nothing by itself: it only asks for the certificate's end to be looked at.
      context.store.work.want("renew", request.reference, workPriority.background, context.clock.now());
    });
    context.wake();
  }
  // A certificate that the CA still vouches for was not deleted, whoever says so.
  const gone = view === null && issued.kind !== "issued";
  const deleted = hints.filter(({ status }) => status === "Deleted").at(-1);
  if (deleted !== undefined && gone && !noted("deleted", deleted.receivedAt)) {
    context.store.requests.change(request.reference, { reason: "request-deleted" }, context.clock.now());
    record(context, request.reference, "deleted");
  }
  return null;
}

/** Shows why nothing moves, until the next look that succeeds. What was issued already is not made to look worse. */
function noteDelay(context: JobContext, reference: string, error: CodedError): void {
  const request = context.store.requests.get(reference);
  if (request === null || isTerminal(request.state) || request.fingerprint !== null) return;
  if (request.reason === error.code) return;
  context.store.requests.change(reference, { reason: error.code, detail: error.detail }, context.clock.now());
  record(context, reference, "attempt-failed", { code: error.code });
}
