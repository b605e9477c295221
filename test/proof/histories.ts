import type { HostName } from "../../src/model/host-name.ts";
import type { AcceptedHint } from "../../src/store/store.ts";
import { seededRandom } from "../simulation/events.ts";
import { HostingServer } from "../simulation/hosting-server.ts";

/*
 * Order independence (F-15): whatever becomes of the webhooks about an order, lost, doubled, days late, in any order, and
 * whatever is told that never happened, the order ends in the same state.
 */

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const begin = new Date("2026-11-24T09:00:00Z");
/** Long enough for the sweep to find what no webhook told; short of the first reissue. */
const horizon = 24 * day;

/** What a request came to, without what differs by chance. */
export interface FinalState {
  readonly request: string;
  readonly installations: string;
  readonly validation: string;
  /** The site serves what the CA issued last. */
  readonly serves: boolean;
  readonly bought: number;
  readonly issued: number;
  readonly effectsOpen: number;
  readonly parked: number;
}

export const expectedState: FinalState = {
  request: "installed",
  installations: "verified",
  validation: "validated validated",
  serves: true,
  bought: 1,
  issued: 1,
  effectsOpen: 0,
  parked: 0,
};

const told: readonly [string, string | null][] = [
  ["Issued", null],
  ["Deleted", null],
  ["Updated", "DCV"],
  ["Updated", "ReadyForReissue"],
  ["Updated", "Organization"],
  ["Updated", "Message"],
  ["Updated", "SomethingNew"],
  ["Renamed", null],
];

/** Runs so many orders, each with a history of its own; returns how each ended, by site. */
export async function runHistories(count: number, seed: number): Promise<Map<string, FinalState>> {
  const random = seededRandom(seed);
  const server = new HostingServer(begin, seed, { grain: 5 * minute, carry: carryBadly(random) });
  try {
    const sites = Array.from({ length: count }, (_, index) => `site${index}.test` as HostName);
    for (const site of sites) {
      server.addSite(site, {
        at: begin.getTime() + Math.floor(random() * 6 * hour),
        years: 1,
        choice: "automatic",
      });
    }
    planRumours(server, sites, random);
    await server.runUntil(begin.getTime() + horizon);
    return new Map(sites.map((site) => [site, finalState(server, site)]));
  } finally {
    server.close();
  }
}

/** One webhook in three is lost; the others come once to four times, each at once, soon, or up to ten days late. */
function carryBadly(random: () => number) {
  return (hint: AcceptedHint, server: HostingServer): void => {
    if (random() < 1 / 3) return;
    const copies = random() < 0.6 ? 1 : 2 + Math.floor(random() * 3);
    for (let copy = 0; copy < copies; copy += 1) {
      const kind = random();
      const late = kind < 0.4 ? 0 : kind < 0.7 ? random() * 20 * minute : random() * 10 * day;
      server.events.plan(server.clock.now().getTime() + late, () => server.accept(hint));
    }
  };
}

/** Every order is told something untrue up to six times. */
function planRumours(server: HostingServer, sites: readonly HostName[], random: () => number): void {
  for (const site of sites) {
    const rumours = Math.floor(random() * 7);
    for (let rumour = 0; rumour < rumours; rumour += 1) {
      const at = begin.getTime() + random() * (random() < 0.5 ? 8 * hour : 12 * day);
      const [status, state] = told[Math.floor(random() * told.length)] ?? ["Updated", null];
      server.events.plan(at, () => {
        const [request] = server.store.requests.list({ account: site, state: null, limit: 1 });
        if (request?.caRequestId == null) return;
        server.accept({
          receivedAt: server.clock.now(),
          source: "185.93.12.91",
          requestId: request.caRequestId,
          status,
          state,
          domain: null,
        });
      });
    }
  }
}

export function finalState(server: HostingServer, site: HostName): FinalState {
  const { store, panel, ca } = server;
  const requests = store.requests.list({ account: site, state: null, limit: 10 });
  const books = ca.books.get(site);
  const references = requests.map(({ reference }) => reference);
  const served = panel.installed.get(site)?.leaf;
  return {
    request: requests
      .map(({ state, reason }) => (reason === null ? state : `${state} (${reason})`))
      .join(" "),
    installations: references
      .flatMap((reference) => store.installations.of(reference))
      .map(({ state }) => state)
      .join(" "),
    validation: references
      .flatMap((reference) => store.dcvNames.of(reference))
      .map(({ state }) => state)
      .join(" "),
    serves: served !== undefined && requests.some(({ fingerprint }) => fingerprint === served.fingerprint),
    bought: (books?.orders ?? 0) + (books?.renewals ?? 0),
    issued: books?.issued.length ?? 0,
    effectsOpen: store.intents.open().filter(({ key }) => references.includes(key)).length,
    parked: store.work.queue(10_000).filter(({ parked, key }) => parked && references.includes(key)).length,
  };
}
