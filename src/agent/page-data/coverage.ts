import { CodedError } from "../../errors.ts";
import type { JobContext } from "../../jobs/context.ts";
import { lookFirst, lookFresh, wantLooks } from "../../jobs/look-at-sites.ts";
import {
  type CoverageGroup,
  coverageGroups,
  coverageStates,
  groupOf,
  judgeCoverage,
  summarise,
} from "../../model/coverage.ts";
import type { CoverageData, SiteRow } from "../../pages/data/coverage.ts";
import type { Caller } from "../../panel.ts";
import type { AccountScope } from "../../store/request-list.ts";
import type { StoredRequest } from "../../store/requests.ts";
import { workPriority } from "../../store/work.ts";
import { inScope, readScope, readVhosts } from "./scope.ts";

const pageSize = 50;

export function createCoverageData(context: JobContext, mayOrder: (caller: Caller) => boolean): CoverageData {
  return {
    async readCoverage(caller, { search, group, page }) {
      const scope = await readScope(context, caller);
      const all = await readSitesLookedAt(context, caller, scope);
      const wanted = search.toLowerCase();
      const alone = all.filter(({ names }) => names.some((name) => wanted === `"${name}"`));
      const sites = alone.length > 0 ? alone : all;
      wantOld(context, sites);
      const matching = sites.filter((site) => matches(site, wanted));
      const chosen = matching.filter(({ state }) => group === "all" || groupOf(state) === group);
      const count = (name: CoverageGroup): number =>
        sites.filter(({ state }) => name === "all" || groupOf(state) === name).length;
      const worst = sites.find(({ state }) => groupOf(state) === "problems") ?? null;
      return {
        rows: chosen.slice((page - 1) * pageSize, page * pageSize),
        total: chosen.length,
        pageSize,
        counts: Object.fromEntries(coverageGroups.map((name) => [name, count(name)])) as Record<
          CoverageGroup,
          number
        >,
        summary: summarise(sites.map(({ state }) => state)),
        worst,
        showAccounts: caller.level !== "account",
        mayOrder: !caller.readOnly && mayOrder(caller),
      };
    },

    async lookAgain(caller) {
      if (caller.readOnly) throw new CodedError("not-allowed");
      const scope = await readScope(context, caller);
      const sites = await readVhosts(context, caller, scope);
      wantLooks(context, new Set(sites.map(({ account }) => account)), workPriority.user);
    },
  };
}

/** The same, after a moment for the first look where an account comes for the first time. */
async function readSitesLookedAt(
  context: JobContext,
  caller: Caller,
  scope: AccountScope | null,
): Promise<SiteRow[]> {
  const sites = await readSites(context, caller, scope);
  if (caller.level !== "account") return sites;
  const never = new Set(sites.filter(({ lookedAt }) => lookedAt === null).map(({ vhost }) => vhost));
  return (await lookFirst(context, caller.account, never)) ? readSites(context, caller, scope) : sites;
}

/** The caller's websites with how they stand, worst first. */
async function readSites(
  context: JobContext,
  caller: Caller,
  scope: AccountScope | null,
): Promise<SiteRow[]> {
  const { store, clock } = context;
  const vhosts = await readVhosts(context, caller, scope);
  const accounts = scope === null ? null : scope.map(({ name }) => name);
  const looks = new Map(store.looks.of(accounts).map((look) => [siteKey(look), look]));
  const shown = [...looks.values()].flatMap(({ certificate }) => certificate?.fingerprint ?? []);
  const requests = byAccountAndName(
    [...store.requests.open(accounts), ...store.requests.byFingerprints(shown)].filter((request) =>
      inScope(request, scope),
    ),
  );
  const now = clock.now();
  const rows = vhosts.map((vhost): SiteRow => {
    const look = looks.get(siteKey({ vhost: vhost.id, account: vhost.account })) ?? null;
    // A certificate with a wildcard was ordered for a name that is not the website's own.
    const keys = [...vhost.names, look?.certificate?.fingerprint ?? ""].map((of) =>
      requestKey(vhost.account, of),
    );
    const own = [...new Set(keys.flatMap((key) => requests.get(key) ?? []))];
    const standing = judgeCoverage({ names: vhost.names, look, requests: own, now });
    const request = own.find(({ reference }) => reference === standing.request);
    return {
      vhost: vhost.id,
      account: vhost.account,
      names: vhost.names,
      uncovered: standing.uncovered,
      // Whoever looks at the whole server is the host.
      state: standing.state === "held" && caller.level === "administrator" ? "waiting" : standing.state,
      issuer: look?.certificate?.issuer ?? null,
      notAfter: look?.certificate?.notAfter ?? null,
      lookedAt: look?.at ?? null,
      request: request === undefined ? null : { reference: request.reference, state: request.state },
    };
  });
  const rank = (row: SiteRow): number => coverageStates.indexOf(row.state);
  const end = (row: SiteRow): number => row.notAfter?.getTime() ?? Number.POSITIVE_INFINITY;
  return rows.sort((a, b) => rank(a) - rank(b) || end(a) - end(b) || (a.vhost < b.vhost ? -1 : 1));
}

/** Old or missing looks are renewed in the background, an account at a time. */
function wantOld(context: JobContext, sites: readonly SiteRow[]): void {
  const oldest = context.clock.now().getTime() - lookFresh;
  const stale = sites.filter(({ lookedAt }) => lookedAt === null || lookedAt.getTime() < oldest);
  if (stale.length === 0) return;
  wantLooks(context, new Set(stale.map(({ account }) => account)), workPriority.background);
}

/** Each request under every name and the certificate it has, within its account. */
function byAccountAndName(requests: readonly StoredRequest[]): Map<string, StoredRequest[]> {
  const found = new Map<string, StoredRequest[]>();
  for (const request of requests) {
    for (const of of [...request.names, request.fingerprint ?? "-"]) {
      const key = requestKey(request.account ?? "", of);
      found.set(key, [...(found.get(key) ?? []), request]);
    }
  }
  return found;
}

function requestKey(account: string, nameOrFingerprint: string): string {
  return `${account} ${nameOrFingerprint}`;
}

function siteKey({ vhost, account }: { vhost: string; account: string }): string {
  return `${account} ${vhost}`;
}

function matches({ names, account }: SiteRow, wanted: string): boolean {
  const part = wanted.replaceAll('"', "");
  return part === "" || account.toLowerCase().includes(part) || names.some((name) => name.includes(part));
}
