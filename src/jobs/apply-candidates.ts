import { crashPoint } from "../crash-point.ts";
import { asCodedError, type CodedError } from "../errors.ts";
import { type CertificateBundle, pemBundle } from "../model/certificate.ts";
import type { InstallOutcome, VhostInstall } from "../panel.ts";
import { type Candidate, coveredNames, markApplied } from "./candidate.ts";
import { type JobContext, record } from "./context.ts";
import { targetsOf } from "./served-targets.ts";

/**
 * Puts candidates onto their vhosts, all in one call of the panel. What they carried is backed up, and each has an intent
 * before the panel is touched. By reference, the error that decides when the request is tried again.
 */
export async function applyCandidates(
  context: JobContext,
  chosen: readonly Candidate[],
): Promise<Map<string, CodedError>> {
  const failures = new Map<string, CodedError>();
  const prepared: { candidate: Candidate; install: VhostInstall; intent: number }[] = [];
  for (const candidate of chosen) {
    try {
      prepared.push(await prepare(context, candidate));
    } catch (thrown) {
      noteFailure(context, candidate, asCodedError(thrown), failures);
    }
  }
  if (prepared.length === 0) return failures;
  crashPoint("X-17");
  const results = await installAll(
    context,
    prepared.map(({ install }) => install),
  );
  crashPoint("X-21");
  for (const [index, { candidate, intent }] of prepared.entries()) {
    const problem = results[index]?.problem ?? null;
    context.store.db.transaction(() => {
      context.store.intents.finish(intent, problem === null ? "applied" : problem.code, context.clock.now());
      if (problem === null) markApplied(context, candidate, "new");
      else noteFailure(context, candidate, problem, failures);
    });
  }
  return failures;
}

async function installAll(
  context: JobContext,
  installs: readonly VhostInstall[],
): Promise<readonly InstallOutcome[]> {
  try {
    return await context.panel.installCertificates(installs);
  } catch (thrown) {
    const problem = asCodedError(thrown);
    return installs.map(({ vhost }) => ({ vhost, problem }));
  }
}

/** Backs up what the vhost carries, looks at what is served, and writes the intent: only then may the panel be touched. */
async function prepare(
  context: JobContext,
  candidate: Candidate,
): Promise<{ candidate: Candidate; install: VhostInstall; intent: number }> {
  const { store, clock, keys, panel } = context;
  const { installation, vhost, certificate, chain, request } = candidate;
  const key = await keys.read(certificate.keyId);
  if (installation.previous === null) {
    const previous = await panel.readBundle(vhost);
    if (previous !== null && previous.leaf.fingerprint !== certificate.fingerprint) {
      await keys.keep(previous.leaf.keyId, previous.key);
      crashPoint("X-39");
      store.installations.change(installation.id, backup(previous), clock.now());
    }
  }
  const names = coveredNames(certificate, vhost);
  const targets = targetsOf(context, names, vhost.addresses);
  const servedBefore =
    installation.state === "installing" ? installation.servedBefore : await context.probe.lookAt(targets);
  const bundle: CertificateBundle = { leaf: certificate, chain, key };
  const intent = store.db.transaction(() => {
    store.installations.change(
      installation.id,
      { state: "installing", reason: null, detail: "", names, addresses: vhost.addresses, servedBefore },
      clock.now(),
    );
    store.requests.change(request.reference, { state: "installing", reason: null }, clock.now());
    record(context, request.reference, "installing", { vhost: vhost.id });
    return store.intents.begin(
      "install",
      String(installation.id),
      { vhost: vhost.id, fingerprint: certificate.fingerprint },
      clock.now(),
    );
  });
  return { candidate, install: { vhost, bundle }, intent };
}

function backup(previous: CertificateBundle): {
  previous: string;
  previousPem: string;
  previousChain: string;
  previousKey: string;
} {
  return {
    previous: previous.leaf.fingerprint,
    previousPem: previous.leaf.pem,
    previousChain: pemBundle(previous.chain),
    previousKey: previous.leaf.keyId,
  };
}

function noteFailure(
  context: JobContext,
  candidate: Candidate,
  error: CodedError,
  failures: Map<string, CodedError>,
): void {
  const { store, clock } = context;
  const { installation, request, vhost } = candidate;
  const final = error.advice === "never";
  store.installations.change(
    installation.id,
    {
      state: final ? "failed" : "installing",
      reason: error.code,
      detail: error.detail,
      attempts: installation.attempts + 1,
    },
    clock.now(),
  );
  record(context, request.reference, final ? "failed" : "attempt-failed", {
    vhost: vhost.id,
    code: error.code,
  });
  context.log.warn("an installation did not succeed", {
    reference: request.reference,
    vhost: vhost.id,
    error,
  });
  // The worst of several decides when the request is tried again; a final one only when nothing can be tried again.
  const before = failures.get(request.reference);
  if (before === undefined || before.advice === "never") failures.set(request.reference, error);
}
