import type { HostName } from "../../src/model/host-name.ts";
import { HostingServer } from "../simulation/hosting-server.ts";
import { expectedState, type FinalState, finalState } from "./histories.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const begin = new Date("2026-11-24T09:00:00Z");
const site = "site.test" as HostName;

/** What can happen next, all of it at any time. `wait` lets the CA, the name servers and the agent do what is due. */
export const happenings = [
  "wait",
  "Issued",
  "Deleted",
  "DCV",
  "ReadyForReissue",
  "panel goes or comes back",
  "CA goes or comes back",
] as const;
export type Happening = (typeof happenings)[number];

export interface Exploration {
  /** States that differ in anything a decision looks at. */
  readonly states: number;
  /** How many of them were new at each depth; a 0 at the end says that there are no others, however deep one looks. */
  readonly fresh: readonly number[];
  readonly steps: number;
  /** Paths into a state from which an undisturbed month does not lead to the one good end, with the end they led to. */
  readonly lost: readonly { readonly path: readonly Happening[]; readonly end: FinalState }[];
}

/**
 * Walks through every sequence of happenings up to `depth`, breadth first. A state that was seen before is not walked on
 * from again, because what follows depends on the state alone; sequences that only differ in the order of happenings that do
 * not touch each other meet in the same state and are walked on from once. From each new state an undisturbed month is
 * let pass; with `shortCut`, only until a state comes from which the good end is known to follow.
 */
export async function explore(
  depth: number,
  shortCut = false,
  tell?: (line: string) => void,
): Promise<Exploration> {
  const seen = new Set<string>();
  const good = new Set<string>();
  const lost: Exploration["lost"][number][] = [];
  const fresh: number[] = [];
  let steps = 0;
  let edge: (readonly Happening[])[] = [[]];
  for (let level = 0; level <= depth; level += 1) {
    const next: (readonly Happening[])[] = [];
    const before = seen.size;
    for (const path of edge) {
      steps += 1;
      const server = await replay(path);
      try {
        const state = stateOf(server);
        if (seen.has(state)) continue;
        seen.add(state);
        const end = await undisturbed(server, shortCut ? good : null);
        if (JSON.stringify(end) !== JSON.stringify(expectedState)) lost.push({ path, end });
      } finally {
        server.close();
      }
      if (level < depth) next.push(...happenings.map((happening) => [...path, happening]));
    }
    fresh.push(seen.size - before);
    tell?.(`depth ${level}: ${edge.length} paths, ${seen.size - before} new states`);
    edge = next;
  }
  return { states: seen.size, fresh, steps, lost };
}

async function replay(path: readonly Happening[]): Promise<HostingServer> {
  // No chance is left: every webhook is one of the happenings, and the CA needs its usual time.
  const server = new HostingServer(begin, 1, {
    grain: 5 * minute,
    carry: () => undefined,
    random: () => 0.5,
  });
  server.addSite(site, { at: begin.getTime() + 1, years: 1, choice: "automatic" });
  await pass(server, 5 * minute);
  for (const happening of path) await happen(server, happening);
  return server;
}

async function happen(server: HostingServer, happening: Happening): Promise<void> {
  if (happening === "wait") await pass(server, 30 * minute);
  else if (happening === "panel goes or comes back") server.panel.down = !server.panel.down;
  else if (happening === "CA goes or comes back") server.ca.down = !server.ca.down;
  else {
    const [request] = server.store.requests.list({ account: site, state: null, limit: 1 });
    const known = happening === "Issued" || happening === "Deleted";
    server.accept({
      receivedAt: server.clock.now(),
      source: "185.93.12.91",
      requestId: request?.caRequestId ?? 964_000_001,
      status: known ? happening : "Updated",
      state: known ? null : happening,
      domain: happening === "DCV" ? site : null,
    });
    await server.work();
    // What is told twice in the same moment is told once (F-14, tested elsewhere); here one follows the other.
    await pass(server, 5 * minute);
  }
}

/** The clock of the simulation stands still where nothing is due; here time passes all the same. */
async function pass(server: HostingServer, time: number): Promise<void> {
  const end = server.clock.now().getTime() + time;
  await server.runUntil(end);
  if (server.clock.now().getTime() < end) server.clock.moveTo(end);
}

/** A month in which nothing goes wrong. What it passes through on the way to the good end is added to `good`. */
async function undisturbed(server: HostingServer, good: Set<string> | null): Promise<FinalState> {
  server.panel.down = false;
  server.ca.down = false;
  if (good === null) {
    await pass(server, 28 * day);
    return finalState(server, site);
  }
  const begun = server.clock.now().getTime();
  const passed: string[] = [];
  for (;;) {
    const state = stateOf(server);
    if (good.has(state)) break;
    passed.push(state);
    const left = begun + 28 * day - server.clock.now().getTime();
    if (left <= 0) {
      const end = finalState(server, site);
      if (JSON.stringify(end) !== JSON.stringify(expectedState)) return end;
      break;
    }
    // As long as something can still be under way in small steps, afterwards in larger ones.
    await pass(server, passed.length < 48 ? Math.min(30 * minute, left) : Math.min(day, left));
  }
  for (const state of passed) good.add(state);
  return expectedState;
}

/**
 * What decisions look at, and nothing else. Of moments and attempts, only whether something is due now or later; of webhooks
 * that were matched, only what is ever asked of them again: whether one said Issued, Deleted or ReadyForReissue, and whether
 * that was noted.
 */
function stateOf(server: HostingServer): string {
  const { store, panel, ca, clock } = server;
  const now = clock.now().getTime();
  const requests = store.requests.list({ account: site, state: null, limit: 10 });
  const hints = store.hints.latest(100);
  return JSON.stringify({
    requests: requests.map(({ reference, state, reason, steps, goneSince }) => ({
      state,
      reason,
      steps: steps.map(({ done }) => done),
      gone: goneSince !== null,
      dcv: store.dcvNames.of(reference).map((name) => [name.state, name.reason]),
      installations: store.installations.of(reference).map((row) => [row.state, row.reason]),
      noted: ["reissue-due", "deleted"].map((kind) =>
        store.timeline.of(reference).some((event) => event.kind === kind),
      ),
    })),
    work: store.work
      .queue(100)
      .map(({ kind, parked, dueAt }) => `${kind} ${parked} ${dueAt.getTime() <= now}`)
      .sort(),
    unmatched: words(hints.filter(({ matched }) => !matched)),
    asked: words(hints.filter(({ status, state }) => status !== "Updated" || state === "ReadyForReissue")),
    panel: panel.down,
    installed: panel.installed.has(site),
    ca: [ca.down, ca.stage(site)],
  });
}

function words(hints: readonly { readonly status: string; readonly state: string | null }[]): string[] {
  return [...new Set(hints.map(({ status, state }) => `${status} ${state}`))].sort();
}
