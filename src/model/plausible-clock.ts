const day = 86_400_000;
/** No clock can be right that says it is before this program was written, or long after anybody runs it. */
const written = Date.UTC(2026, 10, 1);
const years = 10 * 365 * day;
/** More than time zones and leaps explain. */
const tolerance = day;

/**
 * Whether decisions that follow from the date may be made: a clock that was set wrong must never order certificates anew, delete
 * anything or tell somebody that a certificate ended (spec reliability F-05). `caTime` is the CA's time now; null: not known.
 */
export function isPlausible(now: Date, caTime: Date | null): boolean {
  const at = now.getTime();
  if (at < written || at > written + years) return false;
  return caTime === null || Math.abs(at - caTime.getTime()) <= tolerance;
}
