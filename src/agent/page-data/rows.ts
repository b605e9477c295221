import type { JobContext } from "../../jobs/context.ts";
import { parseCertificates } from "../../model/certificate.ts";
import type { DcvRow, InstallationRow, RequestDetail, RequestRow } from "../../pages/data/requests.ts";
import type { StoredDcvName } from "../../store/dcv-names.ts";
import type { StoredInstallation } from "../../store/installations.ts";
import type { StoredRequest } from "../../store/requests.ts";
import { history } from "../describe-request.ts";

export function toRow(request: StoredRequest): RequestRow {
  return {
    reference: request.reference,
    id: request.caRequestId,
    kind: request.kind,
    account: request.account,
    names: request.names,
    product: request.productName,
    state: request.state,
    reason: request.reason,
    notAfter: request.notAfter,
    createdAt: request.createdAt,
    updatedAt: request.updatedAt,
  };
}

export function toDetail({ store }: JobContext, request: StoredRequest): RequestDetail {
  const certificate = store.certificates.latestOf(request.reference);
  const [leaf] = certificate === null ? [] : parseCertificates(certificate.pem);
  return {
    ...toRow(request),
    certificateId: request.caCertificateId,
    detail: request.detail,
    years: request.years,
    fingerprint: request.fingerprint,
    issuer: leaf?.issuer ?? null,
    steps: request.steps,
    dcv: store.dcvNames.of(request.reference).map(toDcvRow),
    installations: store.installations.of(request.reference).map(toInstallationRow),
    timeline: history(store, request),
    nextLook:
      store.work.plannedFor("advance", request.reference) ??
      store.work.plannedFor("install", request.reference),
  };
}

function toInstallationRow(installation: StoredInstallation): InstallationRow {
  return {
    vhost: installation.vhost,
    account: installation.account,
    state: installation.state,
    reason: installation.reason,
    detail: installation.detail,
    names: installation.names,
    served: installation.served,
    attempts: installation.attempts,
    appliedAt: installation.appliedAt,
    verifiedAt: installation.verifiedAt,
    nextAttemptAt: installation.nextAttemptAt,
  };
}

/** A name without what is only for talking to the CA. */
export function toDcvRow({ name, method, state, record, file, email, reason }: StoredDcvName): DcvRow {
  return { name, method, state, record, file, email, reason };
}
