import { CodedError, type ErrorCode } from "../errors.ts";
import { type Certificate, type Chain, judgeCertificate } from "../model/certificate.ts";
import type { HostName } from "../model/host-name.ts";
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

/** What `judgeCertificate` finds now. Throws `clock-implausible` where it may be the clock that makes a certificate look so. */
export function judgeNow(
  context: Clocks,
  leaf: Certificate,
  chain: Chain,
  wanted: { readonly ownKeyId: string; readonly wantedNames: readonly HostName[] },
): ErrorCode | null {
  const finding = judgeCertificate(leaf, chain, { ...wanted, now: context.clock.now() });
  if (byDate.includes(finding)) requirePlausibleClock(context);
  return finding;
}
