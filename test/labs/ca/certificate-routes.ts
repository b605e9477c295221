import type { ApiCall, ApiReply, Route } from "./api-call.ts";
import { message } from "./api-call.ts";
import type { CaState } from "./ca-state.ts";
import { certificateOf } from "./ca-state.ts";
import { downloadFormats, writeDownload } from "./downloads.ts";
import { listPage } from "./list-page.ts";
import type { CertificateRecord, IssuedCertificate } from "./order.ts";
import { cancelCertificate, reissueCertificate, renewCertificate } from "./order-desk.ts";
import { orderFields } from "./order-form.ts";
import { notFound, refusedParameters } from "./refusal.ts";
import { certificateDetail, certificateItem } from "./representations.ts";
import { orderAnswer } from "./request-routes.ts";

/** C1 to C6 of spec xolphin-api §2. */
export const certificateRoutes: readonly Route[] = [
  { method: "GET", path: /^certificates$/, fields: ["page", "limit"], answer: listCertificates },
  { method: "GET", path: /^certificates\/(\d+)$/, fields: [], answer: readCertificate },
  { method: "GET", path: /^certificates\/(\d+)\/download$/, fields: ["format"], answer: download },
  {
    method: "POST",
    path: /^certificates\/(\d+)\/reissue$/,
    fields: orderFields,
    answer: ({ state, id, form }) => ({
      status: state.switches.createStatus,
      json: orderAnswer(state, reissueCertificate(state, id, form)),
    }),
  },
  {
    method: "POST",
    path: /^certificates\/(\d+)\/renew$/,
    fields: orderFields,
    answer: ({ state, id, form }) => ({
      status: state.switches.createStatus,
      json: orderAnswer(state, renewCertificate(state, id, form)),
    }),
  },
  {
    method: "POST",
    path: /^certificates\/(\d+)\/cancel$/,
    fields: ["reason", "revoke"],
    answer: ({ state, id, form }) =>
      message(
        cancelCertificate(state, id, form)
          ? "The certificate has been revoked successfully."
          : "The certificate has been cancelled successfully.",
      ),
  },
];

function listCertificates(call: ApiCall): ApiReply {
  const { state } = call;
  const items: { certificate: CertificateRecord; issued: IssuedCertificate }[] = [];
  for (const certificate of state.certificates.values()) {
    const issued = visible(certificate, call.stale);
    if (issued !== undefined && !certificate.revoked) items.push({ certificate, issued });
  }
  items.sort(
    (a, b) =>
      b.issued.issuedAt.getTime() - a.issued.issuedAt.getTime() || b.certificate.id - a.certificate.id,
  );
  if (state.switches.certificateOrder === "oldest-first") items.reverse();
  return listPage(
    call,
    "certificates",
    items.map(({ certificate, issued }) => certificateItem(state, certificate, issued)),
  );
}

function readCertificate({ state, id, stale }: ApiCall): ApiReply {
  const certificate = certificateOf(state, id);
  const issued = visible(certificate, stale);
  const hidden = certificate.revoked && state.switches.revokedCertificate === "404";
  if (issued === undefined || hidden) throw notFound();
  return { status: 200, json: certificateDetail(state, certificate, issued) };
}

function download({ state, id, query, stale }: ApiCall): ApiReply {
  const format = (query.get("format") ?? "CRT").toUpperCase();
  if (!downloadFormats.includes(format)) {
    throw refusedParameters({ format: ["The selected format is not valid."] });
  }
  const certificate = certificateOf(state, id);
  const issued = visible(certificate, stale);
  if (
    issued === undefined ||
    (isBeingReissued(state, id) && state.switches.downloadDuringReissue === "404")
  ) {
    throw notFound();
  }
  return writeDownload(state, certificate.id, issued, format);
}

function isBeingReissued(state: CaState, id: number): boolean {
  return [...state.orders.values()].some(
    (order) => order.kind === "reissue" && order.originalId === id && order.state === "pending",
  );
}

/** F-12: for some reads after issuing, what was there before; each look counts. */
function visible(certificate: CertificateRecord, stale: boolean): IssuedCertificate | undefined {
  if (certificate.staleReads > 0) {
    certificate.staleReads -= 1;
    return certificate.previous;
  }
  return stale ? certificate.previous : certificate.issued;
}
