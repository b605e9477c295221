/** How a participant is served by the bus server that it is connected to. */
export interface Standing {
  /** Milliseconds for which everything must fail until the server is left; longer each time that leaving did not help. */
  readonly patience: number;
  /** The moment when it is left unless something succeeds before; null: nothing failed since the last success, or the arrival. */
  readonly leaveAt: number | null;
}

const shortest = 10_000;
const longest = 5 * 60_000;
/** Participants of one bus server notice at about the same time, and are to arrive at the others one by one. */
const spread = 0.25;

/** Something succeeded: whatever was before counts no more. */
export const wellServed: Standing = { patience: shortest, leaveAt: null };

/** Something failed at `now` for a reason of the bus. `chance`, from 0 to 1, spreads those who leave. */
export function afterFailure(standing: Standing, now: number, chance: number): Standing {
  if (standing.leaveAt !== null) return standing;
  return { ...standing, leaveAt: now + standing.patience * (1 + spread * chance) };
}

/** Connected anew, to whichever server: it is judged by what is asked of it from now on. */
export function afterArrival(standing: Standing): Standing {
  return { ...standing, leaveAt: null };
}

/**
 * Where all bus servers are without a majority, each of them is worth as little as the next: the pause until somebody leaves again
 * doubles up to five minutes, and only a success makes it short again.
 */
export function afterLeaving({ patience }: Standing): Standing {
  return { patience: Math.min(2 * patience, longest), leaveAt: null };
}

/** A bus server that may be gone to: its address, and when we last tried to connect to it. */
interface Candidate {
  readonly listen: string;
  readonly lastConnect: number;
}

/**
 * Where to go next, given the servers that were passed by since the first was left: to each other one once, first to where we
 * were longest ago. Null: none is left, and the client's own order and pauses hold.
 */
export function nextServer<S extends Candidate>(pool: readonly S[], passedBy: ReadonlySet<string>): S | null {
  const others = pool.filter(({ listen }) => !passedBy.has(listen));
  return others.toSorted((a, b) => a.lastConnect - b.lastConnect)[0] ?? null;
}

export function isToBeLeft({ leaveAt }: Standing, now: number): boolean {
  return leaveAt !== null && now >= leaveAt;
}
