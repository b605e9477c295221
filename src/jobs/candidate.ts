import type { Certificate } from "../model/certificate.ts";
import { covers } from "../model/host-name.ts";
import type { Vhost } from "../panel.ts";
import type { StoredInstallation } from "../store/installations.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";

/** One certificate that is to go onto one vhost, and the installation that keeps how far that has come. */
export interface Candidate {
  readonly request: StoredRequest;
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly vhost: Vhost;
  readonly installation: StoredInstallation;
}

/** The names of the vhost that the certificate is good for: those that handshakes are made for. */
export function coveredNames(certificate: Certificate, vhost: Vhost): Vhost["names"] {
  const covered = vhost.names.filter((name) => certificate.names.some((pattern) => covers(pattern, name)));
  return covered.length === 0 ? vhost.names : covered;
}

/** The panel has it on record, put there now or before; what is served, handshakes are to show. */
export function markApplied(
  context: JobContext,
  { installation, certificate, vhost }: Candidate,
  how: "new" | "already",
): void {
  const { store, clock } = context;
  const now = clock.now();
  store.installations.change(
    installation.id,
    {
      state: "applied",
      reason: "not-served-yet",
      names: coveredNames(certificate, vhost),
      addresses: vhost.addresses,
      appliedAt: now,
      attempts: 0,
    },
    now,
  );
  record(context, installation.reference, "applied", { vhost: vhost.id, how });
  store.work.want("verify", String(installation.id), workPriority.issued, now);
}
