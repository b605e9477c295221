import { asCodedError, CodedError } from "../../errors.ts";
import { markRead, planCall, sendAgreement, sendDocument, sendMessage } from "../../jobs/answer-ca.ts";
import { beginRenewal } from "../../jobs/begin-renewal.ts";
import { cancelRequest } from "../../jobs/cancel-request.ts";
import { changeValidation } from "../../jobs/change-validation.ts";
import { type JobContext, record } from "../../jobs/context.ts";
import { followCertificate } from "../../jobs/renew-certificate.ts";
import { isWildcard } from "../../model/host-name.ts";
import { renewalDue, renewalOfferedBefore, termLeft, validFrom } from "../../model/plan-renewal.ts";
import { isTerminal } from "../../model/request.ts";
import type { FilePart, ManageData, ManageDetail } from "../../pages/data/manage.ts";
import type { Caller, EngineName, VhostRef } from "../../panel.ts";
import type { StoredRequest } from "../../store/requests.ts";
import { workPriority } from "../../store/work.ts";
import { mayOrder } from "./ordering.ts";
import { toDcvRow } from "./rows.ts";
import { findRequest, isClosed } from "./scope.ts";

const levels = { account: "account", reseller: "reseller", administrator: "admin" } as const;

/** Answers the pages about one certificate's further life. */
export function createManageData(context: JobContext): ManageData {
  const { store, clock } = context;

  async function change(caller: Caller, reference: string): Promise<StoredRequest> {
    if (caller.readOnly) throw new CodedError("not-allowed");
    return findRequest(context, caller, reference);
  }

  function want(kind: "install" | "advance" | "renew", reference: string): void {
    store.work.want(kind, reference, workPriority.user, clock.now());
    context.wake();
  }

  return {
    async readManage(caller, reference) {
      const request = await findRequest(context, caller, reference);
      const next = successorOf(context, request);
      const { notAfter, termEnd } = request;
      const issued = request.fingerprint !== null;
      const open = issued && next === null && !isTerminal(request.state);
      const end = termEnd ?? notAfter;
      const near = end !== null && end.getTime() - clock.now().getTime() < renewalOfferedBefore;
      const left = notAfter !== null && termLeft({ notAfter, termEnd });
      const choice = request.renewalChoice ?? context.policy.renewal;
      const goesOn = left ? context.policy.reissue === "automatic" : choice === "automatic";
      return {
        reference,
        names: request.names,
        state: request.state,
        issued,
        installed: store.installations.of(reference).some(({ state }) => state === "verified"),
        notAfter,
        termEnd,
        nextAt:
          open && goesOn && notAfter !== null
            ? renewalDue({ notBefore: validFrom(request), notAfter, termEnd })
            : null,
        successor: next?.reference ?? null,
        canReissue: open && request.caCertificateId !== null && (end === null || end > clock.now()),
        canRenew: open && near && request.caCertificateId !== null && mayOrder(context, caller),
        choice: request.renewalChoice,
        policy: context.policy.renewal,
        canCancel: !isTerminal(request.state) && request.caRequestId !== null && next === null,
        mayTakeKey: issued && mayTakeKey(context, caller, request),
        engine: issued ? await readEngine(context, caller, reference) : [],
      };
    },

    async installNow(caller, reference) {
      const request = await change(caller, reference);
      if (request.fingerprint === null) throw new CodedError("not-issued-yet");
      want("install", reference);
    },

    async verifyNow(caller, reference) {
      const request = await change(caller, reference);
      const there = store.installations
        .of(request.reference)
        .filter(({ state }) => state === "applied" || state === "verified");
      if (there.length === 0) throw new CodedError("nothing-to-do");
      for (const { id } of there) store.work.want("verify", String(id), workPriority.user, clock.now());
      context.wake();
    },

    async reissueNow(caller, reference, names) {
      const request = await change(caller, reference);
      if (request.caCertificateId === null) throw new CodedError("not-issued-yet");
      // The main name stays the main name, wherever it was typed.
      const [main] = request.names;
      const sorted =
        names === null || main === undefined || !names.includes(main)
          ? names
          : [main, ...names.filter((name) => name !== main)];
      const wish = { kind: "reissue", names: sorted, keyKind: null } as const;
      return (await followCertificate(context, reference, wish, "page")).reference;
    },

    async beginRenewal(caller, reference) {
      await change(caller, reference);
      if (!mayOrder(context, caller)) throw new CodedError("order-not-allowed");
      return beginRenewal(context, reference);
    },

    async keepEngineAway(caller, reference, { vhost, name, away }) {
      await change(caller, reference);
      const carrier = carriersOf(context, caller, reference).find(({ id }) => id === vhost);
      if (carrier === undefined) throw new CodedError("not-found", { detail: vhost });
      if (context.panel.readEngineNames === undefined || context.panel.keepEngineAway === undefined) {
        throw new CodedError("panel-feature-missing");
      }
      const known = (await context.panel.readEngineNames(carrier)).map((one) => one.name);
      const names = name === null ? known : known.filter((one) => one === name);
      if (names.length === 0) throw new CodedError("not-found", { detail: name ?? vhost });
      await context.panel.keepEngineAway(carrier, names, away);
      const said = name ?? names.join(", ");
      record(context, reference, away ? "engine-away" : "engine-back", { name: said }, "page");
    },

    async chooseRenewal(caller, reference, choice) {
      const request = await change(caller, reference);
      // It is an order that is agreed to in advance.
      if (choice === "automatic" && !mayOrder(context, caller)) throw new CodedError("order-not-allowed");
      store.db.transaction(() => {
        store.requests.change(reference, { renewalChoice: choice }, clock.now());
        record(context, reference, "renewal-choice", { state: choice ?? "default" }, "page");
      });
      if (request.fingerprint !== null) want("renew", reference);
    },

    async cancelRequest(caller, reference, reason) {
      await cancelRequest(context, await change(caller, reference), reason, "page");
    },

    async readFile(caller, reference, part) {
      const request = await findRequest(context, caller, reference);
      const certificate = store.certificates.latestOf(reference);
      if (certificate === null) throw new CodedError("not-found", { detail: reference });
      const name = `${request.names[0] ?? reference}-${part}.pem`;
      if (part !== "key") return { name, pem: fileOf(part, certificate) };
      if (caller.readOnly || !mayTakeKey(context, caller, request)) throw new CodedError("not-found");
      const key = await context.keys.read(certificate.keyId);
      record(context, reference, "key-exported", { name: caller.actingFor ?? caller.account }, "page");
      context.log.warn("a private key was taken out", {
        reference,
        account: caller.account,
        actingFor: caller.actingFor,
      });
      return { name, pem: key.reveal() };
    },

    async readValidation(caller, reference) {
      const request = await findRequest(context, caller, reference);
      const names = store.dcvNames.of(request.reference);
      return {
        reference,
        nameServers: context.ownNameServers,
        names: await Promise.all(
          names.map(async (name) => ({
            ...toDcvRow(name),
            wildcard: isWildcard(name.name),
            approvers: name.state === "validated" ? [] : await approversOf(context, name.name),
          })),
        ),
      };
    },

    async changeValidation(caller, reference, wish) {
      await changeValidation(context, await change(caller, reference), wish, "page");
    },

    async readAnswers(caller, reference) {
      const request = await findRequest(context, caller, reference);
      const pending =
        request.fingerprint === null && request.caRequestId !== null && !isTerminal(request.state);
      const messages = store.notes.of(reference);
      const answered = request.answeredAt ?? new Date(0);
      return {
        reference,
        name: request.names[0] ?? null,
        pending,
        steps: request.steps,
        messages,
        unread: messages.some(({ fromCa, at }) => fromCa && at > answered),
        calls: pending && request.caRequestId !== null ? await callsOf(context, request.caRequestId) : [],
        hasPhoneStep: request.steps.some(({ key, done }) => key === "phone" && !done),
        hasOrganisation: request.validation === "OV" || request.validation === "EV",
        contact: {
          email: request.organisation["approverRepresentativeEmail"] ?? "",
          phone: request.organisation["approverRepresentativePhone"] ?? "",
        },
      };
    },

    async sendMessage(caller, reference, text) {
      await sendMessage(context, await change(caller, reference), text, "page");
    },
    async markRead(caller, reference) {
      markRead(context, await change(caller, reference));
    },
    async sendDocument(caller, reference, document) {
      await sendDocument(context, await change(caller, reference), { ...document, type: "" }, "page");
    },
    async planCall(caller, reference, wish) {
      await planCall(context, await change(caller, reference), wish, caller.language, "page");
    },
    async sendAgreement(caller, reference, email) {
      const to = { email, language: caller.language };
      await sendAgreement(context, await change(caller, reference), to, "page");
    },
  };
}

