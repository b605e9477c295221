import { CodedError } from "../errors.ts";
import { isTerminal } from "../model/request.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type JobContext, record, type Source } from "./context.ts";
import { withdrawAnswers } from "./withdraw-answers.ts";

/**
 * Cancels at the CA: a pending request, or an issued certificate, which revokes it (spec xolphin-api §5.6, U5). What was
 * issued stays installed until something better takes its place: a revoked certificate still encrypts. Throws
 * `nothing-to-do` for what is closed already.
 */
export async function cancelRequest(
  context: JobContext,
  request: StoredRequest,
  reason: string,
  source: Source,
): Promise<void> {
  const { store, clock, ca } = context;
  const { reference, caRequestId, caCertificateId } = request;
  if (isTerminal(request.state)) throw new CodedError("nothing-to-do");
  const intent = store.intents.begin("cancel", reference, { id: caRequestId }, clock.now());
  try {
    if (request.fingerprint !== null && caCertificateId !== null) {
      await ca.cancelCertificate(caCertificateId, reason);
    } else if (caRequestId !== null) await ca.cancelRequest(caRequestId, reason);
  } catch (thrown) {
    store.intents.finish(intent, "not cancelled", clock.now());
    throw thrown;
  }
  store.db.transaction(() => {
    store.requests.change(reference, { state: "cancelled", reason: "request-cancelled" }, clock.now());
    record(context, reference, "cancelled", {}, source);
    for (const kind of ["advance", "install", "renew"] as const) store.work.remove(kind, reference);
    store.intents.finish(intent, "cancelled", clock.now());
  });
  const cancelled = store.requests.get(reference);
  if (cancelled !== null) await withdrawAnswers(context, cancelled);
}
