import { CodedError } from "../errors.ts";
import type { CallWish } from "../model/request.ts";
import type { TimelineKind } from "../model/timeline.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record, type Source } from "./context.ts";
import type { Document } from "./ports.ts";

/** More than anybody types; the CA's own limit is not known (spec xolphin-api §3.10). */
const longestMessage = 4_000;
/** PDF is safe, pictures of a document usual; the CA names no list (spec xolphin-api §3.4). */
const documentTypes: Readonly<Record<string, RegExp>> = {
  "application/pdf": /^%PDF-/,
  "image/jpeg": /^\xff\xd8\xff/,
  "image/png": /^\x89PNG\r\n/,
};
const largestDocument = 4 * 1024 * 1024;
const mailAddress = /^[^\s@<>,;:"()[\]\\]{1,64}@[A-Za-z0-9.-]{3,190}$/;

/** Writes to the CA about a request. */
export async function sendMessage(
  context: JobContext,
  request: StoredRequest,
  text: string,
  source: Source,
): Promise<void> {
  const message = text.replaceAll("\r\n", "\n").trim();
  if (message === "" || message.length > longestMessage) throw invalid("message", "1 to 4000 characters");
  await answer(context, request, "message-sent", {}, source, (id) => context.ca.sendMessage(id, message));
}

/** Sends a document; what it claims to be must be what it is. */
export async function sendDocument(
  context: JobContext,
  request: StoredRequest,
  document: Document,
  source: Source,
): Promise<void> {
  const begin = Buffer.from(document.content.subarray(0, 16)).toString("latin1");
  const known = Object.entries(documentTypes).find(([, mark]) => mark.test(begin));
  if (known === undefined) throw invalid("document", "PDF, JPEG, PNG");
  if (document.content.length > largestDocument) throw invalid("document", "4 MB");
  const name = document.name.replaceAll(/[^\p{L}\p{N}._ -]/gu, "-").slice(-100);
  await answer(context, request, "document-sent", { name }, source, (id) =>
    context.ca.sendDocument(id, { ...document, name, type: known[0] }),
  );
}

/** Plans the validation call, or changes how the CA reaches the organisation. */
export async function planCall(
  context: JobContext,
  request: StoredRequest,
  wish: CallWish,
  language: string | null,
  source: Source,
): Promise<void> {
  checkCall(wish, context.clock.now());
  const data = { action: wish.action, date: wish.date, time: wish.time };
  await answer(context, request, "call-planned", data, source, (id) =>
    context.ca.planCall(id, wish, language),
  );
}

/** Has the CA mail the subscriber agreement to whoever signs it. */
export async function sendAgreement(
  context: JobContext,
  request: StoredRequest,
  to: { readonly email: string; readonly language: string | null },
  source: Source,
): Promise<void> {
  if (!mailAddress.test(to.email)) throw invalid("email", to.email.slice(0, 80));
  await answer(context, request, "agreement-sent", {}, source, (id) => context.ca.sendAgreement(id, to));
}

/** The holder read what the CA wrote and has nothing to answer. */
export function markRead({ store, clock, wake }: JobContext, request: StoredRequest): void {
  const now = clock.now();
  store.db.transaction(() => {
    store.requests.change(request.reference, { answeredAt: now }, now);
    store.work.want("advance", request.reference, workPriority.user, now);
  });
  wake();
}

/**
 * One answer to the CA, with its intent before and its line of history after. From then on older announcements ask for
 * nothing; the CA is read again at once.
 */
async function answer(
  context: JobContext,
  request: StoredRequest,
  kind: TimelineKind,
  data: Readonly<Record<string, string>>,
  source: Source,
  send: (id: number) => Promise<void>,
): Promise<void> {
  const { store, clock } = context;
  const { reference, caRequestId } = request;
  if (caRequestId === null || request.fingerprint !== null) throw new CodedError("nothing-to-do");
  const intent = store.intents.begin("answer", reference, { kind }, clock.now());
  try {
    await send(caRequestId);
  } catch (thrown) {
    store.intents.finish(intent, "not sent", clock.now());
    throw thrown;
  }
  const now = clock.now();
  store.db.transaction(() => {
    store.intents.finish(intent, "sent", now);
    store.requests.change(reference, { answeredAt: now }, now);
    record(context, reference, kind, data, source);
    store.work.want("advance", reference, workPriority.user, now);
  });
  context.wake();
}

/** In the future and not at a weekend, as the CA demands (spec xolphin-api §3.7). */
function checkCall({ action, date, time, timezone, phone, email }: CallWish, now: Date): void {
  if (action === "other-phone" && (phone === null || !/^\+[0-9 ().-]{6,24}$/.test(phone))) {
    throw invalid("phone", "+31…");
  }
  if (action === "by-mail" && (email === null || !mailAddress.test(email))) throw invalid("email", "");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw invalid("date", "");
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.getUTCDay() === 0 || day.getUTCDay() === 6)
    throw invalid("date", date);
  if (new Date(`${date}T${time}:00Z`).getTime() < now.getTime() - 14 * 3_600_000) throw invalid("date", date);
  if (!Intl.supportedValuesOf("timeZone").includes(timezone) && timezone !== "UTC") {
    throw invalid("timezone", timezone.slice(0, 40));
  }
}

function invalid(field: string, text: string): CodedError {
  return new CodedError("input-invalid", { fields: [{ field, text }] });
}
