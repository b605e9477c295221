import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import {
  buildChain,
  type Chain,
  judgeCertificate,
  parseCertificates,
  pemBundle,
} from "../model/certificate.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import type { IssuedAnswer } from "./ports.ts";
import { withdrawAnswers } from "./prove-control.ts";

type Issued = Extract<IssuedAnswer, { kind: "issued" }>;

/** With what came along or, where that is not enough, with intermediates that served before (F-28). */
function chainOf({ store, roots, clock }: JobContext, { leaf, pool }: Issued): Chain {
  const chain = buildChain(leaf, pool, roots, clock.now());
  if (chain.problem === null) return chain;
  const known = store.certificates.latestChains().flatMap((pem) => parseCertificates(pem));
  return buildChain(leaf, [...pool, ...known], roots, clock.now());
}

/**
 * Judges an issued certificate as a server and a browser would, keeps it with its sorted chain, and asks for its
 * installation. Throws when it can't be used as it is: `chain-incomplete` is tried again later, `certificate-weak` is for
 * a person. Nothing that was collected before is overwritten by something worse.
 */
export async function collectCertificate(
  context: JobContext,
  request: StoredRequest,
  keyId: string,
  issued: Issued,
): Promise<null> {
  const { store, clock } = context;
  crashPoint("X-14");
  const chain = chainOf(context, issued);
  const finding = judgeCertificate(issued.leaf, chain, {
    now: clock.now(),
    ownKeyId: keyId,
    wantedNames: request.names,
  });
  if (finding !== null && finding !== "certificate-not-yet-valid") throw new CodedError(finding);
  store.db.transaction(() => {
    store.certificates.put({
      fingerprint: issued.leaf.fingerprint,
      reference: request.reference,
      keyId,
      pem: issued.leaf.pem,
      chainPem: pemBundle(chain.chain),
      collectedAt: clock.now(),
    });
    crashPoint("X-13");
    store.setCaIds(request.reference, { caCertificateId: issued.certificateId }, clock.now());
    store.requests.change(
      request.reference,
      {
        state: "issued",
        reason: null,
        detail: "",
        fingerprint: issued.leaf.fingerprint,
        notAfter: issued.leaf.notAfter,
        goneSince: null,
        steps: request.steps.map((step) => ({ ...step, done: true, attention: false })),
      },
      clock.now(),
    );
    record(context, request.reference, "issued", { notAfter: issued.leaf.notAfter.toISOString() });
    record(context, request.reference, "collected", {
      fingerprint: issued.leaf.fingerprint,
      issuer: issued.leaf.issuer,
    });
    crashPoint("X-15");
    store.work.want("install", request.reference, workPriority.issued, clock.now());
  });
  context.wake();
  await withdrawAnswers(context, request);
  return null;
}
