import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { readBody } from "../common/request-body.ts";
import type { ApiReply, Route } from "./api-call.ts";
import type { CaState } from "./ca-state.ts";
import { certificateRoutes } from "./certificate-routes.ts";
import type { Fault, FaultPlan, WireReply } from "./faults.ts";
import { replyInstead, spoilReply } from "./faults.ts";
import type { RateLimit } from "./rate-limit.ts";
import { notFound, Refusal, refusalBody } from "./refusal.ts";
import type { RequestForm } from "./request-form.ts";
import { readRequestForm } from "./request-form.ts";
import { requestRoutes } from "./request-routes.ts";
import { sendDisturbed, sendReply } from "./send-reply.ts";
import { supportRoutes } from "./support-routes.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/** One call as it arrived. Never the password: only whether it was right. */
export interface ReceivedRequest {
  at: Date;
  method: string;
  /** With the base path, without the query: `/v1/requests/964200101`. */
  path: string;
  /** Query parameters and form fields together; a file as its name, type and size. */
  params: Record<string, unknown>;
  /** Names the API does not know for this call; a good client has none. */
  unknownParams: string[];
  encoding: RequestForm["encoding"];
  userName: string | undefined;
  userAgent: string | undefined;
  accept: string | undefined;
  /** What was answered; undefined when a fault left the call without a status line. */
  status: number | undefined;
  fault: Fault["kind"] | undefined;
}

export interface ApiServerParts {
  state: CaState;
  credentials: { userName: string; password: string };
  faults: FaultPlan;
  rateLimit: RateLimit;
  requests: ReceivedRequest[];
  sender: WebhookSender;
  reset(socket: Socket): void;
  /** `https://host:port/v1/` */
  base: () => string;
}

const basePath = "/v1/";
const routes: readonly Route[] = [...requestRoutes, ...certificateRoutes, ...supportRoutes];
const largestBody = 20 * 1024 * 1024;

/** The front door of the API: records, spoils, checks credentials, routes, answers. */
export async function answerApiRequest(
  parts: ApiServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { state } = parts;
  const body = await readBody(request, largestBody);
  if (body === undefined) return;
  response.sendDate = false;
  if (state.switches.dateHeader === "present") response.setHeader("date", state.now().toUTCString());
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "https://ca.invalid");
  const fault = parts.faults.take(method, url.pathname);
  const received: ReceivedRequest = {
    at: state.now(),
    method,
    path: url.pathname,
    params: Object.fromEntries(url.searchParams),
    unknownParams: [],
    encoding: "none",
    userName: userNameOf(request),
    userAgent: request.headers["user-agent"],
    accept: request.headers.accept,
    status: undefined,
    fault: fault?.kind,
  };
  parts.requests.push(received);
  if (fault?.kind === "reset-before" || fault?.kind === "hang") {
    sendDisturbed(response, fault, emptyReply, parts.reset);
    return;
  }
  const instead = fault === undefined ? undefined : replyInstead(fault, state.now());
  let reply = instead ?? (await carryOut(parts, request, url, body, received, fault));
  if (fault !== undefined && instead === undefined) reply = spoilReply(fault, reply, state.now());
  if (fault !== undefined && sendDisturbed(response, fault, reply, parts.reset)) return;
  received.status = reply.status;
  sendReply(response, reply);
}

const emptyReply: WireReply = { status: 200, headers: {}, body: Buffer.alloc(0) };

async function carryOut(
  parts: ApiServerParts,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  received: ReceivedRequest,
  fault: Fault | undefined,
): Promise<WireReply> {
  const { state } = parts;
  const { headers, exceeded } = parts.rateLimit.count();
  try {
    if (!hasCredentials(request, parts.credentials)) {
      throw new Refusal(401, "Account credentials are invalid.");
    }
    if (exceeded !== undefined) throw new Refusal(429, "Too many requests.", undefined, exceeded);
    const answers = parts.sender.deliveries.length;
    const reply = await route(parts, request, url, body, received, fault);
    if (state.switches.webhook.beforeReply && isNewOrder(request.method, url.pathname)) {
      await announceBeforeReply(parts, reply, answers);
    }
    return toWire(reply, headers);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return refusalReply(cause, state, headers);
  }
}

