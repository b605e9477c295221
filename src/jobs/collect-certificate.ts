import { crashPoint } from "../crash-point.ts";
import { CodedError } from "../errors.ts";
import { buildChain, type Chain, parseCertificates, pemBundle } from "../model/certificate.ts";
import { renewalDue } from "../model/plan-renewal.ts";
import type { StoredRequest } from "../store/requests.ts";
import { workPriority } from "../store/work.ts";
import { type JobContext, record } from "./context.ts";
import { judgeNow } from "./plausible-clock.ts";
import type { IssuedAnswer } from "./ports.ts";
import { withdrawAnswers } from "./withdraw-answers.ts";

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
  const finding = judgeNow(context, issued.leaf, chain, { ownKeyId: keyId, wantedNames: request.names });
  if (finding !== null && finding !== "certificate-not-yet-valid") throw new CodedError(finding);
  const termEnd = termEndOf(context, request, issued.termEnd);
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
        notBefore: issued.leaf.notBefore,
        notAfter: issued.leaf.notAfter,
        termEnd,
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
    const due = renewalDue({ ...issued.leaf, termEnd });
    store.work.plan("renew", request.reference, workPriority.background, due, clock.now());
  });
  context.wake();
  await withdrawAnswers(context, store.requests.get(request.reference) ?? request);
  return null;
}

/** What the CA says, or else what was bought: the years of an order, or what was left of the term of a reissue. */
function termEndOf({ store }: JobContext, request: StoredRequest, told: Date | null): Date | null {
  if (told !== null) return told;
  const before = request.predecessor === null ? null : store.requests.get(request.predecessor);
  if (request.kind === "reissue") return before?.termEnd ?? null;
  if (request.years === null || request.years === 0) return null;
  const end = new Date(request.createdAt);
  end.setUTCFullYear(end.getUTCFullYear() + request.years);
  return end;
}
