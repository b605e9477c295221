import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import { parseCertificates } from "../model/certificate.ts";
import { shownBy } from "../model/coverage.ts";
import type { HostName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";
import { servedLadder, waitOnLadder } from "../model/polling.ts";
import { judgeServed } from "../model/served.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { WorkItem } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { refreshRequestState } from "./request-state.ts";
import { targetsOf } from "./served-targets.ts";
import { openTakeBack, takeBack } from "./take-back.ts";
import type { WorkHandler, WorkOutcome } from "./worker.ts";

/**
 * Proves by handshakes what is served after the panel said yes, one look per run: soon, then ever more slowly (the
 * ladder is in `model/polling.ts`). A certificate that breaks the site is taken back (design §1, "installed means served").
 */
export function createVerifyHandler(context: JobContext): WorkHandler {
  return {
    kind: "verify",
    concurrency: 16,
    batch: 1,
    async run(items: readonly WorkItem[]): Promise<ReadonlyMap<string, WorkOutcome>> {
      const outcomes = new Map<string, WorkOutcome>();
      for (const item of items)
        outcomes.set(item.key, { next: await verifyInstallation(context, Number(item.key)) });
      return outcomes;
    },
  };
}

/** Returns when to look again; null when it is proven, given up or taken back. */
export function verifyInstallation(context: JobContext, id: number): Promise<Date | null> {
  return context.locks.run(`verify ${id}`, () => verify(context, id));
}

async function verify(context: JobContext, id: number): Promise<Date | null> {
  const { store, clock } = context;
  const installation = store.installations.get(id);
  if (installation === null) return null;
  if (installation.state !== "applied" && installation.state !== "verified") return null;
  const begun = openTakeBack(context, id);
  if (begun !== null) {
    // A crash in the middle of it: what broke the site is not given a second chance to.
    await takeBack(context, installation, installation.served, begun);
    return null;
  }
  const targets = targetsOf(context, installation.names, installation.addresses);
  crashPoint("X-24");
  const served = await context.probe.lookAt(targets);
  crashPoint("X-25");
  const now = clock.now();
  const attempts = installation.attempts + 1;
  const verdict = judgeServed({
    before: installation.servedBefore,
    after: served,
    expected: installation.fingerprint,
    looks: attempts,
  });
  switch (verdict.kind) {
    case "verified":
      markVerified(context, installation, served);
      if (installation.verifiedAt === null) await reportServices(context, installation, served);
      return null;
    case "wait": {
      const next = new Date(now.getTime() + waitOnLadder(servedLadder, attempts));
      store.installations.change(
        id,
        { state: "applied", reason: verdict.reason, served, attempts, nextAttemptAt: next },
        now,
      );
      refreshRequestState(context, installation.reference);
      return next;
    }
    case "take-back":
      await takeBack(context, installation, served, verdict.reason);
      return null;
  }
}

function markVerified(
  context: JobContext,
  installation: StoredInstallation,
  served: readonly Served[],
): void {
  const { store, clock } = context;
  const now = clock.now();
  store.db.transaction(() => {
    const first = installation.verifiedAt === null;
    store.installations.change(
      installation.id,
      {
        state: "verified",
        reason: null,
        detail: "",
        served,
        verifiedAt: installation.verifiedAt ?? now,
        attempts: 0,
        nextAttemptAt: null,
      },
      now,
    );
    if (first) {
      const addresses = [...new Set(served.map(({ address }) => address))].join(", ");
      record(context, installation.reference, "verified", { vhost: installation.vhost, addresses });
    }
    supersede(context, installation);
    refreshRequestState(context, installation.reference);
    noteLook(context, installation, now);
  });
}

/** What was proven is what visitors get: the overview of websites need not look again to know it. */
function noteLook(
  { store }: JobContext,
  { vhost, account, fingerprint }: StoredInstallation,
  at: Date,
): void {
  const stored = store.certificates.get(fingerprint);
  const [leaf] = stored === null ? [] : parseCertificates(stored.pem);
  if (leaf === undefined) return;
  const certificate = { ...shownBy(leaf), complete: true, managed: false };
  store.looks.put({ vhost, account, at, certificate });
}

/** What the vhost carried before by our hand is now history; its row says so and its request's state follows. */
function supersede(context: JobContext, installation: StoredInstallation): void {
  for (const other of context.store.installations.onVhost(installation.vhost, "verified", "applied")) {
    if (other.fingerprint === installation.fingerprint) continue;
    // One that came later is waited for: until the web server is told, the earlier one is what it serves.
    if (isLater(other.appliedAt, installation.appliedAt)) continue;
    context.store.installations.change(other.id, { state: "superseded", reason: null }, context.clock.now());
    record(context, other.reference, "superseded", { vhost: other.vhost });
    refreshRequestState(context, other.reference);
  }
}

function isLater(one: Date | null, other: Date | null): boolean {
  return one !== null && other !== null && one > other;
}

/** Other TLS services of the name (mail, panel) are looked at once and shown; they never fail an installation. */
async function reportServices(
  context: JobContext,
  installation: StoredInstallation,
  served: readonly Served[],
): Promise<void> {
  const onePerAddress = new Map(served.map(({ address, name }) => [address, name as HostName]));
  try {
    const looks = await Promise.all(
      [...onePerAddress].map(([address, name]) => context.probe.lookAtServices(name, address)),
    );
    const answered = looks.flat().filter(({ fingerprint }) => fingerprint !== null);
    if (answered.length === 0) return;
    context.store.installations.change(
      installation.id,
      { served: [...served, ...answered] },
      context.clock.now(),
    );
  } catch (thrown) {
    context.log.debug("other services could not be looked at", { error: asCodedError(thrown) });
  }
}
