import type { ErrorCode } from "../errors.ts";
import { covers, type HostName } from "./host-name.ts";

/** What the administrator decided about certificates that come to their end (design §5.2 `policy`). */
export interface RenewalPolicy {
  /** Another certificate within the paid term costs nothing: by itself, or only when a person asks. */
  readonly reissue: "automatic" | "ask";
  /** A new term costs money: only what somebody agreed to is bought. */
  readonly renewal: "ask" | "automatic";
  /** How long the key of a replaced certificate is kept. */
  readonly keepOldKeysDays: number;
  /** Who may take a private key out of this server. */
  readonly keyExportBy: readonly ("account" | "reseller" | "admin")[];
}

/** What the holder of one certificate decided about its next term; null: the server's policy. */
export type RenewalChoice = "automatic" | "ask" | "never" | null;

/** Everything that the decision about one installed certificate depends on. */
export interface RenewalLook {
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** End of what was paid for; null when nobody knows, which counts as the end of the certificate. */
  readonly termEnd: Date | null;
  readonly policy: RenewalPolicy;
  readonly choice: RenewalChoice;
  /** The CA announced that the certificate can be reissued. */
  readonly announced: boolean;
  /** A person, or a revocation, wants a new certificate now. */
  readonly hurry: boolean;
  /** Why a new certificate could not be used, as the panel stands now. */
  readonly obstacle: ErrorCode | null;
  /** The last attempt, when it came to nothing. */
  readonly failure: { readonly at: Date; readonly reason: ErrorCode } | null;
  readonly now: Date;
}

export type RenewalStep =
  | { readonly action: "nothing"; readonly next: Date | null }
  | { readonly action: "reissue" | "renewal" }
  | { readonly action: "blocked"; readonly reason: ErrorCode; readonly next: Date };

const day = 86_400_000;
const longestLead = 30 * day;
/** The panels' own free engines take a certificate over three days before its end; ours must be replaced before that. */
const shortestLead = 5 * day;
/** The last certificate of a term may be a short rest of it; the next term must not be left to so few days. */
const shortestTermLead = 14 * day;
/** A forged announcement must not be able to order anything that is not nearly due anyway. */
const announcedFactor = 1.5;
/** The CA dates terms by midnight, certificates by the second; less than this is no time gained. */
const smallestGain = 2 * day;
/** A refusal may pass (spec xolphin-api U31), but not within minutes. */
const afterFailure = day;
/** Obstacles lie in the panel and may go away at any time. */
const afterObstacle = day / 4;
/** An expired certificate that nobody missed for so long is not brought back without being asked. */
const graceAfterEnd = 30 * day;

/** When the certificate of a request began; one whose beginning was never read counts from its order. */
export function validFrom({
  notBefore,
  createdAt,
}: {
  readonly notBefore: Date | null;
  readonly createdAt: Date;
}): Date {
  return notBefore ?? createdAt;
}

/** From when on a new term can be bought by hand (spec xolphin-api U31). */
export const renewalOfferedBefore = 60 * day;

/**
 * How long before its end a certificate is replaced: thirty days or a third of its life, whichever is shorter, and always
 * more than four days.
 */
export function renewalLead(notBefore: Date, notAfter: Date): number {
  const life = notAfter.getTime() - notBefore.getTime();
  return Math.min(Math.max(Math.min(longestLead, life / 3), shortestLead), life / 2);
}

/** When a certificate is replaced if nothing else happens; the last one of its term somewhat earlier. */
export function renewalDue(of: {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly termEnd: Date | null;
}): Date {
  const lead = renewalLead(of.notBefore, of.notAfter);
  const last = of.termEnd !== null && !termLeft(of);
  const due = of.notAfter.getTime() - (last ? Math.max(lead, shortestTermLead) : lead);
  return new Date(Math.max(due, of.notBefore.getTime()));
}

/** Whether another certificate of the running term would last longer than this one. */
export function termLeft({ notAfter, termEnd }: { notAfter: Date; termEnd: Date | null }): boolean {
  return termEnd !== null && termEnd.getTime() - notAfter.getTime() > smallestGain;
}

/**
 * Decides what is to be done about one certificate that no newer one follows. Pure and level-triggered: the same look
 * gives the same answer, however often it is asked and whatever woke it.
 */
export function planRenewal(look: RenewalLook): RenewalStep {
  const { now, notAfter, policy } = look;
  const due = renewalDue(look);
  const lead = notAfter.getTime() - due.getTime();
  const announcedDue = new Date(notAfter.getTime() - announcedFactor * lead);
  const from = look.announced ? announcedDue : due;
  if (!look.hurry && now < from) return { action: "nothing", next: from };
  if (!look.hurry && now.getTime() > notAfter.getTime() + graceAfterEnd) {
    return { action: "nothing", next: null };
  }
  if (look.obstacle !== null) return blocked(look.obstacle, now, afterObstacle);
  if (look.failure !== null && !look.hurry) {
    const again = new Date(look.failure.at.getTime() + afterFailure);
    if (now < again) return { action: "blocked", reason: look.failure.reason, next: again };
  }
  if (termLeft(look) || (look.hurry && (look.termEnd ?? notAfter) > now)) {
    if (policy.reissue === "automatic" || look.hurry) return { action: "reissue" };
    return blocked("reissue-consent-needed", now, day);
  }
  const choice = look.choice ?? policy.renewal;
  if (choice === "automatic") return { action: "renewal" };
  if (choice === "never") return { action: "nothing", next: null };
  return blocked("renewal-consent-needed", now, day);
}

/**
 * The names of the next certificate: those of this one without names that were served here and are not on the account
 * any more, because they could not be validated and would hold up the others. Names that were never here stay.
 */
export function namesToCarry(
  names: readonly HostName[],
  servedBefore: readonly HostName[],
  onAccount: readonly HostName[],
): HostName[] {
  const gone = (name: HostName): boolean =>
    servedBefore.some((served) => covers(name, served)) && !onAccount.some((own) => covers(name, own));
  const left = names.filter((name) => !gone(name));
  return left.length === 0 ? [...names] : left;
}

function blocked(reason: ErrorCode, now: Date, wait: number): RenewalStep {
  return { action: "blocked", reason, next: new Date(now.getTime() + wait) };
}
