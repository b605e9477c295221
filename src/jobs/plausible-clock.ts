import { CodedError, type ErrorCode } from "../errors.ts";
import { isPlausible } from "../model/plausible-clock.ts";
import type { JobContext } from "./context.ts";

type Clocks = Pick<JobContext, "clock" | "caTime">;

/** Whether the date may decide anything now (spec reliability F-05). */
export function isClockPlausible({ clock, caTime }: Clocks): boolean {
  return isPlausible(clock.now(), caTime?.() ?? null);
}

/** Throws `clock-implausible` when it may not. */
export function requirePlausibleClock(context: Clocks): void {
  if (!isClockPlausible(context)) throw new CodedError("clock-implausible");
}

/** The same, after the CA was asked once: for what costs money and can wait a moment. */
export async function requireComparedClock(context: Clocks & Pick<JobContext, "ca">): Promise<void> {
  if (context.caTime?.() === null) await context.ca.listPending();
  requirePlausibleClock(context);
}

const byDate: readonly (ErrorCode | null)[] = [
  "certificate-expired",
  "certificate-expires-soon",
  "certificate-not-yet-valid",
  "chain-expired",
];

/** What was found about a certificate, unless it is the clock that makes it look so. Throws `clock-implausible` then. */
export function foundWith(context: Clocks, finding: ErrorCode | null): ErrorCode | null {
  if (byDate.includes(finding)) requirePlausibleClock(context);
  return finding;
}
