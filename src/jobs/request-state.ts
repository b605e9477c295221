import { issuedState } from "../model/request.ts";
import type { JobContext } from "./context.ts";

/** Sets a request's state from its installations, once its certificate was collected. */
export function refreshRequestState(
  { store, clock }: Pick<JobContext, "store" | "clock">,
  reference: string,
): void {
  const request = store.requests.get(reference);
  if (request === null || request.fingerprint === null) return;
  const installations = store.installations
    .of(reference)
    .filter(({ fingerprint }) => fingerprint === request.fingerprint);
  const { state, reason } = issuedState(request, installations);
  if (state === request.state && reason === request.reason) return;
  store.requests.change(reference, { state, reason }, clock.now());
}
