import type { ApiCall, ApiReply, Route } from "./api-call.ts";
import { message } from "./api-call.ts";
import type { CaState } from "./ca-state.ts";
import { addNote, certificateOfOrder, orderOf, pendingOrderOf } from "./ca-state.ts";
import { isSectigo } from "./catalogue.ts";
import { listPage } from "./list-page.ts";
import type { Order } from "./order.ts";
import { cancelRequest, placeOrder, retryDcv } from "./order-desk.ts";
import { isMailAddress, orderFields } from "./order-form.ts";
import { notFound, Refusal, refusedParameters } from "./refusal.ts";
import { noteDetail, requestDetail, requestItem } from "./representations.ts";
import { booleanField, textField } from "./request-form.ts";
import { callFields, readValidationCall } from "./validation-call-form.ts";

/** R1 to R11 of spec xolphin-api §2. `requests/ee` is dead and answers 404 like any unknown path. */
export const requestRoutes: readonly Route[] = [
  { method: "GET", path: /^requests$/, fields: ["page", "limit"], answer: listRequests },
  { method: "POST", path: /^requests$/, fields: orderFields, answer: createRequest },
  { method: "GET", path: /^requests\/(\d+)$/, fields: [], answer: readRequest },
  {
    method: "POST",
    path: /^requests\/(\d+)\/upload-document$/,
    fields: ["document", "description"],
    answer: uploadDocument,
  },
  {
    method: "POST",
    path: /^requests\/(\d+)\/retry-dcv$/,
    fields: ["domain", "dcvType", "email"],
    answer: ({ state, id, form }) => {
      retryDcv(state, id, form);
      return message("The DCV will be retried shortly.");
    },
  },
  {
    method: "POST",
    path: /^requests\/(\d+)\/sa$/,
    fields: ["sa_email", "language"],
    answer: sendSubscriberAgreement,
  },
  {
    method: "POST",
    path: /^requests\/(\d+)\/schedule-validation-call$/,
    fields: callFields,
    answer: scheduleCall,
  },
  { method: "GET", path: /^requests\/(\d+)\/validation-calls$/, fields: [], answer: listCalls },
  { method: "GET", path: /^requests\/(\d+)\/notes$/, fields: ["page", "limit"], answer: listNotes },
  {
    method: "POST",
    path: /^requests\/(\d+)\/notes$/,
    fields: ["message", "endCustomer"],
    answer: sendNote,
  },
  {
    method: "POST",
    path: /^requests\/(\d+)\/cancel$/,
    fields: ["reason"],
    answer: ({ state, id }) => {
      cancelRequest(state, id);
      return message("The request has been cancelled successfully.");
    },
  },
];

function listRequests(call: ApiCall): ApiReply {
  const { state, stale } = call;
  const orders = [...state.orders.values()].filter((order) => isListed(state, order, stale));
  orders.sort((a, b) => (state.switches.requestOrder === "newest-first" ? b.id - a.id : a.id - b.id));
  return listPage(
    call,
    "requests",
    orders.map((order) => requestItem(state, order)),
  );
}

/** Pending requests only (spec §3.1); a cancelled one by the switch for U36. */
function isListed(state: CaState, order: Order, stale: boolean): boolean {
  if (order.state === "pending") return true;
  if (order.state === "cancelled") return state.switches.cancelledRequest === "listed";
  return order.state === "issued" && (stale || looksUnissued(state, order));
}

async function createRequest(call: ApiCall): Promise<ApiReply> {
  const { state } = call;
  return { status: state.switches.createStatus, json: orderAnswer(state, placeOrder(state, call.form)) };
}

/** What R3, C4 and C5 answer: the detailed form, by default without DCV values yet (spec §3.3.3). */
export function orderAnswer(state: CaState, order: Order): unknown {
  const withValues = state.switches.dcvInCreateAnswer && order.readsWithoutDcvValues === 0;
  return requestDetail(state, order, withValues);
}

function readRequest({ state, id, stale }: ApiCall): ApiReply {
  const order = orderOf(state, id);
  if (!isReadable(state, order, stale)) throw notFound();
  const withValues = order.readsWithoutDcvValues === 0;
  if (!withValues) order.readsWithoutDcvValues -= 1;
  return { status: 200, json: requestDetail(state, order, withValues) };
}

function isReadable(state: CaState, order: Order, stale: boolean): boolean {
  switch (order.state) {
    case "pending":
      return true;
    case "issued":
      return stale || looksUnissued(state, order) || state.switches.issuedRequest === "readable";
    case "cancelled":
      return state.switches.cancelledRequest !== "404";
    case "deleted":
      return false;
  }
}

function looksUnissued(state: CaState, order: Order): boolean {
  return (certificateOfOrder(state, order)?.staleReads ?? 0) > 0;
}

function uploadDocument({ state, id, form }: ApiCall): ApiReply {
  const order = pendingOrderOf(state, id);
  const file = form.files["document"];
  if (file === undefined || file.content.length === 0) {
    throw refusedParameters({ document: ["The file could not be found."] });
  }
  order.documents.push({ ...file, description: textField(form, "description") ?? "" });
  return message("The document is successfully uploaded.");
}

function sendSubscriberAgreement({ state, id, form }: ApiCall): ApiReply {
  const order = pendingOrderOf(state, id);
  const address = textField(form, "sa_email");
  if (address === undefined || !isMailAddress(address)) {
    throw refusedParameters({ sa_email: ["This is no e-mail address."] });
  }
  const language = textField(form, "language");
  if (language !== undefined && !["en", "de", "fr", "nl"].includes(language)) {
    throw refusedParameters({ language: ["This language is not available."] });
  }
  state.mails.push({ to: address, kind: "subscriber-agreement", requestId: order.id });
  return message("The Subscriber Agreement will be sent to the given e-mail address.");
}

function scheduleCall({ state, id, form }: ApiCall): ApiReply {
  const order = pendingOrderOf(state, id);
  if (order.steps.phone === undefined) {
    throw new Refusal(400, "No phone call is needed for this request.");
  }
  const call = readValidationCall(form, state);
  order.calls.push(call);
  if (call.action === "sendCallbackEmail") {
    state.mails.push({ to: call.emailAddress ?? "", kind: "callback", requestId: order.id });
  }
  return message("The phone call has successfully been scheduled.");
}

function listCalls({ state, id }: ApiCall): ApiReply {
  const order = pendingOrderOf(state, id);
  const list = order.calls.map(({ date, time }) => ({ requestId: order.id, date, time }));
  return { status: 200, json: { list } };
}

/** Oldest first (spec §3.9). */
function listNotes(call: ApiCall): ApiReply {
  const order = pendingOrderOf(call.state, call.id);
  return listPage(
    call,
    "notes",
    order.notes.map((note) => noteDetail(call.state, note)),
  );
}

function sendNote({ state, id, form }: ApiCall): ApiReply {
  const order = pendingOrderOf(state, id);
  if (state.switches.notes === "refused-for-sectigo" && isSectigo(order.product)) {
    throw new Refusal(400, "Notes are not supported for this brand.");
  }
  const text = textField(form, "message");
  if (text === undefined) throw refusedParameters({ message: ["This value should not be blank."] });
  addNote(state, order, {
    contact: "API",
    message: text,
    endCustomer: booleanField(form, "endCustomer", state.switches.booleanParts),
  });
  return message("The message is successfully sent.");
}
