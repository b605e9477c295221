import type { TimelineKind } from "../../../model/timeline.ts";

/** What a line of the history is about; a gap that is not known is empty. */
export interface TimelineFacts {
  readonly name: string;
  readonly vhost: string;
  readonly method: string;
  readonly step: string;
  readonly status: string;
  readonly state: string;
  readonly id: string;
  readonly issuer: string;
  readonly addresses: string;
  readonly count: string;
  readonly date: string;
  readonly time: string;
  /** The sentence of the error, when there is one. */
  readonly problem: string;
}

/** English: a line of the history for each kind of event. */
export const timeline = {
  timeLine: "What happened",
  sources: {
    webhook: "webhook",
    sweep: "regular check",
    command: "command line",
    page: "page",
    agent: "service",
  },
  timeline: {
    created: () => "Request begun",
    "key-made": () => "Private key made and stored safely",
    ordering: () => "Order sent to Xolphin",
    ordered: ({ id }) => `Ordered, request number ${id}`,
    "order-found": ({ id }) => `The reply was lost; the order was found as number ${id}`,
    adopted: ({ id }) => `Number ${id} was taken over`,
    "dcv-published": ({ name, method }) => `Validation of ${name} published (${method})`,
    "dcv-visible": ({ name }) => `Validation of ${name} is visible from outside`,
    "dcv-asked": ({ name }) => `The certificate authority was asked to check ${name}`,
    "dcv-withdrawn": ({ name }) => `Validation of ${name} taken away again, it is not needed any more`,
    "name-validated": ({ name }) => `${name} is validated`,
    "step-done": ({ step }) => `Step done: ${step}`,
    "step-attention": ({ step }) => `Step needs attention: ${step}`,
    note: () => "Message",
    hint: ({ status, state, name, count }) =>
      `Webhook: ${[status, state, name].filter((word) => word !== "").join(", ")}${count === "" ? "" : ` (${count} times)`}`,
    issued: () => "The certificate is issued",
    collected: ({ issuer }) => `Certificate and chain collected (${issuer})`,
    planned: ({ vhost }) => `Installation on ${vhost} planned`,
    installing: ({ vhost }) => `Being installed on ${vhost}`,
    applied: ({ vhost }) => `The panel has it on record for ${vhost}`,
    verified: ({ vhost, addresses }) => `Proven by handshakes: ${vhost} shows it (${addresses})`,
    "rolled-back": ({ vhost, problem }) => `Taken back on ${vhost}: ${problem}`,
    refused: ({ vhost, problem }) => `Not installed${vhost === "" ? "" : ` on ${vhost}`}: ${problem}`,
    superseded: ({ vhost }) => `Replaced on ${vhost} by a newer certificate`,
    "replaced-by-other": ({ vhost }) => `Something else replaced the certificate on ${vhost}`,
    "attempt-failed": ({ problem, name, vhost }) =>
      `Did not succeed yet${name || vhost ? ` (${name || vhost})` : ""}: ${problem}`,
    "needs-you": ({ problem, name }) => `Waits for somebody${name === "" ? "" : ` (${name})`}: ${problem}`,
    failed: ({ problem }) => `Failed: ${problem}`,
    cancelled: () => "Cancelled",
    deleted: () => "Deleted at Xolphin",
    "reissue-due": () => "Ready to be reissued",
    "reissue-wanted": () => "A new certificate is wanted at once",
    "message-sent": () => "Message sent to Xolphin",
    "document-sent": ({ name }) => `Document sent to Xolphin: ${name}`,
    "call-planned": ({ date, time }) => `Validation call: ${date} ${time}`,
    "agreement-sent": () => "Subscriber agreement sent by mail",
    "dcv-method": ({ name, method }) => `${name} is validated in another way now (${method})`,
    "names-dropped": ({ name }) =>
      `Not in the next certificate, because not on the account any more: ${name}`,
    followed: ({ id }) => `The next certificate was ordered (${id})`,
    "renewal-blocked": ({ problem }) => `The next certificate waits: ${problem}`,
    "renewal-choice": ({ state }) => `Renewal set to: ${state}`,
    "engine-away": ({ name }) => `The panel’s own certificate engine leaves ${name} alone`,
    "engine-back": ({ name }) => `The panel’s own certificate engine looks after ${name} again`,
    "key-destroyed": () => "The private key, no longer needed, was destroyed",
    "key-exported": ({ name }) => `The private key was taken out by ${name}`,
    "handing-over": ({ name }) => `On its way to the server ${name}`,
    "handed-over": () => "Another server looks after it now",
    "handover-withdrawn": () => "It stays on this server after all",
    "handover-taken": ({ name }) => `Taken over from the server ${name}`,
  } as Readonly<Record<TimelineKind, (facts: TimelineFacts) => string>>,
};
