import { issuerOf } from "../model/coverage.ts";
import { isWildcard } from "../model/host-name.ts";
import type { Vhost } from "../panel.ts";
import { type WorkPriority, workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** How long a look at a website is believed. Overviews are opened often; web servers are not ours to wear out. */
export const lookFresh = 3_600_000;

/**
 * Looks at what the websites of an account show, in the background: one handshake per website, because a website carries
 * one certificate. Pages never look themselves; they show the last look and its time, and ask for a newer one.
 */
export function createLookHandler(context: JobContext): WorkHandler {
  return {
    kind: "look",
    // Accounts at once; the probe sets the bound for handshakes.
    concurrency: 2,
    batch: 1,
    async run(items): Promise<ReadonlyMap<string, WorkOutcome>> {
      const outcomes = new Map<string, WorkOutcome>();
      for (const { key } of items) {
        await lookAtSites(context, key);
        outcomes.set(key, { next: null });
      }
      return outcomes;
    },
  };
}

async function lookAtSites(context: JobContext, account: string): Promise<void> {
  const vhosts = await context.panel.listVhosts(account);
  await Promise.all(vhosts.map((vhost) => lookAtSite(context, vhost)));
}

async function lookAtSite(context: JobContext, vhost: Vhost): Promise<void> {
  const name = vhost.names.find((one) => !isWildcard(one));
  const address = context.verifyAddress ?? vhost.addresses[0];
  const shown =
    name === undefined || address === undefined ? null : await context.probe.certificateOf(name, address);
  context.store.looks.put({
    vhost: vhost.id,
    account: vhost.account,
    at: context.clock.now(),
    certificate:
      shown === null
        ? null
        : {
            fingerprint: shown.leaf.fingerprint,
            issuer: issuerOf(shown.leaf),
            names: shown.leaf.names,
            notAfter: shown.leaf.notAfter,
            selfSigned: shown.leaf.selfSigned,
            complete: shown.complete,
          },
  });
}

/** Asks for new looks at the websites of these accounts. */
export function wantLooks(context: JobContext, accounts: Iterable<string>, priority: WorkPriority): void {
  const { store, clock } = context;
  store.db.transaction(() => {
    for (const account of accounts) {
      if (priority === workPriority.user) store.work.want("look", account, priority, clock.now());
      else store.work.plan("look", account, priority, clock.now(), clock.now());
    }
  });
  context.wake();
}
