import { type CodedError, errorCatalogue } from "../errors.ts";
import { isTerminal } from "../model/request.ts";
import type { WorkItem } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { refreshRequestState } from "./request-state.ts";

/**
 * Makes giving up visible where people look: on the request or the installation, with its reason. New facts (a webhook,
 * the sweep) or a person can start it again.
 */
export function giveUp(context: JobContext, item: WorkItem, error: CodedError): void {
  if (item.kind === "verify") giveUpInstallation(context, Number(item.key), error);
  else if (item.kind === "advance" || item.kind === "install") giveUpRequest(context, item.key, error);
}

function giveUpRequest(context: JobContext, reference: string, error: CodedError): void {
  const { store, clock } = context;
  const request = store.requests.get(reference);
  if (request === null || isTerminal(request.state)) return;
  // The schedule is at its end, but only because the sweep looks from here on.
  if (error.advice !== "never") return;
  // One that serves already stays what it is; the reason says that a later step is stuck.
  const settled = request.state === "installed";
  const { owner } = errorCatalogue[error.code];
  const state = settled ? request.state : owner === "you" || owner === "host" ? "needs-you" : "failed";
  if (request.state === state && request.reason === error.code) return;
  store.db.transaction(() => {
    store.requests.change(reference, { state, reason: error.code, detail: error.detail }, clock.now());
    record(context, reference, state === "failed" ? "failed" : "needs-you", { code: error.code });
  });
}

function giveUpInstallation(context: JobContext, id: number, error: CodedError): void {
  const { store, clock } = context;
  const installation = store.installations.get(id);
  if (installation === null) return;
  store.db.transaction(() => {
    store.installations.change(
      id,
      { state: "failed", reason: error.code, detail: error.detail, nextAttemptAt: null },
      clock.now(),
    );
    record(context, installation.reference, "failed", { vhost: installation.vhost, code: error.code });
    refreshRequestState(context, installation.reference);
  });
}
