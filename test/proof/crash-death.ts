/** A way to die. The same point may be reached in several places. */
export interface Death {
  /** As in the list of points (spec reliability §3.3). */
  readonly id: string;
  readonly what: string;
}

export interface CrashResult {
  /** What is wrong, in words; empty when everything holds. */
  readonly breaches: readonly string[];
  /** Milliseconds from the start after the kill until calls were taken. */
  readonly resumedAfter: number;
  readonly handshakes: number;
}

/** Where deaths are died: what stays while processes come and go. */
export interface DeathPlace<Kind extends Death> {
  die(death: Kind): Promise<CrashResult>;
  close(): Promise<void>;
}
