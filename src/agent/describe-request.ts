import { type ErrorCode, errorCatalogue, type Owner } from "../errors.ts";
import type { DcvName } from "../model/request.ts";
import type { TimelineEvent } from "../model/timeline.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { StoredRequest } from "../store/requests.ts";
import type { Store } from "../store/store.ts";

/** A reason as people and programs read it. */
export interface ReasonReport {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly next: string;
  readonly owner: Owner;
  /** Vendor words, where there are any. */
  readonly detail: string;
}

/** One request as `--json` prints it: a public format (design §5.1). Dates are ISO 8601 in UTC. */
export interface RequestReport {
  /** The CA's request id; null until the CA has answered. */
  readonly id: number | null;
  readonly reference: string;
  readonly certificateId: number | null;
  readonly kind: StoredRequest["kind"];
  readonly predecessor: string | null;
  readonly account: string | null;
  readonly names: readonly string[];
  readonly product: string | null;
  readonly years: number | null;
  readonly state: StoredRequest["state"];
  readonly reason: ReasonReport | null;
  readonly fingerprint: string | null;
  readonly notAfter: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly steps: StoredRequest["steps"];
  readonly dcv: readonly DcvName[];
  readonly installations: readonly InstallationReport[];
  readonly timeline: readonly { at: string; kind: string; source: string; data: TimelineEvent["data"] }[];
}

export interface InstallationReport {
  readonly vhost: string;
  readonly account: string;
  readonly state: StoredInstallation["state"];
  readonly reason: ReasonReport | null;
  readonly fingerprint: string;
  readonly previous: string | null;
  readonly appliedAt: string | null;
  readonly verifiedAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly served: StoredInstallation["served"];
}

export function describeReason(code: ErrorCode | null, detail = ""): ReasonReport | null {
  if (code === null) return null;
  const { sentence, next, owner } = errorCatalogue[code];
  return { code, sentence, next, owner, detail };
}

export function describeRequest(store: Store, request: StoredRequest): RequestReport {
  return {
    id: request.caRequestId,
    reference: request.reference,
    certificateId: request.caCertificateId,
    kind: request.kind,
    predecessor: request.predecessor,
    account: request.account,
    names: request.names,
    product: request.productName,
    years: request.years,
    state: request.state,
    reason: describeReason(request.reason, request.detail),
    fingerprint: request.fingerprint,
    notAfter: iso(request.notAfter),
    createdAt: request.createdAt.toISOString(),
    updatedAt: request.updatedAt.toISOString(),
    steps: request.steps,
    dcv: store.dcvNames.of(request.reference).map(({ name, method, state, record, file, email, reason }) => {
      return { name, method, state, record, file, email, reason };
    }),
    installations: store.installations.of(request.reference).map(describeInstallation),
    timeline: history(store, request).map((event) => ({ ...event, at: event.at.toISOString() })),
  };
}

function describeInstallation(installation: StoredInstallation): InstallationReport {
  return {
    vhost: installation.vhost,
    account: installation.account,
    state: installation.state,
    reason: describeReason(installation.reason, installation.detail),
    fingerprint: installation.fingerprint,
    previous: installation.previous,
    appliedAt: iso(installation.appliedAt),
    verifiedAt: iso(installation.verifiedAt),
    nextAttemptAt: iso(installation.nextAttemptAt),
    served: installation.served,
  };
}

/** The request's own events and the webhooks about it, oldest first; equal webhooks count as one line. */
export function history(store: Store, request: StoredRequest): TimelineEvent[] {
  const ids = [request.caRequestId, request.caCertificateId].filter((id) => id !== null);
  const hints = new Map<string, { at: Date; count: number; data: Record<string, string> }>();
  for (const hint of ids.length === 0 ? [] : store.hints.of([...new Set(ids)])) {
    if (hint.receivedAt < request.createdAt) continue;
    const data: Record<string, string> = { status: hint.status };
    if (hint.state !== null) data["state"] = hint.state;
    if (hint.domain !== null) data["name"] = hint.domain;
    const key = JSON.stringify(data);
    const known = hints.get(key);
    if (known === undefined) hints.set(key, { at: hint.receivedAt, count: 1, data });
    else known.count += 1;
  }
  const events: TimelineEvent[] = [...hints.values()].map(({ at, count, data }) => ({
    at,
    kind: "hint",
    source: "webhook",
    data: count === 1 ? data : { ...data, count },
  }));
  // A webhook sorts before what it caused within the same millisecond, and otherwise the stored order holds.
  return [...events, ...store.timeline.of(request.reference)]
    .map((event, index) => ({ event, index }))
    .sort((a, b) => a.event.at.getTime() - b.event.at.getTime() || a.index - b.index)
    .map(({ event }) => event);
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
