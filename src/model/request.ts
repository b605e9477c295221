import type { ErrorCode } from "../errors.ts";
import type { HostName } from "./host-name.ts";
import type { Installation } from "./installation.ts";

/** Where a request stands, as shown on pages and by `--json` (design §5.4). */
export const requestStates = [
  "draft",
  "ordering",
  "validating",
  "issuing",
  "issued",
  "installing",
  "installed",
  "needs-you",
  "failed",
  "cancelled",
  "deleted",
] as const;
export type RequestState = (typeof requestStates)[number];

/** What brought a request into being. A reissue or renewal is a request of its own, linked to its predecessor. */
export type RequestKind = "order" | "reissue" | "renewal" | "adopted";

/** How control of a name is shown to the CA, in the CA's own words (spec xolphin-api §9.1). */
export type DcvMethod = "DNS" | "FILE" | "EMAIL";

/**
 * One order, reissue, renewal or adopted certificate, from draft to installed. It has its own key and CSR, and
 * therefore its own answer to "is this certificate ours?": the public key (spec xolphin-api §8).
 */
export interface CertificateRequest {
  /** Our unique reference, sent to the CA with the order and echoed by it, e.g. `xs-01jd…`. The primary key here. */
  readonly reference: string;
  readonly kind: RequestKind;
  /** Reference of the request that this one reissues or renews. */
  readonly predecessor: string | null;
  readonly account: string | null;
  /** The account's creation time as the panel says it, so that a re-created account of the same name is another one. */
  readonly accountCreatedAt: string | null;
  /** Normal form; the first is the common name. */
  readonly names: readonly HostName[];
  readonly productId: number | null;
  readonly productName: string | null;
  readonly validation: "DV" | "OV" | "EV" | null;
  readonly years: number | null;
  readonly dcvMethod: DcvMethod | null;
  /** SHA-256 of the public key (SPKI, hex): names the key file and recognises the certificate. */
  readonly keyId: string | null;
  /** The CA's id of the request; webhooks carry it as `RequestId`. */
  readonly caRequestId: number | null;
  /** The CA's id of the certificate; usually equal, never assumed (spec xolphin-api §8.1). */
  readonly caCertificateId: number | null;
  readonly state: RequestState;
  /** Why it stands there, when that needs saying. */
  readonly reason: ErrorCode | null;
  /** SHA-256 of the collected certificate, hex. */
  readonly fingerprint: string | null;
  /** End of the collected certificate's validity. */
  readonly notAfter: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** One name of a request and how far its domain control validation has come. */
export interface DcvName {
  readonly name: HostName;
  readonly method: DcvMethod | null;
  /** `waiting` for the CA's values, `published` by us, `visible` from outside, `asked` the CA to check, `validated`, or `needs-you`. */
  readonly state: "waiting" | "published" | "visible" | "asked" | "validated" | "needs-you";
  /** DNS: the record to exist, as the CA gave it. */
  readonly record: { readonly owner: string; readonly type: "CNAME" | "TXT"; readonly value: string } | null;
  /** FILE: where the CA will look, and what it must find. */
  readonly file: { readonly host: HostName; readonly path: string; readonly content: string } | null;
  readonly email: string | null;
  readonly reason: ErrorCode | null;
}

/** A step of the CA's own validation (`organization`, `phone` …), as the CA reports it (spec xolphin-api §3.2.1). */
export interface ValidationStep {
  readonly key: string;
  readonly done: boolean;
  readonly attention: boolean;
  readonly text: string;
}

/** A message about a request, from the CA or to it. */
export interface CaMessage {
  readonly id: number;
  readonly at: Date;
  readonly fromCa: boolean;
  readonly text: string;
}

/** What a person may plan or change about the CA's validation call (spec xolphin-api §3.7). */
export interface CallWish {
  readonly action: "schedule" | "manual" | "other-phone" | "by-mail" | "mail-again";
  /** `YYYY-MM-DD` and `HH:mm` in `timezone`. */
  readonly date: string;
  readonly time: string;
  /** IANA name. */
  readonly timezone: string;
  readonly phone: string | null;
  readonly extension: string | null;
  readonly email: string | null;
  readonly comments: string | null;
}

const terminalStates: readonly RequestState[] = ["failed", "cancelled", "deleted"];

/** Nothing happens any more unless a person asks for it. */
export function isTerminal(state: RequestState): boolean {
  return terminalStates.includes(state);
}

/** It is on its way to another server, or is there: nothing is done about it here. */
export function handedOver({ state, reason }: Pick<CertificateRequest, "state" | "reason">): boolean {
  return state === "deleted" && (reason === "handing-over" || reason === "handed-over");
}

/** Reasons that the CA reports only as "something is needed"; which one, its steps and last webhook tell. */
const stepReasons: Readonly<Record<string, ErrorCode>> = {
  organization: "organization-needed",
  docs: "organization-needed",
  request: "message-waiting",
  phone: "phone-needed",
  whois: "whois-needed",
};

/** Which of the CA's steps an announcement is about; once they are done it means nothing any more. */
const announcedSteps: Partial<Readonly<Record<ErrorCode, readonly string[]>>> = {
  "organization-needed": ["organization", "docs"],
  "phone-needed": ["phone"],
  "phone-delayed": ["phone"],
  "whois-needed": ["whois"],
};

function standing(hinted: ErrorCode | null, steps: readonly ValidationStep[]): ErrorCode | null {
  if (hinted === null) return null;
  const about = steps.filter(({ key }) => announcedSteps[hinted]?.includes(key));
  return about.length > 0 && about.every(({ done }) => done) ? null : hinted;
}

/**
 * The state of a request that is still pending at the CA, from its latest answer (spec xolphin-api §12.4). The order of
 * the questions decides what is shown when several things are open.
 */
export function pendingState(look: {
  readonly brandReview: boolean;
  readonly requiresAction: boolean;
  readonly steps: readonly ValidationStep[];
  /** Why a name can't be validated without a person. */
  readonly control: ErrorCode | null;
  /** What the CA's last webhook was about, unless somebody has answered it since. */
  readonly hinted: ErrorCode | null;
  /** The CA wrote something that nobody has answered or read yet. */
  readonly unread: boolean;
}): { state: RequestState; reason: ErrorCode | null } {
  if (look.brandReview) return { state: "validating", reason: "brand-review" };
  const hinted = standing(look.hinted, look.steps);
  const attention = look.steps.find((step) => step.attention && !step.done);
  if (look.requiresAction || attention !== undefined) {
    const byStep = attention === undefined ? undefined : stepReasons[attention.key];
    return { state: "needs-you", reason: byStep ?? hinted ?? "message-waiting" };
  }
  if (hinted !== null && hinted !== "phone-delayed" && hinted !== "message-waiting") {
    return { state: "needs-you", reason: hinted };
  }
  if (look.unread) return { state: "needs-you", reason: "message-waiting" };
  if (look.control !== null) return { state: "needs-you", reason: look.control };
  if (hinted === "phone-delayed") return { state: "validating", reason: "phone-delayed" };
  const open = look.steps.some((step) => !step.done);
  return { state: open || look.steps.length === 0 ? "validating" : "issuing", reason: null };
}

/** The state of a request whose certificate was collected, from its installations. */
export function issuedState(
  request: {
    readonly state: RequestState;
    readonly reason: ErrorCode | null;
    /** Why the next certificate is not under way although it should be. */
    readonly renewalProblem?: ErrorCode | null;
  },
  installations: readonly Pick<Installation, "state" | "reason">[],
): { state: RequestState; reason: ErrorCode | null } {
  if (isTerminal(request.state)) return { state: request.state, reason: request.reason };
  const of = (...states: Installation["state"][]): Pick<Installation, "state" | "reason"> | undefined =>
    installations.find(({ state }) => states.includes(state));
  const stuck = of("failed", "rolled-back");
  if (stuck !== undefined) return { state: "needs-you", reason: stuck.reason };
  const underWay = of("planned", "installing", "applied");
  if (underWay !== undefined) return { state: "installing", reason: underWay.reason };
  const problem = request.renewalProblem ?? null;
  if (of("verified") !== undefined) {
    if (problem !== null) return { state: "needs-you", reason: problem };
    // Elsewhere a newer one serves: nothing is missing there, and this one goes on here.
    const held = installations.find(
      ({ state, reason }) => state === "refused" && reason !== "newer-installed",
    );
    return { state: "installed", reason: held?.reason ?? null };
  }
  const refused = of("refused");
  if (refused !== undefined) return { state: "needs-you", reason: refused.reason };
  // Another certificate took its place everywhere: it did its work.
  if (of("superseded") !== undefined) return { state: "installed", reason: "newer-installed" };
  return { state: request.state === "needs-you" ? "needs-you" : "issued", reason: request.reason };
}
