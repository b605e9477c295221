import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { dcvFile, dcvRecord } from "../model/dcv.ts";
import { asHostName } from "../model/host-name.ts";
import {
  askAgainAfter,
  nextOnLadder,
  validationLadder,
  valuesLadder,
  visibleLadder,
} from "../model/polling.ts";
import type { DcvAnswer } from "../panel.ts";
import type { StoredDcvName, StoredRequest } from "../store/requests.ts";
import { type JobContext, record } from "./context.ts";
import type { CaDcvView } from "./ports.ts";

/** How the names of a request stand after one look, and when looking again makes sense. */
export interface ControlOutcome {
  readonly next: Date;
  /** The first reason why a person must act, if any. */
  readonly reason: ErrorCode | null;
}

/**
 * Brings every name one step further: publish the CA's answer unchanged, see it from outside, ask the CA to check. Works
 * from what the CA and the panel say now, so it may be repeated at any time.
 */
export async function proveControl(
  context: JobContext,
  request: StoredRequest,
  views: readonly CaDcvView[],
): Promise<ControlOutcome> {
  const known = new Map(context.store.requests.dcvNames(request.reference).map((name) => [name.name, name]));
  let next = nextOnLadder(validationLadder, request.createdAt, context.clock.now());
  let reason: ErrorCode | null = null;
  for (const view of views) {
    const name = asHostName(view.caName);
    if (name === null) {
      context.log.warn("the CA names a host that is none", {
        reference: request.reference,
        name: view.caName,
      });
      continue;
    }
    const before = known.get(name) ?? newName(name, view);
    const outcome = await proveName(context, request, before, view);
    if (JSON.stringify(outcome.name) !== JSON.stringify(before) || !known.has(name)) {
      context.store.requests.putDcvName(request.reference, outcome.name);
    }
    if (outcome.next !== null && outcome.next < next) next = outcome.next;
    if (outcome.name.state === "needs-you") reason ??= outcome.name.reason;
  }
  return { next, reason };
}

/** Takes published answers away once they are no longer needed; what can't be taken away now stays on record. */
export async function withdrawAnswers(context: JobContext, request: StoredRequest): Promise<void> {
  for (const name of context.store.requests.dcvNames(request.reference)) {
    if (name.record === null && name.file === null) continue;
    const answer = answerOf(request, name);
    if (answer === null) continue;
    try {
      await context.panel.withdrawDcv(answer);
      crashPoint("X-35");
      context.store.requests.putDcvName(request.reference, {
        ...name,
        record: null,
        file: null,
        state: "validated",
      });
      record(context, request.reference, "dcv-withdrawn", { name: name.name });
    } catch (thrown) {
      context.log.warn("a validation answer could not be withdrawn", {
        reference: request.reference,
        name: name.name,
        error: asCodedError(thrown),
      });
    }
  }
}

async function proveName(
  context: JobContext,
  request: StoredRequest,
  before: StoredDcvName,
  view: CaDcvView,
): Promise<{ name: StoredDcvName; next: Date | null }> {
  const now = context.clock.now();
  if (view.done) {
    if (before.state !== "validated")
      record(context, request.reference, "name-validated", { name: before.name });
    return { name: { ...before, state: "validated", reason: null }, next: null };
  }
  let name: StoredDcvName = { ...before, caName: view.caName, method: view.method ?? before.method };
  if (name.method === "EMAIL") {
    return { name: { ...name, email: view.email, state: "asked", reason: "dcv-email-waiting" }, next: null };
  }
  try {
    const values = readValues(name, view);
    if (values === null) {
      const next = nextOnLadder(valuesLadder, request.createdAt, now);
      return { name: { ...name, state: "waiting", reason: "dcv-values-missing" }, next };
    }
    const changed = JSON.stringify([name.record, name.file]) !== JSON.stringify([values.record, values.file]);
    if (changed) name = { ...name, ...values, state: "waiting", askedAt: null };
    name = await publish(context, request, name, before);
    if (name.state === "published" || name.state === "needs-you") name = await look(context, request, name);
    if (name.state === "visible" || (name.state === "asked" && dueAgain(name, now))) {
      name = await ask(context, request, name);
    }
    if (name.state === "asked") return { name, next: null };
    return { name, next: nextOnLadder(visibleLadder, publishedSince(context, request), now) };
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "internal") throw error;
    // Issued or deleted since it was read a moment ago: the next look finds out which, and nothing went wrong.
    const superseded = error.code === "ca-not-found";
    if (superseded) return { name, next: nextOnLadder(visibleLadder, publishedSince(context, request), now) };
    if (before.reason !== error.code) {
      record(context, request.reference, "attempt-failed", { name: name.name, code: error.code });
    }
    const state = error.advice === "never" ? "needs-you" : name.state;
    return {
      name: { ...name, state, reason: error.code },
      next: nextOnLadder(visibleLadder, publishedSince(context, request), now),
    };
  }
}

