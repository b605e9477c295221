import type { CaState } from "./ca-state.ts";
import { addNote, announcedId, certificateOf, pendingOrderOf } from "./ca-state.ts";
import type { CertificateRecord, StepName } from "./order.ts";
import {
  advanceOrder,
  announceReadyForReissue,
  completeDomain,
  completeStep,
  dropFreeName,
  failStep,
  issueOrder,
} from "./validation-desk.ts";

/** What people do: the approver, and the staff of the CA. Each throws for a request that is not pending. */
export interface StaffDesk {
  /** The approver clicks the link in the mail; all e-mail names when no domain is given. */
  approveEmail(id: number, domain?: string): void;
  /** Validates a name whatever is published. */
  completeDomain(id: number, domain: string): void;
  completeStep(id: number, step: StepName): void;
  failStep(id: number, step: StepName, message?: string): void;
  addNote(id: number, message: string): void;
  /** The validation call is postponed. */
  delayCall(id: number): void;
  setBrandReview(id: number, on: boolean): void;
  dropFreeName(id: number): void;
  /** Issues at once, whatever is still open. */
  issue(id: number): CertificateRecord;
  readyForReissue(certificateId: number): void;
  /** A member of the CA's staff deletes the request. */
  deleteRequest(id: number): void;
  revoke(certificateId: number): void;
}

export function staffDesk(state: CaState): StaffDesk {
  return {
    approveEmail(id, domain) {
      const order = pendingOrderOf(state, id);
      const waiting = order.domains.filter(
        (candidate) =>
          candidate.method === "EMAIL" &&
          candidate.email !== undefined &&
          !candidate.done &&
          (domain === undefined || candidate.name === domain),
      );
      if (waiting.length === 0) throw new Error(`No mail is waiting for an answer in request ${id}.`);
      for (const candidate of waiting) completeDomain(state, order, candidate);
    },
    completeDomain(id, name) {
      const order = pendingOrderOf(state, id);
      const domain = order.domains.find((candidate) => candidate.name === name);
      if (domain === undefined) throw new Error(`Request ${id} has no domain ${name}.`);
      completeDomain(state, order, domain);
    },
    completeStep(id, step) {
      const order = pendingOrderOf(state, id);
      completeStep(state, order, step);
      advanceOrder(state, order);
    },
    failStep: (id, step, message = `The check "${step}" has failed.`) =>
      failStep(state, pendingOrderOf(state, id), step, message),
    addNote(id, message) {
      const order = pendingOrderOf(state, id);
      addNote(state, order, { staff: "Lab CA", message });
      state.announce({ RequestId: announcedId(state, order), Status: "Updated", State: "Message" });
    },
    delayCall(id) {
      const order = pendingOrderOf(state, id);
      state.announce({ RequestId: announcedId(state, order), Status: "Updated", State: "PhonecallDelayed" });
    },
    setBrandReview(id, on) {
      const order = pendingOrderOf(state, id);
      order.brandReview = on;
      advanceOrder(state, order);
    },
    dropFreeName(id) {
      const order = pendingOrderOf(state, id);
      dropFreeName(order);
      advanceOrder(state, order);
    },
    issue(id) {
      const order = pendingOrderOf(state, id);
      for (const domain of order.domains) domain.done = true;
      for (const step of Object.keys(order.steps)) completeStep(state, order, step as StepName);
      return issueOrder(state, order);
    },
    readyForReissue: (id) => announceReadyForReissue(state, certificateOf(state, id), true),
    deleteRequest(id) {
      const order = pendingOrderOf(state, id);
      order.state = "deleted";
      state.announce({ RequestId: announcedId(state, order), Status: "Deleted" });
    },
    revoke(id) {
      certificateOf(state, id).revoked = true;
    },
  };
}
