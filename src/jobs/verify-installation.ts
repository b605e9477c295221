import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { type CertificateBundle, parseCertificates } from "../model/certificate.ts";
import type { HostName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";
import { servedLadder, waitOnLadder } from "../model/polling.ts";
import { judgeServed } from "../model/served.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { WorkItem } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { installLock } from "./install-certificates.ts";
import { refreshRequestState } from "./request-state.ts";
import { targetsOf } from "./served-targets.ts";
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
        { state: "applied", reason: verdict.reason, served, attempts, checkedAt: now, nextAttemptAt: next },
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
        checkedAt: now,
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
  });
}

/** What the vhost carried before by our hand is now history; its row says so and its request's state follows. */
function supersede(context: JobContext, installation: StoredInstallation): void {
  for (const other of context.store.installations.onVhost(installation.vhost, "verified", "applied")) {
    if (other.id === installation.id || other.fingerprint === installation.fingerprint) continue;
    context.store.installations.change(other.id, { state: "superseded", reason: null }, context.clock.now());
    record(context, other.reference, "superseded", { vhost: other.vhost });
    refreshRequestState(context, other.reference);
  }
}

/**
 * Puts the old pair back because the new one broke something, and proves that too. With no old pair the panel's default
 * takes over. Fails (and is tried again) only when the panel can't be reached.
 */
async function takeBack(
  context: JobContext,
  installation: StoredInstallation,
  served: readonly Served[],
  reason: ErrorCode,
): Promise<void> {
  const { store, clock } = context;
  const previous = await readPrevious(context, installation);
  const vhost = { id: installation.vhost, account: installation.account };
  const intent = store.intents.begin(
    "take-back",
    String(installation.id),
    { vhost: installation.vhost, fingerprint: installation.previous },
    clock.now(),
  );
  const [outcome] = await context.locks.run(installLock, () =>
    context.panel.installCertificates([{ vhost, bundle: previous }]),
  );
  crashPoint("X-26");
  const problem = outcome?.problem ?? null;
  store.intents.finish(intent, problem?.code ?? "taken back", clock.now());
  if (problem !== null) throw problem;
  const after = await context.probe.lookAt(targetsOf(context, installation.names, installation.addresses));
  const restored = after.filter(({ fingerprint }) => fingerprint === installation.previous).length;
  store.db.transaction(() => {
    store.installations.change(
      installation.id,
      { state: "rolled-back", reason, served: [...served, ...after], checkedAt: clock.now() },
      clock.now(),
    );
    record(context, installation.reference, "rolled-back", {
      vhost: installation.vhost,
      code: reason,
      restored,
      asked: after.length,
    });
    refreshRequestState(context, installation.reference);
  });
}

async function readPrevious(
  context: JobContext,
  installation: StoredInstallation,
): Promise<CertificateBundle | null> {
  const { previousPem, previousChain, previousKey } = installation;
  if (previousPem === null || previousKey === null) return null;
  const [leaf] = parseCertificates(previousPem);
  if (leaf === undefined)
    throw new CodedError("certificate-unreadable", { detail: "the previous certificate" });
  const chain = previousChain === null || previousChain === "" ? [] : parseCertificates(previousChain);
  return { leaf, chain, key: await context.keys.read(previousKey) };
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
