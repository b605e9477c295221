import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { dcvFile, dcvRecord } from "../model/dcv.ts";
import { asHostName, isWildcard } from "../model/host-name.ts";
import {
  askAgainAfter,
  nextOnLadder,
  validationLadder,
  valuesLadder,
  visibleLadder,
} from "../model/polling.ts";
import type { DcvMethod } from "../model/request.ts";
import type { StoredDcvName } from "../store/dcv-names.ts";
import type { StoredRequest } from "../store/requests.ts";
import { caPriorityOf } from "./ca-priority.ts";
import { askForMethod } from "./change-validation.ts";
import { type JobContext, record } from "./context.ts";
import type { CaDcvView } from "./ports.ts";
import { answerOf, withdrawAnswer } from "./withdraw-answers.ts";

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
  const known = new Map(context.store.dcvNames.of(request.reference).map((name) => [name.name, name]));
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
      context.store.dcvNames.put(request.reference, outcome.name);
    }
    if (outcome.next !== null && outcome.next < next) next = outcome.next;
    if (outcome.name.state === "needs-you") reason ??= outcome.name.reason;
  }
  return { next, reason };
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
    return { name: { ...before, state: "validated", reason: null, wanted: null }, next: null };
  }
  // The CA takes its time to change the way; its old values must not be published again meanwhile (spec xolphin-api §3.5).
  if (before.wanted !== null && before.wantedAt !== null && view.method !== before.wanted) {
    if (now.getTime() - before.wantedAt.getTime() < askAgainAfter) {
      return { name: before, next: nextOnLadder(valuesLadder, before.wantedAt, now) };
    }
    const asked = await askForMethod(context, request, before, before.wanted, before.email, "agent");
    return { name: asked, next: nextOnLadder(valuesLadder, now, now) };
  }
  let name: StoredDcvName = {
    ...before,
    caName: view.caName,
    method: view.method ?? before.method,
    wanted: null,
  };
  if (name.method === "EMAIL") {
    // The CA has done its part: nothing goes on until whoever reads the mail follows its link.
    return {
      name: { ...name, email: view.email, state: "needs-you", reason: "dcv-email-waiting" },
      next: null,
    };
  }
  try {
    const values = readValues(name, view);
    if (values === null) {
      const next = nextOnLadder(valuesLadder, request.createdAt, now);
      return { name: { ...name, state: "waiting", reason: "dcv-values-missing" }, next };
    }
    const changed = JSON.stringify([name.record, name.file]) !== JSON.stringify([values.record, values.file]);
    if (changed) name = { ...name, ...values, state: "waiting", askedAt: null };
    name = await publish(context, request, name);
    if (name.state === "published" || name.state === "needs-you") name = await look(context, request, name);
    if (name.state === "visible" || (name.state === "asked" && dueAgain(name, now))) {
      name = await ask(context, request, name);
    }
    if (name.state === "asked") return { name, next: null };
    const turned = await goOtherWay(context, request, name, before);
    if (turned !== null) return turned;
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
    const stuck: StoredDcvName = { ...name, state, reason: error.code };
    const turned = await goOtherWay(context, request, stuck, before);
    if (turned !== null) return turned;
    return {
      name: stuck,
      next: nextOnLadder(visibleLadder, publishedSince(context, request), now),
    };
  }
}

/** Longer than any name server of this machine needs to take up a record. */
const patience = 30 * 60_000;

/**
 * Another way that needs nobody, when this one turned out to: a file where the zone is elsewhere, a record where the
 * website does not show the file. The file is tried once, and what is left to a person in the end is a record, which works
 * wherever the website is (spec xolphin-api §9.8).
 */
function otherWay(context: JobContext, request: StoredRequest, name: StoredDcvName): DcvMethod | null {
  const other = name.method === "DNS" ? "FILE" : "DNS";
  if (name.tried.includes("FILE") || request.account === null) return null;
  if (other === "FILE" && isWildcard(name.name)) return null;
  if (name.state === "needs-you") return name.reason === "dcv-values-suspicious" ? null : other;
  const waited = context.clock.now().getTime() - publishedSince(context, request).getTime();
  return name.state === "published" && waited > patience ? other : null;
}

/** Changes the way where that may help without anybody; null where it stays, which is then told once. */
async function goOtherWay(
  context: JobContext,
  request: StoredRequest,
  name: StoredDcvName,
  before: StoredDcvName,
): Promise<{ name: StoredDcvName; next: Date } | null> {
  const other = otherWay(context, request, name);
  if (other === null) {
    if (name.state === "needs-you" && before.reason !== name.reason) {
      record(context, request.reference, "needs-you", { name: name.name, code: name.reason ?? "" });
    }
    return null;
  }
  const kept = name.state === "needs-you" ? name : await withdrawAnswer(context, request, name);
  const tried = name.method === null ? name.tried : [...name.tried, name.method];
  const asked = await askForMethod(context, request, { ...kept, tried }, other, null, "agent");
  const now = context.clock.now();
  return { name: asked, next: nextOnLadder(valuesLadder, now, now) };
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
  const check = { caName: name.caName, method: name.method, email: null };
  await context.ca.askToCheck(request.caRequestId, check, caPriorityOf(context, request));
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
    wanted: null,
    wantedAt: null,
    tried: [],
  };
}
