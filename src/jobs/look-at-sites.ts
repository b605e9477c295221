import { asCodedError } from "../errors.ts";
import { isFreeIssuer, type ShownCertificate, shownBy } from "../model/coverage.ts";
import { isWildcard } from "../model/host-name.ts";
import type { Vhost } from "../panel.ts";
import { type WorkPriority, workPriority } from "../store/work.ts";
import type { JobContext } from "./context.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/** How long a look at a website is believed. Overviews are opened often; web servers are not ours to wear out. */
export const lookFresh = 3_600_000;

/** Longest that somebody waits for the first look at their websites, and how many of them that is tried for. */
const patience = 2_500;
const fewSites = 20;

/**
 * Looks at what the websites of an account show, in the background: one handshake per website, because a website carries
 * one certificate. Pages show the last look and its time, and ask for a newer one.
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
        await context.locks.run(lookLock(key), () => lookAtSites(context, key, () => true));
        outcomes.set(key, { next: null });
      }
      return outcomes;
    },
  };
}

/**
 * Has an account's websites looked at that never were, before a page says anything about them. Gives up waiting, not
 * looking, after a moment: what is not there by then is shown as being looked at. Returns whether anything was waited for.
 */
export async function lookFirst(
  context: JobContext,
  account: string,
  never: ReadonlySet<string>,
): Promise<boolean> {
  if (never.size === 0 || never.size > fewSites) return false;
  const looked = context.locks
    .run(lookLock(account), () => lookAtSites(context, account, ({ id }) => never.has(id)))
    .catch((thrown: unknown) => {
      context.log.info("websites could not be looked at", { account, error: asCodedError(thrown) });
    });
  let giveUp = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    giveUp = context.clock.after(patience, resolve);
  });
  await Promise.race([looked, late]);
  giveUp();
  return true;
}

function lookLock(account: string): string {
  return `look ${account}`;
}

async function lookAtSites(
  context: JobContext,
  account: string,
  wanted: (vhost: Vhost) => boolean,
): Promise<void> {
  const vhosts = (await context.panel.listVhosts(account)).filter(wanted);
  const shown = await Promise.all(vhosts.map((vhost) => certificateShown(context, vhost)));
  for (const [index, vhost] of vhosts.entries()) {
    const seen = shown[index] ?? null;
    const certificate = seen === null ? null : { ...seen, managed: await isManaged(context, vhost, seen) };
    context.store.looks.put({ vhost: vhost.id, account, at: context.clock.now(), certificate });
  }
}

async function certificateShown(
  context: JobContext,
  vhost: Vhost,
): Promise<Omit<ShownCertificate, "managed"> | null> {
  const name = vhost.names.find((one) => !isWildcard(one));
  const address = context.verifyAddress ?? vhost.addresses[0];
  if (name === undefined || address === undefined) return null;
  const seen = await context.probe.certificateOf(name, address);
  if (seen === null) return null;
  const { leaf, complete } = seen;
  return { ...shownBy(leaf), complete };
}

/** Only asked where it makes a difference: the panel has other work to do. */
async function isManaged(
  context: JobContext,
  vhost: Vhost,
  shown: Omit<ShownCertificate, "managed">,
): Promise<boolean> {
  if (!shown.complete || isFreeIssuer(shown.issuer)) return false;
  if (context.store.certificates.get(shown.fingerprint) !== null) return false;
  try {
    const onRecord = await context.panel.readCertificate(vhost);
    return onRecord?.managedByPanel === true && onRecord.leaf.fingerprint === shown.fingerprint;
  } catch (thrown) {
    context.log.debug("what the panel has on record could not be read", { error: asCodedError(thrown) });
    return false;
  }
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
