import type { ErrorCode } from "../errors.ts";

/** Where one certificate on one vhost stands (design §5.4). */
export const installationStates = [
  "planned",
  "installing",
  "applied",
  "verified",
  "rolled-back",
  "refused",
  "superseded",
  "failed",
] as const;
export type InstallationState = (typeof installationStates)[number];

/** What one address answered when asked for one name over TLS. */
export interface Served {
  readonly address: string;
  readonly port: number;
  readonly name: string;
  /** SHA-256 of the leaf that was presented, hex; null when no handshake came about. */
  readonly fingerprint: string | null;
  /** The presented chain verifies up to a trusted root without anything the client had to add. */
  readonly complete: boolean;
  readonly problem: ErrorCode | null;
}

/** One certificate on one vhost. */
export interface Installation {
  readonly id: number;
  readonly reference: string;
  readonly fingerprint: string;
  /** The panel's id of the vhost. */
  readonly vhost: string;
  readonly account: string;
  readonly state: InstallationState;
  readonly reason: ErrorCode | null;
  /** SHA-256 of what the vhost carried before, hex; null when it had nothing of its own. */
  readonly previous: string | null;
  readonly attempts: number;
  readonly nextAttemptAt: Date | null;
  readonly appliedAt: Date | null;
  readonly verifiedAt: Date | null;
  readonly served: readonly Served[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
