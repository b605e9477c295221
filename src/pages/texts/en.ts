import type { Owner } from "../../errors.ts";
import type { InstallationState } from "../../model/installation.ts";
import type { RequestState } from "../../model/request.ts";
import type { TimelineKind } from "../../model/timeline.ts";
import type { Expected } from "../../model/whose-turn.ts";
import type { DcvRow, ListGroup } from "../page-data.ts";

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
  /** The sentence of the error, when there is one. */
  readonly problem: string;
}

/** Every word of the pages in English; the other languages have the same shape. */
export const en = {
  title: "SSL certificates",
  administration: "Administration",
  certificates: "Certificates",
  backToList: "Back to the list",
  search: "Search",
  searchLabel: "Name, account or number",
  show: "Show",
  groups: {
    all: "All",
    attention: "Needs attention",
    busy: "Under way",
    secured: "Secured",
    ended: "Ended",
  } satisfies Record<ListGroup, string>,
  states: {
    draft: "Draft",
    ordering: "Being ordered",
    validating: "Being validated",
    issuing: "Being issued",
    issued: "Issued",
    installing: "Being installed",
    installed: "Installed",
    "needs-you": "Needs attention",
    failed: "Failed",
    cancelled: "Cancelled",
    deleted: "Deleted",
  } satisfies Record<RequestState, string>,
  headlines: {
    draft: (name: string) => `The order for ${name} has not been sent yet`,
    ordering: (name: string) => `The certificate for ${name} is being ordered`,
    validating: (name: string) => `${name} waits for validation`,
    issuing: (name: string) => `The certificate for ${name} is being issued`,
    issued: (name: string) => `The certificate for ${name} is issued and about to be installed`,
    installing: (name: string) => `The certificate for ${name} is being installed`,
    installed: (name: string) => `${name} is secured`,
    "needs-you": (name: string) => `${name} needs attention`,
    failed: (name: string) => `The request for ${name} did not succeed`,
    cancelled: (name: string) => `The request for ${name} was cancelled`,
    deleted: (name: string) => `The request for ${name} was deleted`,
  } satisfies Record<RequestState, (name: string) => string>,
  securedUntil: (name: string, date: string) => `${name} is secured until ${date}`,
  stillServed: "The certificate that was installed before is still being used.",
  turn: "Whose turn is it",
  owners: {
    you: "Yours",
    host: "Your hosting company's",
    xolphin: "Xolphin's",
    ca: "The certificate authority's",
    nobody: "Nobody's, it goes on by itself",
  } satisfies Record<Owner, string>,
  nothingToDo: "You do not have to do anything.",
  nextStep: "Next step",
  why: "Why",
  expected: {
    seconds: "Usually a matter of seconds.",
    minutes: "Usually a matter of minutes.",
    hours: "This may take some hours.",
    days: "This may take some days.",
  } satisfies Record<NonNullable<Expected>, string>,
  nextLook: (time: string) => `Looked at again: ${time}.`,
  tryAgain: "Try again now",
  triedAgain: "It is being tried again. Refresh this page to see what came of it.",
  refresh: "Refresh",
  columns: {
    names: "Names",
    account: "Account",
    state: "State",
    validUntil: "Valid until",
    product: "Product",
    changed: "Last change",
  },
  open: (name: string) => `Show the request for ${name}`,
  moreNames: (count: number) => (count === 1 ? "and 1 more name" : `and ${count} more names`),
  results: (count: number) => (count === 1 ? "1 request" : `${count} requests`),
  pageOf: (page: number, pages: number) => `Page ${page} of ${pages}`,
  previous: "Previous",
  next: "Next",
  pages: "Pages",
  emptyAll:
    "There are no certificates yet. Ask your hosting company to order one, or order one with the command line.",
  emptySearch: "Nothing matches. Search for a part of the name, the account or the number.",
  emptyGroup: "There is nothing in this group.",
  timeLine: "What happened",
  timeZone: "Times are in UTC.",
  facts: "Facts",
  fact: {
    request: "Request number",
    certificate: "Certificate number",
    product: "Product",
    names: "Names",
    account: "Account",
    issuer: "Issuer",
    fingerprint: "Fingerprint (SHA-256)",
    validUntil: "Valid until",
    ordered: "Ordered",
    reference: "Reference",
  },
  validation: "Validation",
  dcvStates: {
    waiting: "Waiting for the values",
    published: "Published, not visible yet",
    visible: "Visible",
    asked: "Being checked",
    validated: "Validated",
    "needs-you": "Needs attention",
  } satisfies Record<DcvRow["state"], string>,
  dcvMethods: { DNS: "DNS record", FILE: "File on the website", EMAIL: "E-mail" },
  recordIntro: "Add this record where the DNS of the name is managed:",
  fileIntro: "Put this file on the website:",
  record: { owner: "Name", type: "Type", value: "Value" },
  file: { address: "Address", content: "Content" },
  emailSent: (address: string) => `A mail was sent to ${address}. Follow the link in it.`,
  installations: "Installations",
  installationStates: {
    planned: "Planned",
    installing: "Being installed",
    applied: "On record in the panel, not proven yet",
    verified: "Proven by handshakes",
    "rolled-back": "Taken back, the old certificate is used again",
    refused: "Not installed",
    superseded: "Replaced by a newer certificate",
    failed: "Failed",
  } satisfies Record<InstallationState, string>,
  handshakes: "Handshakes",
  handshake: { name: "Name", address: "Address", shows: "Shows" },
  showsThis: "this certificate with its full chain",
  showsIncomplete: "this certificate, but its chain is incomplete",
  showsOther: "another certificate",
  showsNothing: "no answer",
  attempts: (count: number) => (count === 1 ? "1 attempt" : `${count} attempts`),
  sources: {
    webhook: "webhook",
    sweep: "regular check",
    command: "command line",
    page: "page",
    agent: "service",
  },
  failures: "What needs somebody",
  noFailures: "Nothing needs anybody.",
  queue: "Queue",
  queueCounts: (due: number, waiting: number, parked: number) =>
    `${due} due now, ${waiting} waiting, ${parked} set aside`,
  webhooks: "Webhooks",
  webhookCounts: (accepted: number, unmatched: number, refused: number) =>
    `${accepted} accepted, ${unmatched} of them about requests that are not known here, ${refused} refused`,
  lastWebhook: (time: string) => `The last one came ${time}.`,
  noWebhook: "None has come yet.",
  webhookColumns: { time: "Time", source: "From", outcome: "Outcome", about: "About" },
  outcomes: { accepted: "Accepted", unmatched: "Not known here", refused: "Refused" },
  sweeps: "Regular checks",
  sweepParts: {
    pending: "Pending requests",
    full: "Everything at Xolphin",
    installed: "Installed certificates",
  },
  never: "never",
  problemTitle: "That did not work",
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
  } as Readonly<Record<TimelineKind, (facts: TimelineFacts) => string>>,
};

export type Texts = typeof en;
