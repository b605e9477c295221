import type { ReissueProgress, ReissueWish, Stock } from "../fleet/operations.ts";
import type { JobContext } from "../jobs/context.ts";
import { reissueMany, stopReissues } from "../jobs/reissue-many.ts";
import { parseCertificates } from "../model/certificate.ts";

/** What a server does about reissues that its fleet wants. */
export interface ReissueDesk {
  /** What could be reissued here. */
  stock(): Stock;
  /** How far those are that were taken up. */
  progress(): ReissueProgress[];
  /** Takes up what is new and stops what is not wanted any more. */
  follow(wishes: readonly ReissueWish[]): void;
}

/** As many as the hub takes. */
const [mostIssuers, mostDays] = [100, 2_000];

/**
 * The fleet's wishes as undertakings of this server: its own certificates, by its own jobs, ordered as one by one. Which
 * wish became which undertaking is written down with it, so that none is taken up twice.
 */
export function createReissueDesk(context: () => JobContext): ReissueDesk {
  /** Chains are few and long; the name of an issuer is read once. */
  const issuers = new Map<string, string>();
  let known: readonly ReissueWish[] = [];

  function issuerOf(chain: string): string {
    const name = issuers.get(chain) ?? parseCertificates(chain)[0]?.subject.replaceAll("\n", ", ") ?? "";
    issuers.set(chain, name);
    return name.slice(0, 512);
  }

  return {
    stock() {
      const { store, clock } = context();
      const byIssuer = new Map<string, Map<number, number>>();
      for (const { chain, endDay, count } of store.bulks.reissuable(clock.now())) {
        const issuer = issuerOf(chain);
        const ends = byIssuer.get(issuer) ?? new Map<number, number>();
        ends.set(endDay, (ends.get(endDay) ?? 0) + count);
        byIssuer.set(issuer, ends);
      }
      return [...byIssuer]
        .slice(0, mostIssuers)
        .map(([issuer, ends]) => ({ issuer, ends: [...ends].slice(0, mostDays) }));
    },

    progress() {
      const { store } = context();
      return known.flatMap(({ id }) => {
        const local = store.readMeta(mark(id));
        if (local === null) return [];
        const run = store.bulks.progress(Number(local));
        return [
          {
            id,
            all: run?.all ?? 0,
            done: run?.done ?? 0,
            stuck: run?.stuck ?? 0,
            stopped: (run?.stoppedAt ?? null) !== null,
            firstAt: run?.firstAt?.toISOString() ?? null,
            lastAt: run?.lastAt?.toISOString() ?? null,
          },
        ];
      });
    },

    follow(wishes) {
      known = wishes;
      const jobs = context();
      for (const wish of wishes) {
        const local = jobs.store.readMeta(mark(wish.id));
        if (local === null && !wish.stopped) takeUp(jobs, wish);
        if (local !== null && wish.stopped && jobs.store.bulks.progress(Number(local))?.stoppedAt === null) {
          stopReissues(jobs, Number(local));
        }
      }
    },
  };

  function takeUp(jobs: JobContext, { id, reason, urgent, issuer, endsBefore, wantedAt }: ReissueWish): void {
    const { store, clock, log } = jobs;
    const now = clock.now();
    const chains =
      issuer === null
        ? null
        : [...new Set(store.bulks.reissuable(now).map(({ chain }) => chain))].filter(
            (chain) => issuerOf(chain) === issuer,
          );
    store.db.transaction(() => {
      const references = store.bulks.candidates(null, "", now, {
        chains,
        endsBefore,
        orderedBefore: wantedAt,
      });
      const local =
        references.length === 0 ? 0 : reissueMany(jobs, { by: `fleet ${id}`, reason, urgent }, references);
      store.writeMeta(mark(id), String(local));
    });
    log.info("the fleet wants certificates anew", { reissue: id });
  }
}

function mark(id: string): string {
  return `fleet.reissue.${id}`;
}
