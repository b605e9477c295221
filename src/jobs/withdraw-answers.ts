import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import { isTerminal } from "../model/request.ts";
import type { DcvAnswer } from "../panel.ts";
import type { StoredDcvName } from "../store/dcv-names.ts";
import type { StoredRequest } from "../store/requests.ts";
import { type JobContext, record } from "./context.ts";

/** Takes published answers away once they are no longer needed; what can't be taken away now stays on record. */
export async function withdrawAnswers(context: JobContext, request: StoredRequest): Promise<void> {
  for (const name of context.store.dcvNames.of(request.reference)) {
    await withdrawAnswer(context, request, name);
  }
}

/** The name as it is once its answer is gone; unchanged when that did not succeed, and the daily sweep tries again. */
export async function withdrawAnswer(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
): Promise<StoredDcvName> {
  const answer = answerOf(request, name);
  if (answer === null) return name;
  try {
    await context.panel.withdrawDcv(answer);
    crashPoint("X-35");
  } catch (thrown) {
    context.log.warn("a validation answer could not be withdrawn", {
      reference: request.reference,
      name: name.name,
      error: asCodedError(thrown),
    });
    return name;
  }
  const ended = request.fingerprint !== null || isTerminal(request.state);
  const without: StoredDcvName = {
    ...name,
    record: null,
    file: null,
    state: ended ? "validated" : "waiting",
  };
  context.store.db.transaction(() => {
    context.store.dcvNames.put(request.reference, without);
    record(context, request.reference, "dcv-withdrawn", { name: name.name });
  });
  return without;
}

/** What is published for a name, as the panel takes it; null when nothing is, or nowhere of ours. */
export function answerOf(request: StoredRequest, name: StoredDcvName): DcvAnswer | null {
  if (request.account === null) return null;
  if (name.record !== null) {
    return { method: "DNS", account: request.account, name: name.name, ...name.record };
  }
  if (name.file !== null) {
    return {
      method: "FILE",
      account: request.account,
      name: name.file.host,
      path: name.file.path,
      content: name.file.content,
    };
  }
  return null;
}