/** The websites on which a certificate was put, without those that the panel keeps from the caller. */
function carriersOf({ store }: JobContext, caller: Caller, reference: string): VhostRef[] {
  const found = store.installations
    .of(reference)
    .filter(({ state, vhost }) => state !== "superseded" && !isClosed([vhost], caller.closed));
  return [...new Map(found.map(({ vhost, account }) => [vhost, { id: vhost, account }])).values()];
}

/** Nobody has to wait for the panel to see a page: what it does not tell is not offered. */
async function readEngine(
  context: JobContext,
  caller: Caller,
  reference: string,
): Promise<ManageDetail["engine"]> {
  const { panel, log } = context;
  const found: { vhost: string; names: readonly EngineName[] }[] = [];
  for (const carrier of carriersOf(context, caller, reference)) {
    try {
      const names = (await panel.readEngineNames?.(carrier)) ?? [];
      if (names.length > 0) found.push({ vhost: carrier.id, names });
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (error.code === "panel-feature-missing") return [];
      log.info("what the panel's engine leaves alone could not be read", { vhost: carrier.id, error });
    }
  }
  return found;
}

function successorOf({ store }: JobContext, { reference }: StoredRequest): StoredRequest | null {
  return store.requests.successors(reference).find(({ state }) => !isTerminal(state)) ?? null;
}

function mayTakeKey({ policy }: JobContext, caller: Caller, request: StoredRequest): boolean {
  return policy.keyExportBy.includes(levels[caller.level]) && request.keyDestroyedAt === null;
}

function fileOf(
  part: Exclude<FilePart, "key">,
  { pem, chainPem }: { pem: string; chainPem: string },
): string {
  return part === "certificate" ? pem : part === "chain" ? chainPem : pem + chainPem;
}

/** Nobody has to wait for the CA to see a page: where it does not answer, the choice is not offered. */
async function approversOf(
  { ca }: JobContext,
  name: StoredRequest["names"][number],
): Promise<readonly string[]> {
  return ca.approverAddresses(name).catch(() => []);
}

async function callsOf({ ca }: JobContext, id: number): ReturnType<JobContext["ca"]["readCalls"]> {
  return ca.readCalls(id).catch(() => []);
}
