import { type ErrorCode, errorCatalogue } from "../errors.ts";

/*
 * When failed work is tried again. The front is denser than plain doubling because a first retry cures most hiccups;
 * after that somebody has to change something, and asking more often helps nobody.
 */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A hiccup of something on this machine: the panel, the web server, the store. Running total 1 min 48 s, then 5 min. */
const soon: readonly number[] = [1, 2, 5, 10, 30, 60].map((n) => n * second);
const soonAfterwards = 5 * minute;

/** The CA and DNS, after Let's Encrypt's integration guide: 1, 10, 100 minutes, then daily. */
const later: readonly number[] = [minute, 10 * minute, 100 * minute];
const laterAfterwards = day;

/** Announced, but the CA still says pending (F-12): its own systems are catching up. Then the sweep finds it. */
const announced: readonly number[] = [5 * second, 15 * second, minute, 5 * minute];

/** A pause that the CA asks for may be a mistake of its own; nobody is made to wait longer than this (F-07). */
const longestPause = hour;

/** How many unexpected failures in a row put work aside (F-49). */
export const strikesBeforeParking = 5;

export interface FailedAttempt {
  readonly code: ErrorCode;
  /** How many attempts failed alike before this one (`failedAlike`). */
  readonly attempts: number;
  readonly now: Date;
  /** From 0 to 1: spreads those that failed together (full jitter). */
  readonly random: number;
  /** The other side named a moment. */
  readonly notBefore: Date | null;
}

/**
 * How many of the attempts that failed before count for this one: those that were to be tried again in the same way. A bus or
 * panel that was away for a moment tells nothing about how long the CA will be, and the first call that it does not answer
 * would have to wait for a day.
 */
export function failedAlike(attempts: number, before: ErrorCode | null, code: ErrorCode): number {
  return before !== null && scheduleOf(before) === scheduleOf(code) ? attempts : 0;
}

function scheduleOf(code: ErrorCode): string {
  return code === "not-issued-yet" ? code : errorCatalogue[code].advice;
}

/** When to try again; null: not by itself, because it can't help or because the sweep takes over. */
export function nextAttempt({ code, attempts, now, random, notBefore }: FailedAttempt): Date | null {
  if (code === "not-issued-yet") {
    const wait = announced[attempts];
    return wait === undefined ? null : new Date(now.getTime() + wait);
  }
  const { advice } = errorCatalogue[code];
  if (advice === "never") return null;
  const wait = advice === "soon" ? (soon[attempts] ?? soonAfterwards) : (later[attempts] ?? laterAfterwards);
  // The first look again is not spread: one glitch should cost one wait and no more.
  const spread = attempts === 0 ? wait : wait * (0.5 + random / 2);
  const pause = notBefore === null ? 0 : Math.min(notBefore.getTime() - now.getTime(), longestPause);
  return new Date(now.getTime() + Math.max(spread, pause));
}
