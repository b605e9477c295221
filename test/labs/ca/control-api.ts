import type { IncomingMessage, ServerResponse } from "node:http";
import type { FakeCa } from "./fake-ca.ts";
import type { Fault } from "./faults.ts";
import type { StepName } from "./order.ts";
import type { SwitchChanges } from "./switches.ts";
import type { WebhookCall } from "./webhook-sender.ts";

/** What an action is given; each reads the members it needs. */
interface ActionInput {
  id?: number;
  domain?: string;
  name?: string;
  step?: StepName;
  message?: string;
  on?: boolean;
  seconds?: number;
  call?: WebhookCall;
  reverse?: boolean;
  switches?: SwitchChanges;
  fault?: Omit<Fault, "match"> & { match?: { method?: string; path?: string } };
  hosts?: Parameters<FakeCa["setHosts"]>[0];
  dnsServers?: string[];
  certificate?: Parameters<FakeCa["useServerCertificate"]>[0];
}

type Action = (ca: FakeCa, input: ActionInput) => unknown;

/** The same as the methods of `FakeCa`, for another process: `POST /actions/<name>` with a JSON object. */
export const controlActions: Readonly<Record<string, Action>> = {
  "set-switches": (ca, { switches }) => ca.set(needed(switches, "switches")),
  "approve-email": (ca, { id, domain }) => ca.approveEmail(needed(id, "id"), domain),
  "complete-step": (ca, { id, step }) => ca.completeStep(needed(id, "id"), needed(step, "step")),
  "fail-step": (ca, { id, step, message }) => ca.failStep(needed(id, "id"), needed(step, "step"), message),
  "add-note": (ca, { id, message }) => ca.addNote(needed(id, "id"), needed(message, "message")),
  "delay-call": (ca, { id }) => ca.delayCall(needed(id, "id")),
  "brand-review": (ca, { id, on }) => ca.setBrandReview(needed(id, "id"), on ?? true),
  "drop-free-name": (ca, { id }) => ca.dropFreeName(needed(id, "id")),
  issue: (ca, { id }) => ca.issue(needed(id, "id")).id,
  "ready-for-reissue": (ca, { id }) => ca.readyForReissue(needed(id, "id")),
  "delete-request": (ca, { id }) => ca.deleteRequest(needed(id, "id")),
  revoke: (ca, { id }) => ca.revoke(needed(id, "id")),
  "advance-clock": (ca, { seconds }) => ca.advanceClock(needed(seconds, "seconds")),
  "check-dcv": (ca) => ca.checkDcv(),
  "send-webhook": (ca, { call }) => ca.sendWebhook(needed(call, "call")),
  "release-webhooks": (ca, { reverse }) =>
    ca.releaseWebhooks(reverse === true ? (calls) => calls.reverse() : undefined),
  fault: (ca, { fault }) => {
    const { match, ...rest } = needed(fault, "fault");
    const { path, ...others } = match ?? {};
    ca.fault({
      ...rest,
      match: { ...others, ...(path === undefined ? {} : { path: new RegExp(path) }) },
    } as Fault);
  },
  "clear-faults": (ca) => ca.clearFaults(),
  "set-hosts": (ca, { hosts }) => ca.setHosts(needed(hosts, "hosts")),
  "set-dns-servers": (ca, { dnsServers }) => ca.setDnsServers(needed(dnsServers, "dnsServers")),
  "use-server-certificate": (ca, { certificate }) =>
    ca.useServerCertificate(needed(certificate, "certificate")),
  "wait-idle": (ca) => ca.idle(),
};

function needed<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`The member ${name} is missing.`);
  return value;
}

const contentTypes = { json: "application/json", certificate: "application/pkix-cert" };

/** `GET /state`, `GET /aia/<issuer>.crt` (the address in each leaf) and `POST /actions/<name>`. */
export async function answerControlRequest(
  ca: FakeCa,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url ?? "/", "http://control.invalid").pathname;
  if (request.method === "GET" && path === "/state") {
    send(response, 200, ca.describe());
    return;
  }
  const issuer = /^\/aia\/([a-z-]+)\.crt$/.exec(path)?.[1];
  const der = request.method === "GET" && issuer !== undefined ? ca.issuerDer(issuer) : undefined;
  if (der !== undefined) {
    response.writeHead(200, { "content-type": contentTypes.certificate });
    response.end(der);
    return;
  }
  const action = controlActions[/^\/actions\/([a-z-]+)$/.exec(path)?.[1] ?? ""];
  if (request.method !== "POST" || action === undefined) {
    send(response, 404, { error: "There is no such action." });
    return;
  }
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const input: ActionInput = text === "" ? {} : JSON.parse(text);
    send(response, 200, { result: (await action(ca, input)) ?? null });
  } catch (cause) {
    send(response, 400, { error: cause instanceof Error ? cause.message : String(cause) });
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": contentTypes.json });
  response.end(`${JSON.stringify(value)}\n`);
}
