import { byUrgency, type CaPriority, caPriorities } from "../model/ca-priority.ts";

/** What one server has waited with longest, of one priority. */
export interface Head {
  readonly node: string;
  readonly priority: CaPriority;
  /** In the order of their coming. */
  readonly arrived: number;
}

/** What the choice of the next one depends on. */
export interface Turns {
  /** How many of each priority are under way. */
  readonly active: Readonly<Record<CaPriority, number>>;
  /** How many may be under way at a time, of one priority and all more urgent ones together. */
  readonly places: number;
  /** How many were begun so far. */
  readonly begun: number;
  /** When each server last had its turn, by the number of the turn; missing: never. */
  readonly lastTurn: ReadonlyMap<string, number>;
}

/** So that a stream of urgent ones that never ends holds nothing up for ever, nor one server that calls all of its own urgent. */
const longestWaitEvery = 10;

/**
 * Whose turn it is: the most urgent, and among as urgent ones the server whose last turn is longest ago. Every tenth turn
 * is that of whoever has waited longest. Null: nobody may begin now.
 *
 * What is less urgent takes no place from what is more so: a calm one may wait for the CA's budget for minutes while it is
 * under way, and an urgent one that comes meanwhile begins all the same.
 */
export function chooseTurn<H extends Head>(heads: readonly H[], turns: Turns): H | null {
  const able = heads.filter(({ priority }) => hasPlace(priority, turns));
  const oldestFirst = (turns.begun + 1) % longestWaitEvery === 0;
  const lastOf = ({ node }: H): number => turns.lastTurn.get(node) ?? -1;
  const before = (a: H, b: H): number =>
    oldestFirst ? a.arrived - b.arrived : byUrgency(a, b) || lastOf(a) - lastOf(b) || a.arrived - b.arrived;
  return able.reduce<H | null>((best, head) => (best === null || before(head, best) < 0 ? head : best), null);
}

function hasPlace(priority: CaPriority, { active, places }: Turns): boolean {
  const rivals = caPriorities.slice(0, caPriorities.indexOf(priority) + 1);
  return rivals.reduce((sum, rival) => sum + active[rival], 0) < places;
}
