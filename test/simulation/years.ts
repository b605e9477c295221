import type { HostName } from "../../src/model/host-name.ts";
import { HostingServer } from "./hosting-server.ts";

const hour = 3_600_000;
const day = 24 * hour;

export interface YearsReport {
  readonly sites: number;
  readonly certificates: number;
  readonly reissues: number;
  readonly renewals: number;
  readonly outageDays: number;
  readonly longestOutageDays: number;
  /** Sites whose certificate was past its end at any moment after the first one. */
  readonly expired: readonly string[];
  /** Days left when a certificate was replaced: the smallest. */
  readonly closestDays: number;
  readonly humanActions: Readonly<Record<string, number>>;
  readonly humanActionsAtLocalZones: number;
  /** Terms bought beyond one at a time, and certificates issued long before they were needed. */
  readonly tooMany: readonly string[];
  readonly keysLeft: number;
  /** Sites whose certificate's key is gone although it is installed. */
  readonly keysMissed: readonly string[];
  /** How often the server's clock was set wrong, and how often somebody was reminded of an end. */
  readonly clockSet: number;
  readonly reminders: number;
  readonly caCallsPerCertificate: number;
}

/** How many of the sites are not like most of them. */
export interface SiteMix {
  readonly sites: number;
  /** Owners who want to be asked before a new term is bought. */
  readonly asking: number;
  /** Zones at another DNS provider. */
  readonly zonesElsewhere: number;
}

/**
 * Five years of a hosting server: lifetimes of 200, 100 and 47 days, and outages of the CA, the panel and the name servers
 * that last up to seven days. Returns what happened; judging it is for the caller.
 */
export async function runYears(
  mix: SiteMix,
  begin: Date,
  end: Date,
  seed: number,
  options: { readonly clockIsSet?: boolean } = {},
): Promise<YearsReport> {
  const server = new HostingServer(begin, seed);
  try {
    const start = begin.getTime();
    const expired = new Set<string>();
    let closest = Number.POSITIVE_INFINITY;
    server.panel.onReplace = (site, before) => {
      const left = before.leaf.notAfter.getTime() - server.clock.now().getTime();
      closest = Math.min(closest, left);
      if (left <= 0) expired.add(site);
    };
    for (let index = 0; index < mix.sites; index += 1) {
      server.addSite(`site${index}.test` as HostName, {
        at: start + Math.floor(server.random() * 90 * day),
        years: 1 + (index % 3),
        choice: index < mix.asking ? "ask" : "automatic",
        zoneElsewhere: index >= mix.sites - mix.zonesElsewhere,
      });
    }
    const outages = planOutages(server, start, end.getTime());
    const clockSet = options.clockIsSet === true ? planWrongClocks(server, start, end.getTime()) : 0;
    server.employPeople();
    await server.runUntil(end.getTime());
    for (const [site, bundle] of server.panel.installed) {
      if (bundle.leaf.notAfter.getTime() <= server.clock.now().getTime()) expired.add(site);
    }
    const books = [...server.ca.books];
    const count = (pick: (book: (typeof books)[number][1]) => number): number =>
      books.reduce((sum, [, book]) => sum + pick(book), 0);
    const certificates = count(({ issued }) => issued.length);
    const humanActions: Record<string, number> = {};
    for (const { reason } of server.humanActions) humanActions[reason] = (humanActions[reason] ?? 0) + 1;
    return {
      sites: server.panel.installed.size,
      certificates,
      reissues: count(({ reissues }) => reissues),
      renewals: count(({ renewals }) => renewals),
      outageDays: Math.round(outages.reduce((sum, { length }) => sum + length, 0) / day),
      longestOutageDays: Math.max(...outages.map(({ length }) => length)) / day,
      expired: [...expired],
      closestDays: closest / day,
      humanActions,
      humanActionsAtLocalZones: server.humanActions.filter(
        ({ site, reason }) => !server.panel.zonesElsewhere.has(site) && reason !== "renewal-consent-needed",
      ).length,
      tooMany: books.flatMap(([site, book]) => surplus(site, book.issued)),
      keysLeft: server.keys.size,
      keysMissed: [...server.panel.installed].flatMap(([site, { leaf }]) =>
        server.keys.has(leaf.keyId) ? [] : [site],
      ),
      clockSet,
      reminders: server.store.notices.open(10_000).filter(({ kind }) => kind === "reminder").length,
      caCallsPerCertificate: server.ca.calls / certificates,
    };
  } finally {
    server.close();
  }
}

/**
 * What was issued long before it was needed: earlier than half as early again as planned (that far the CA's announcement
 * may bring it forward), or a new term more than three weeks before the end.
 */
function surplus(site: string, issued: readonly { from: number; until: number }[]): string[] {
  return issued.slice(1).flatMap((one, index) => {
    const before = issued[index];
    if (before === undefined) return [];
    const planned = Math.max(14 * day, Math.min(30 * day, (before.until - before.from) / 3));
    const left = before.until - one.from;
    return left > 1.5 * planned + day ? [`${site}: ${Math.round(left / day)} days early`] : [];
  });
}

/** About twice a week somebody, or a wrong time server, sets the clock for some hours or days: a little, a day, ten years. */
function planWrongClocks(server: HostingServer, start: number, end: number): number {
  const offsets = [hour, -hour, 23 * hour, -23 * hour, 40 * day, -40 * day, 3_650 * day, -3_650 * day];
  let times = 0;
  for (let at = start + day; at < end - 5 * day; times += 1) {
    const ahead = offsets[Math.floor(server.random() * offsets.length)] ?? hour;
    const length = (1 + 40 * server.random()) * hour;
    const set = (wrong: number): void => {
      server.ownClock.ahead = wrong;
    };
    server.events.plan(at, () => set(ahead));
    server.events.plan(at + length, () => set(0));
    at += length + (1 + 4 * server.random()) * day;
  }
  return times;
}

/** About two outages a month, most of them hours, every fifth a week; never two weeks without a whole day of peace. */
function planOutages(server: HostingServer, start: number, end: number): { at: number; length: number }[] {
  const outages: { at: number; length: number }[] = [];
  const victims = ["ca", "panel", "dns"] as const;
  for (let at = start + 20 * day; at < end - 20 * day; ) {
    const long = server.random() < 0.2;
    const length = long ? (5 + 2 * server.random()) * day : (1 + 20 * server.random()) * hour;
    const victim = victims[Math.floor(server.random() * victims.length)] ?? "ca";
    outages.push({ at, length });
    const set = (down: boolean): void => {
      if (victim === "ca") server.ca.down = down;
      else if (victim === "panel") server.panel.down = down;
      else server.dnsDown = down;
    };
    server.events.plan(at, () => set(true));
    server.events.plan(at + length, () => set(false));
    at += length + (5 + 20 * server.random()) * day;
  }
  return outages;
}