function readValues(name: StoredDcvName, view: CaDcvView): Pick<StoredDcvName, "record" | "file"> | null {
  if (name.method === "DNS") {
    if (view.dnsRecord === null || view.dnsValue === null) return null;
    return { record: dcvRecord(name.name, view.dnsRecord, view.dnsValue), file: null };
  }
  if (view.fileLocation === null || view.fileContents === null) return null;
  return { record: null, file: dcvFile(name.name, view.fileLocation, view.fileContents) };
}

async function publish(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
  before: StoredDcvName,
): Promise<StoredDcvName> {
  if (name.state === "published" || name.state === "visible" || name.state === "asked") return name;
  const answer = answerOf(request, name);
  if (answer === null) throw new CodedError("dcv-zone-elsewhere");
  try {
    await context.panel.publishDcv(answer);
  } catch (thrown) {
    const error = asCodedError(thrown);
    // The record may have been added by hand where we can't: then it is visible all the same.
    if (error.advice !== "never") throw error;
    if (before.reason !== error.code) {
      record(context, request.reference, "needs-you", { name: name.name, code: error.code });
    }
    return { ...name, state: "needs-you", reason: error.code };
  }
  crashPoint("X-34");
  record(context, request.reference, "dcv-published", { name: name.name, method: answer.method });
  return { ...name, state: "published", reason: "dcv-not-visible" };
}

async function look(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
): Promise<StoredDcvName> {
  const visible =
    name.record !== null
      ? await context.probe.recordVisible(name.record)
      : name.file !== null && (await context.probe.fileVisible(name.file));
  if (!visible) return name;
  record(context, request.reference, "dcv-visible", { name: name.name });
  return { ...name, state: "visible", reason: null };
}

async function ask(context: JobContext, request: StoredRequest, name: StoredDcvName): Promise<StoredDcvName> {
  if (request.caRequestId === null || name.method === null) return name;
  await context.ca.askToCheck(request.caRequestId, { caName: name.caName, method: name.method, email: null });
  record(context, request.reference, "dcv-asked", { name: name.name });
  return { ...name, state: "asked", reason: null, askedAt: context.clock.now() };
}

function dueAgain(name: StoredDcvName, now: Date): boolean {
  return name.askedAt !== null && now.getTime() - name.askedAt.getTime() >= askAgainAfter;
}

function publishedSince(context: JobContext, request: StoredRequest): Date {
  const published = context.store.timeline
    .of(request.reference)
    .filter(({ kind }) => kind === "dcv-published");
  return published.at(-1)?.at ?? request.createdAt;
}

function answerOf(request: StoredRequest, name: StoredDcvName): DcvAnswer | null {
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

function newName(name: StoredDcvName["name"], view: CaDcvView): StoredDcvName {
  return {
    name,
    method: view.method,
    state: "waiting",
    caName: view.caName,
    record: null,
    file: null,
    email: null,
    reason: null,
    askedAt: null,
  };
}
