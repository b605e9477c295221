import { renewalLead } from "./plan-renewal.ts";
import type { RequestKind } from "./request.ts";

/**
 * Who waits for the answer to a call at the CA, most urgent first: a person; a certificate that was ordered, or one that ends
 * soon; many that somebody wants anew at once; nobody; and what only begins new work that nobody waits for.
 */
export const caPriorities = ["user", "issued", "urgent", "background", "new-work"] as const;
export type CaPriority = (typeof caPriorities)[number];

/** For sorting, most urgent first. */
export function byUrgency(
  a: { readonly priority: CaPriority },
  b: { readonly priority: CaPriority },
): number {
  return caPriorities.indexOf(a.priority) - caPriorities.indexOf(b.priority);
}

/** What a request is for, as far as it tells how urgent it is. */
export interface Need {
  readonly kind: RequestKind;
  /** The certificate that it replaces; null where there is none. */
  readonly replaces: { readonly notBefore: Date; readonly notAfter: Date } | null;
  /** Somebody wants it with many others, and said that it is urgent. */
  readonly urgent: boolean;
}

/** Whether half of the time is used up that was kept for delays. */
export function endsSoon({ notBefore, notAfter }: NonNullable<Need["replaces"]>, now: Date): boolean {
  return notAfter.getTime() - now.getTime() <= renewalLead(notBefore, notAfter) / 2;
}

/**
 * How urgent a call about a request is. Somebody waits for what was ordered; a reissue has weeks, and thousands of them at
 * once must not stand in the way of one customer, unless the certificate that it replaces has only days left.
 */
export function priorityOfNeed({ kind, replaces, urgent }: Need, now: Date): CaPriority {
  if (kind !== "reissue" || (replaces !== null && endsSoon(replaces, now))) return "issued";
  return urgent ? "urgent" : "background";
}

/** The same for the call that begins it: what is under way comes to its end before more is begun. */
export function priorityToBegin(need: Need, now: Date): CaPriority {
  const priority = priorityOfNeed(need, now);
  if (priority === "urgent") return "background";
  return priority === "background" ? "new-work" : priority;
}
