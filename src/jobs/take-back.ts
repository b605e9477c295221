import { crashPoint } from "../crash-point.ts";
import { CodedError, type ErrorCode } from "../errors.ts";
import { type CertificateBundle, parseCertificates } from "../model/certificate.ts";
import type { Served } from "../model/installation.ts";
import type { StoredInstallation } from "../store/installations.ts";
import { type JobContext, record } from "./context.ts";
import { installLock } from "./keyed-lock.ts";
import { refreshRequestState } from "./request-state.ts";
import { targetsOf } from "./served-targets.ts";

/** Why this installation was being taken back when the program ended; null when it was not. */
export function openTakeBack({ store }: JobContext, id: number): ErrorCode | null {
  const intent = store.intents.open("take-back").find(({ key }) => key === String(id));
  return intent === undefined ? null : (intent.expected as { reason: ErrorCode }).reason;
}

/**
 * Puts the old pair back because the new one broke something, and proves that too. With no old pair the panel's default
 * takes over. Fails (and is tried again) only when the panel can't be reached.
 */
export async function takeBack(
  context: JobContext,
  installation: StoredInstallation,
  served: readonly Served[],
  reason: ErrorCode,
): Promise<void> {
  const { store, clock } = context;
  const previous = await readPrevious(context, installation);
  const vhost = { id: installation.vhost, account: installation.account };
  const key = String(installation.id);
  const expected = { vhost: installation.vhost, fingerprint: installation.previous, reason };
  const begun = store.intents.open("take-back").find((open) => open.key === key);
  const intent = begun?.id ?? store.intents.begin("take-back", key, expected, clock.now());
  const [outcome] = await context.locks.run(installLock, () =>
    context.panel.installCertificates([{ vhost, bundle: previous }]),
  );
  crashPoint("X-26");
  const problem = outcome?.problem ?? null;
  if (problem !== null) {
    if (problem.advice === "never") store.intents.finish(intent, problem.code, clock.now());
    throw problem;
  }
  const after = await context.probe.lookAt(targetsOf(context, installation.names, installation.addresses));
  const restored = after.filter(({ fingerprint }) => fingerprint === installation.previous).length;
  store.db.transaction(() => {
    store.installations.change(
      installation.id,
      { state: "rolled-back", reason, served: [...served, ...after] },
      clock.now(),
    );
    store.intents.finish(intent, "taken back", clock.now());
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
  const chain = parseCertificates(previousChain ?? "");
  return { leaf, chain, key: await context.keys.read(previousKey) };
}
