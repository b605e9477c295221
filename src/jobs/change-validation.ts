import { CodedError } from "../errors.ts";
import { type HostName, isWildcard } from "../model/host-name.ts";
import type { DcvMethod } from "../model/request.ts";
import type { StoredDcvName } from "../store/dcv-names.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { caPriorityOf } from "./ca-priority.ts";
import { type JobContext, record, type Source } from "./context.ts";
import { advanceLock } from "./keyed-lock.ts";
import { withdrawAnswer } from "./withdraw-answers.ts";

export interface ValidationChange {
  /** Null: every name that is still open. */
  readonly name: HostName | null;
  /** Null: the way stays; it is published and asked for again, or the mail is sent again. */
  readonly method: DcvMethod | null;
  /** For mail: who approves, one of the CA's own addresses. Null: as before. */
  readonly email: string | null;
}

/**
 * Has names validated again, or in another way, as a person asked. What was published for the old way is taken back
 * first. Throws `nothing-to-do` when no such name is open, `dcv-method-unsupported` for a file under a wildcard,
 * `input-invalid` for an address that the CA does not take.
 */
export function changeValidation(
  context: JobContext,
  { reference }: StoredRequest,
  change: ValidationChange,
  source: Source,
): Promise<void> {
  return context.locks.run(advanceLock(reference), async () => {
    const request = context.store.requests.get(reference);
    if (request !== null) await changeOpenNames(context, request, change, source);
  });
}

async function changeOpenNames(
  context: JobContext,
  request: StoredRequest,
  change: ValidationChange,
  source: Source,
): Promise<void> {
  const { store, clock } = context;
  if (request.caRequestId === null || request.fingerprint !== null) throw new CodedError("nothing-to-do");
  const open = store.dcvNames
    .of(request.reference)
    .filter(({ name, state }) => state !== "validated" && (change.name === null || name === change.name));
  if (open.length === 0) throw new CodedError("nothing-to-do", { detail: "no name waits for validation" });
  for (const name of open) await changeName(context, request, name, change, source);
  store.work.want("advance", request.reference, workPriority.user, clock.now());
  context.wake();
}

async function changeName(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
  change: ValidationChange,
  source: Source,
): Promise<void> {
  const { store } = context;
  const method = change.method ?? name.method ?? request.dcvMethod ?? "DNS";
  if (method === "FILE" && isWildcard(name.name)) throw new CodedError("dcv-method-unsupported");
  const email = method === "EMAIL" ? await readApprover(context, name, change.email) : null;
  if (method === name.method && method !== "EMAIL") {
    store.dcvNames.put(request.reference, {
      ...name,
      state: "waiting",
      reason: null,
      askedAt: null,
      tried: [],
    });
    return;
  }
  const kept = await withdrawAnswer(context, request, name);
  // Who chose a way keeps it, whatever becomes of it.
  await askForMethod(context, request, { ...kept, tried: ["DNS", "FILE"] }, method, email, source);
}

/** Tells the CA the new way. Until it names that way itself, its old values are not published again. */
export async function askForMethod(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
  method: DcvMethod,
  email: string | null,
  source: Source,
): Promise<StoredDcvName> {
  if (request.caRequestId === null) return name;
  const check = { caName: name.caName, method, email };
  await context.ca.askToCheck(
    request.caRequestId,
    check,
    source === "agent" ? caPriorityOf(context, request) : "user",
  );
  const now = context.clock.now();
  const changed: StoredDcvName = {
    ...name,
    method,
    email: email ?? name.email,
    state: "waiting",
    record: null,
    file: null,
    reason: "dcv-values-missing",
    askedAt: null,
    wanted: method,
    wantedAt: now,
  };
  context.store.db.transaction(() => {
    context.store.dcvNames.put(request.reference, changed);
    record(context, request.reference, "dcv-method", { name: name.name, method }, source);
  });
  return changed;
}

/** Only addresses that the CA itself names may approve (spec xolphin-api §6.4). */
async function readApprover({ ca }: JobContext, name: StoredDcvName, wished: string | null): Promise<string> {
  const allowed = await ca.approverAddresses(name.name);
  const address = wished ?? name.email;
  const found = allowed.find((known) => known.toLowerCase() === address?.toLowerCase());
  if (found === undefined) {
    throw new CodedError("input-invalid", { fields: [{ field: "email", text: allowed.join(", ") }] });
  }
  return found;
}
