import { CodedError } from "../errors.ts";
import type { HostName } from "../model/host-name.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record, type Source } from "./context.ts";
import { emptyDraft, newReference } from "./empty-draft.ts";

/** A request or certificate at the CA that was ordered elsewhere, and the key that belongs to it. */
export interface Adoption {
  readonly caId: number;
  readonly keyId: string;
  readonly account: string | null;
  readonly accountCreatedAt: string | null;
  /** As the CA names them; the certificate itself decides what is installed where. */
  readonly names: readonly HostName[];
}

/**
 * Takes over what was ordered in the reseller's control panel or through a billing module. From here on it is followed
 * like an order of our own; the key tells whether the certificate is the right one. Throws `nothing-to-do` when it is
 * known already.
 */
export function adoptRequest(context: JobContext, adoption: Adoption, source: Source): StoredRequest {
  const { store, clock } = context;
  const known = store.requests.byCaId(adoption.caId).find(({ keyId }) => keyId === adoption.keyId);
  if (known !== undefined)
    throw new CodedError("nothing-to-do", { detail: `${adoption.caId} is known as ${known.reference}` });
  const reference = newReference();
  store.db.transaction(() => {
    store.requests.add({
      ...emptyDraft(adoption, reference, clock.now()),
      kind: "adopted",
      keyId: adoption.keyId,
      state: "validating",
    });
    record(context, reference, "adopted", { id: adoption.caId }, source);
    store.setCaIds(reference, { caRequestId: adoption.caId }, clock.now());
    store.work.want("advance", reference, workPriority.user, clock.now());
  });
  context.wake();
  const stored = store.requests.get(reference);
  if (stored === null) throw new CodedError("internal", { detail: `request ${reference} vanished` });
  return stored;
}
