import { setTimeout as pause } from "node:timers/promises";
import type { ProcessLife } from "./process-life.ts";

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
  /**
   * Milliseconds from the same start until CA or panel got a call about what was open; null when nothing had to be asked of
   * them any more, absent where nobody looks.
   */
  readonly workedAfter?: number | null;
  readonly handshakes: number;
}

/** Where deaths are died: what stays while processes come and go. */
export interface DeathPlace<Kind extends Death> {
  die(death: Kind): Promise<CrashResult>;
  close(): Promise<void>;
}

/**
 * Waits until a life ends that is to die: by itself at the point `inside`, or from outside when `killed` says so. Returns what is
 * wrong with how it ended, in words; nothing when it died as it was to.
 */
export async function judgeDeath(
  life: ProcessLife,
  death: {
    readonly id: string;
    readonly inside: string | null;
    readonly killed?: Promise<void> | null;
    /** Milliseconds. */
    readonly patience: number;
  },
): Promise<string[]> {
  const { id, inside, killed = null, patience } = death;
  // What goes wrong on the way to the moment must not go unheard while the life goes on.
  killed?.catch(() => undefined);
  const how = await Promise.race([
    life.ended,
    ...(killed === null ? [] : [killed.then(() => life.ended)]),
    pause(patience, "never" as const, { ref: false }),
  ]);
  if (how === "never") {
    await life.kill();
    return [`${id} was never reached`];
  }
  if (how !== "SIGKILL") return [`it ended by itself (${how}): ${life.words}`];
  return life.reached === inside ? [] : [`it died elsewhere: ${life.reached}`];
}