async function route(
  parts: ApiServerParts,
  request: IncomingMessage,
  url: URL,
  body: Buffer,
  received: ReceivedRequest,
  fault: Fault | undefined,
): Promise<ApiReply> {
  const { state } = parts;
  if (!url.pathname.startsWith(basePath)) throw notFound();
  const path = url.pathname.slice(basePath.length);
  const matching = routes.filter((candidate) => candidate.path.test(path));
  const found = matching.find((candidate) => candidate.method === request.method);
  if (found === undefined) {
    if (matching.length === 0) throw notFound();
    const allow = matching.map((candidate) => candidate.method).join(", ");
    throw new Refusal(405, "Method not allowed.", undefined, { allow });
  }
  const form: RequestForm =
    found.method === "POST"
      ? readRequestForm(request.headers["content-type"], body, state.switches.jsonBodies)
      : { encoding: "none", fields: {}, files: {} };
  received.encoding = form.encoding;
  Object.assign(received.params, form.fields, describeFiles(form));
  received.unknownParams = Object.keys(received.params).filter((name) => !found.fields.includes(name));
  const id = Number(found.path.exec(path)?.[1] ?? "0");
  return found.answer({
    state,
    id: fault?.kind === "other-order" ? otherId(state, path, id) : id,
    query: url.searchParams,
    form,
    base: parts.base(),
    stale: fault?.kind === "stale",
  });
}

function describeFiles(form: RequestForm): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(form.files).map(([name, { fileName, contentType, content }]) => [
      name,
      { fileName, contentType, bytes: content.length },
    ]),
  );
}

function otherId(state: CaState, path: string, id: number): number {
  const ids = [...(path.startsWith("certificates/") ? state.certificates : state.orders).keys()];
  const other = ids.find((candidate) => candidate !== id);
  if (other === undefined) throw new Error("There is no other order to answer with.");
  return other;
}

function isNewOrder(method: string | undefined, path: string): boolean {
  return method === "POST" && (path === `${basePath}requests` || /\/(?:reissue|renew)$/.test(path));
}

/** F-16. When the order itself gave no reason for a call yet, the CA announces that something was updated. */
async function announceBeforeReply(
  parts: ApiServerParts,
  reply: ApiReply,
  callsBefore: number,
): Promise<void> {
  await parts.sender.settled();
  if (parts.sender.deliveries.length > callsBefore || !("json" in reply)) return;
  const { id } = reply.json as { id: number };
  await parts.sender.send({ RequestId: id, Status: "Updated", State: "Message" });
}

function refusalReply(refusal: Refusal, state: CaState, headers: Record<string, string>): WireReply {
  const status = refusal.status === 400 ? state.switches.refusalStatus : refusal.status;
  return toWire(
    { status, json: refusalBody(refusal, state.switches.errors) },
    { ...headers, ...refusal.headers },
  );
}

function toWire(reply: ApiReply, headers: Record<string, string>): WireReply {
  if ("json" in reply) {
    return {
      status: reply.status,
      headers: { ...headers, "content-type": "application/json" },
      body: Buffer.from(JSON.stringify(reply.json)),
    };
  }
  return {
    status: reply.status,
    headers: {
      ...headers,
      "content-type": reply.contentType,
      "content-disposition": `attachment; filename="${reply.fileName}"`,
    },
    body: reply.bytes,
  };
}

function basicCredentials(request: IncomingMessage): { userName: string; password: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) return undefined;
  return { userName: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

function userNameOf(request: IncomingMessage): string | undefined {
  return basicCredentials(request)?.userName;
}

function hasCredentials(request: IncomingMessage, expected: { userName: string; password: string }): boolean {
  const given = basicCredentials(request);
  if (given === undefined) return false;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return (
    timingSafeEqual(digest(given.userName), digest(expected.userName)) &&
    timingSafeEqual(digest(given.password), digest(expected.password))
  );
}
