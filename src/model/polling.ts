/*
 * When to look again where nobody promises to tell us. Each ladder is a list of waits counted from one moment; behind
 * its end the last wait repeats. Waits grow because what did not happen soon rarely happens in the next second.
 */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** After an order, for the CA's values to appear (spec xolphin-api §3.2.2). */
export const valuesLadder = ladder(
  [5, 15, 30, 60].map((n) => n * second),
  2 * minute,
);

/**
 * After publishing a DCV answer, until it is seen from outside: name servers reload within a minute or two. What is not
 * seen for hours waits for a person or for name servers that are down, and every look costs a read at the CA.
 */
export const visibleLadder = ladder(
  [
    ...[1, 2, 5, 10, 15, 30, 30, 60].map((n) => n * second),
    ...Array<number>(24).fill(5 * minute),
    ...Array<number>(44).fill(30 * minute),
  ],
  2 * hour,
);

/** While the CA validates; webhooks make most of these looks unnecessary (spec xolphin-api §10.5). */
export const validationLadder = ladder(
  [
    ...[1, 2, 5, 10, 15].map((n) => n * minute),
    ...Array<number>(24).fill(15 * minute),
    ...Array<number>(72).fill(hour),
  ],
  6 * hour,
);

/** After the panel said yes, until handshakes show the certificate (spec directadmin §4.2, reliability F-23). */
export const servedLadder = ladder(
  [0.2, 0.5, 1, 2, 5, 10, 10, 20, 30, 60, 60, 60, 300, 600, 900].map((n) => n * second),
  hour,
);

/** Asking the CA to check again helps only after something changed or much time has passed (spec xolphin-api §3.5, §9.8). */
export const askAgainAfter = 2 * hour;

export interface Ladder {
  readonly waits: readonly number[];
  readonly last: number;
}

/** The first moment after `now` on the ladder that begins at `from`. */
export function nextOnLadder(steps: Ladder, from: Date, now: Date): Date {
  let at = from.getTime();
  // A moment in the future means that the clock was set back since; the ladder then begins now.
  if (at > now.getTime()) at = now.getTime();
  for (const wait of steps.waits) {
    at += wait;
    if (at > now.getTime()) return new Date(at);
  }
  const beyond = Math.floor((now.getTime() - at) / steps.last) + 1;
  return new Date(at + beyond * steps.last);
}

/** The wait of the given step, counted from 0; for ladders climbed by attempts instead of by time. */
export function waitOnLadder(steps: Ladder, step: number): number {
  return steps.waits[step] ?? steps.last;
}

function ladder(waits: readonly number[], last: number): Ladder {
  return { waits, last };
}
