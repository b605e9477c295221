import type { ErrorCode } from "../../errors.ts";
import type { HostName } from "../../model/host-name.ts";
import type { InstallationState, Served } from "../../model/installation.ts";
import type { DcvMethod, RequestKind, RequestState, ValidationStep } from "../../model/request.ts";
import type { TimelineEvent } from "../../model/timeline.ts";
import type { Caller } from "../../panel.ts";

/** What the pages ask about requests. */
export interface RequestData {
  /** One page of requests that match, problems first, then by what ends next. `search` is matched against names, account and numbers. */
  listRequests(caller: Caller, filter: ListFilter): Promise<RequestList>;
  /** Throws `not-found`. */
  readRequest(caller: Caller, reference: string): Promise<RequestDetail>;
  /** Looks again now: re-reads the CA, publishes again, installs again, whatever is next. Throws `not-found`. */
  tryAgain(caller: Caller, reference: string): Promise<void>;
  /** How many requests wait for this caller; for the badge in the menu. */
  countAttention(caller: Caller): Promise<number>;
}

/** Groups of states that people look for. */
export type ListGroup = "all" | "attention" | "busy" | "secured" | "ended";

export interface ListFilter {
  readonly search: string;
  readonly group: ListGroup;
  /** From 1. */
  readonly page: number;
}

export interface RequestList {
  readonly rows: readonly RequestRow[];
  /** All that match, on all pages; of a search that finds very many, the newest. */
  readonly total: number;
  /** Whether more match than `total`. */
  readonly cut: boolean;
  readonly pageSize: number;
  /** How many of the caller's requests are in each group, whatever is searched for. */
  readonly counts: Readonly<Record<ListGroup, number>>;
  /** Whether rows of several accounts may be among them. */
  readonly showAccounts: boolean;
}

export interface RequestRow {
  readonly reference: string;
  /** The CA's number; null until it answered. */
  readonly id: number | null;
  readonly kind: RequestKind;
  readonly account: string | null;
  readonly names: readonly HostName[];
  readonly product: string | null;
  readonly state: RequestState;
  readonly reason: ErrorCode | null;
  /** The certificate's end; null until it is issued. */
  readonly notAfter: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface RequestDetail extends RequestRow {
  readonly certificateId: number | null;
  /** Vendor words about the reason, not translated; may be empty. */
  readonly detail: string;
  readonly years: number | null;
  readonly fingerprint: string | null;
  readonly issuer: string | null;
  readonly steps: readonly ValidationStep[];
  readonly dcv: readonly DcvRow[];
  readonly installations: readonly InstallationRow[];
  /** Oldest first. */
  readonly timeline: readonly TimelineEvent[];
  /** When the agent looks again by itself; null when only news or a person can move it. */
  readonly nextLook: Date | null;
}

export interface DcvRow {
  readonly name: HostName;
  readonly method: DcvMethod | null;
  readonly state: "waiting" | "published" | "visible" | "asked" | "validated" | "needs-you";
  readonly record: { readonly owner: string; readonly type: "CNAME" | "TXT"; readonly value: string } | null;
  readonly file: { readonly host: HostName; readonly path: string; readonly content: string } | null;
  readonly email: string | null;
  readonly reason: ErrorCode | null;
}

export interface InstallationRow {
  readonly vhost: string;
  readonly account: string;
  readonly state: InstallationState;
  readonly reason: ErrorCode | null;
  readonly detail: string;
  readonly names: readonly HostName[];
  /** One handshake each, as last seen. */
  readonly served: readonly Served[];
  readonly attempts: number;
  readonly appliedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly nextAttemptAt: Date | null;
}
