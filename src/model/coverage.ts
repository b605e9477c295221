import { type ErrorCode, errorCatalogue, type Owner } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import { covers, type HostName, isWildcard } from "./host-name.ts";
import { isTerminal, type RequestState } from "./request.ts";
import { isServiceName } from "./usual-names.ts";

/** What a website showed when it was last looked at, as far as judging it needs. */
export interface Look {
  readonly at: Date;
  /** Null: no handshake came about. */
  readonly certificate: ShownCertificate | null;
}

export interface ShownCertificate {
  readonly fingerprint: string;
  /** The CA's organisation, or its common name where it names none. */
  readonly issuer: string;
  readonly names: readonly HostName[];
  readonly notAfter: Date;
  readonly selfSigned: boolean;
  /** What was sent leads to a trusted root without a gap. */
  readonly complete: boolean;
  /** The panel's own engine looks after it. */
  readonly managed: boolean;
}

/**
 * How a website stands, worst first: this is also the order in which people should look at them.
 * `unprotected` nothing is shown, `expired`, `self-signed`, `untrusted` (no way to a trusted root), `other-name` (it covers no
 * name of the site), `incomplete` (some names only), `ending` (soon, with nothing under way), `waiting` (an own order waits
 * for its holder), `held` (it waits for the host), `under-way` (it goes on by itself, or others work on it), `unknown` (not
 * looked at yet), `free`, `secured`.
 */
export const coverageStates = [
  "expired",
  "unprotected",
  "self-signed",
  "untrusted",
  "other-name",
  "incomplete",
  "waiting",
  "ending",
  "held",
  "under-way",
  "unknown",
  "free",
  "secured",
] as const;
export type CoverageState = (typeof coverageStates)[number];

/** A request of ours as far as a website's standing depends on it. */
export interface CoveringRequest {
  readonly reference: string;
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
  readonly fingerprint: string | null;
}

export interface Standing {
  readonly state: CoverageState;
  /** Names of the site that what is shown does not cover. */
  readonly uncovered: readonly HostName[];
  /** The request that made what is shown, or that is to make it better. */
  readonly request: string | null;
}

const day = 86_400_000;
/** Free engines replace a certificate a month before its end; one that is this near its end is looked after by nobody. */
const endingDays = 14;

/** CAs whose certificates for websites cost nothing, by the organisation they sign as. */
const freeIssuers = ["let's encrypt", "zerossl", "google trust services", "buypass as"];

/** Judges one website from the last look at it and our own requests for its names. Pure. */
export function judgeCoverage(site: {
  readonly names: readonly HostName[];
  readonly look: Look | null;
  readonly requests: readonly CoveringRequest[];
  readonly now: Date;
}): Standing {
  const shown = site.look?.certificate ?? null;
  const own = shown === null ? undefined : site.requests.find((one) => one.fingerprint === shown.fingerprint);
  const open = site.requests.find(isOpen);
  // Begun but agreed to by nobody: the website stands as it stands, and ordering goes on where it was left.
  const draft = site.requests.find(({ state: at, reason }) => at === "draft" && reason === null);
  const uncovered =
    shown === null ? site.names : site.names.filter((name) => !shown.names.some((one) => covers(one, name)));
  const state = standing(site, shown, own, open, uncovered);
  const request = state === "secured" || state === "ending" ? (own ?? open) : (open ?? own ?? draft);
  return { state, uncovered: shown === null ? [] : uncovered, request: request?.reference ?? null };
}

function standing(
  site: { readonly look: Look | null; readonly names: readonly HostName[]; readonly now: Date },
  shown: ShownCertificate | null,
  own: CoveringRequest | undefined,
  open: CoveringRequest | undefined,
  uncovered: readonly HostName[],
): CoverageState {
  const problem = problemOf(site, shown, uncovered);
  if (problem === null && own !== undefined) return "secured";
  if (open !== undefined) return waitsFor(open);
  if (problem !== null) return problem;
  return shown !== null && (shown.managed || isFreeIssuer(shown.issuer)) ? "free" : "secured";
}

const waits: Readonly<Record<Owner, CoverageState>> = {
  you: "waiting",
  host: "held",
  xolphin: "under-way",
  ca: "under-way",
  nobody: "under-way",
};

/** A draft that is among the open ones waits for approval. */
function waitsFor({ state, reason }: CoveringRequest): CoverageState {
  if (state !== "needs-you" && state !== "draft") return "under-way";
  return reason === null ? "waiting" : waits[errorCatalogue[reason].owner];
}

function problemOf(
  {
    look,
    names,
    now,
  }: { readonly look: Look | null; readonly names: readonly HostName[]; readonly now: Date },
  shown: ShownCertificate | null,
  uncovered: readonly HostName[],
): CoverageState | null {
  if (look === null) return "unknown";
  if (shown === null) return "unprotected";
  if (shown.selfSigned) return "self-signed";
  if (shown.notAfter <= now) return "expired";
  // A name that is not the site's comes first: the default certificate of the server is often untrusted as well.
  if (uncovered.length === names.length) return "other-name";
  if (!shown.complete) return "untrusted";
  if (uncovered.some((name) => !isWildcard(name) && !isServiceName(name, names))) return "incomplete";
  return shown.notAfter.getTime() - now.getTime() < endingDays * day ? "ending" : null;
}

/** An order that somebody agreed to and that has not come to its end; one that waits for approval is among them. */
function isOpen({ state, reason }: CoveringRequest): boolean {
  if (state === "draft") return reason !== null;
  return !isTerminal(state) && state !== "installed";
}

export function isFreeIssuer(issuer: string): boolean {
  return freeIssuers.includes(issuer.toLowerCase());
}

/** What a look notes of a certificate itself. */
export function shownBy(leaf: Certificate): Omit<ShownCertificate, "complete" | "managed"> {
  const { fingerprint, names, notAfter, selfSigned } = leaf;
  return { fingerprint, issuer: issuerOf(leaf), names, notAfter, selfSigned };
}

/** What people call the issuer: its organisation, else its common name. */
export function issuerOf({ issuer }: Pick<Certificate, "issuer">): string {
  const part = (key: string): string | undefined => new RegExp(`^${key}=(.+)$`, "m").exec(issuer)?.[1];
  return part("O") ?? part("CN") ?? issuer.replaceAll("\n", ", ");
}

/** What the page of one or many websites answers first. */
export interface CoverageSummary {
  readonly total: number;
  readonly secured: number;
  readonly problems: number;
  readonly underWay: number;
  readonly waiting: number;
  readonly held: number;
  readonly unknown: number;
}

/** The groups a list can be narrowed to. */
export const coverageGroups = ["all", "problems", "under-way", "secured"] as const;
export type CoverageGroup = (typeof coverageGroups)[number];

export function groupOf(state: CoverageState): Exclude<CoverageGroup, "all"> {
  if (state === "secured" || state === "free") return "secured";
  return ["held", "under-way", "unknown"].includes(state) ? "under-way" : "problems";
}

export function summarise(states: readonly CoverageState[]): CoverageSummary {
  const count = (wanted: (state: CoverageState) => boolean): number => states.filter(wanted).length;
  return {
    total: states.length,
    secured: count((state) => groupOf(state) === "secured"),
    problems: count((state) => groupOf(state) === "problems" && state !== "waiting"),
    underWay: count((state) => state === "under-way"),
    waiting: count((state) => state === "waiting"),
    held: count((state) => state === "held"),
    unknown: count((state) => state === "unknown"),
  };
}
