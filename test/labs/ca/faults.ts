/**
 * What can go wrong with one answer (reliability F-06 to F-12). Unless it says so, the call itself is carried out
 * first: an order whose answer is lost exists all the same.
 */
export type FaultKind =
  /** Any status; not carried out unless `carriedOut`. `retryAfter` goes into the header as it is, `date` as an HTTP date. */
  | {
      kind: "status";
      status: number;
      retryAfter?: number | "date" | string;
      body?: "json" | "html" | "empty";
      carriedOut?: boolean;
    }
  /** An HTML page with 200, as from a proxy. */
  | { kind: "html" }
  | { kind: "empty" }
  | { kind: "garbage" }
  /** 200 with a non-empty `errors`. */
  | { kind: "error-inside-200" }
  /** The right answer but for its `id`. */
  | { kind: "wrong-id" }
  /** The answer for another request or certificate. */
  | { kind: "other-order" }
  /** Members of the right names with values of the wrong types. */
  | { kind: "wrong-types" }
  /** The length announced, half of it sent, connection closed. */
  | { kind: "half-body" }
  /** A Content-Length smaller than the body. */
  | { kind: "short-content-length" }
  /** Connection reset without carrying it out. */
  | { kind: "reset-before" }
  /** Carried out, then reset: the lost reply. */
  | { kind: "reset-after" }
  /** No answer at all, connection kept. */
  | { kind: "hang" }
  /** `bytes` (1) of the body every `everyMs` (100). */
  | { kind: "slow-drip"; everyMs?: number; bytes?: number }
  /** A body without end. */
  | { kind: "endless" }
  /** 302 to `location`. */
  | { kind: "redirect"; location: string }
  /** The answer as it was before the certificate was issued. */
  | { kind: "stale" };

export type Fault = FaultKind & {
  /** Which calls it hits; `path` is matched against the whole path, `/v1/…`. */
  match?: { method?: string; path?: RegExp };
  /** How many calls it hits; once when absent, `Infinity` until removed. */
  times?: number;
  /** How many matching calls pass before it begins. */
  after?: number;
};

export interface PlannedFault {
  readonly fault: Fault;
  /** Calls hit so far. */
  hits: number;
  remove(): void;
}

/** The faults that wait for their call; the oldest matching one wins. */
export class FaultPlan {
  private planned: { fault: Fault; passed: number; entry: PlannedFault }[] = [];

  add(fault: Fault): PlannedFault {
    const entry: PlannedFault = {
      fault,
      hits: 0,
      remove: () => {
        this.planned = this.planned.filter((other) => other.entry !== entry);
      },
    };
    this.planned.push({ fault, passed: 0, entry });
    return entry;
  }

  clear(): void {
    this.planned = [];
  }

  /** The fault for this call, counted as hit; undefined when none applies. */
  take(method: string, path: string): Fault | undefined {
    for (const item of this.planned) {
      const { match, times = 1, after = 0 } = item.fault;
      if (match?.method !== undefined && match.method !== method) continue;
      if (match?.path !== undefined && path.search(match.path) === -1) continue;
      if (item.passed < after) {
        item.passed += 1;
        continue;
      }
      item.entry.hits += 1;
      if (item.entry.hits >= times) item.entry.remove();
      return item.fault;
    }
    return undefined;
  }
}

/** An answer as bytes, on its way out. */
export interface WireReply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const htmlPage = Buffer.from(
  "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>nginx</body></html>\n",
);

/** The answer a fault gives in place of carrying the call out, or undefined. */
export function replyInstead(fault: Fault, now: Date): WireReply | undefined {
  if (fault.kind === "redirect") {
    return { status: 302, headers: { location: fault.location }, body: Buffer.alloc(0) };
  }
  return fault.kind === "status" && fault.carriedOut !== true ? statusReply(fault, now) : undefined;
}

/** What a fault makes of the right answer; the answer itself when it only disturbs the sending. */
export function spoilReply(fault: Fault, reply: WireReply, now: Date): WireReply {
  switch (fault.kind) {
    case "status":
      return statusReply(fault, now);
    case "html":
      return { status: 200, headers: { "content-type": "text/html" }, body: htmlPage };
    case "empty":
      return { ...reply, status: 200, body: Buffer.alloc(0) };
    case "garbage":
      return { ...reply, status: 200, body: Buffer.from('{"id":96420,"domainName":"exa\u0000mple') };
    case "error-inside-200":
      return jsonReply(reply, { message: "An error occurred.", errors: { id: ["The CA did not answer."] } });
    case "wrong-id":
      return changeJson(reply, (value) => ({ ...value, id: Number(value["id"]) + 1 }));
    case "wrong-types":
      return changeJson(reply, (value) =>
        Object.fromEntries(Object.entries(value).map(([key, member]) => [key, wrongType(member)])),
      );
    default:
      return reply;
  }
}

function statusReply(fault: Extract<Fault, { kind: "status" }>, now: Date): WireReply {
  const headers: Record<string, string> = {
    "content-type": fault.body === "html" ? "text/html" : "application/json",
  };
  if (fault.retryAfter !== undefined) {
    headers["retry-after"] =
      fault.retryAfter === "date" ? new Date(now.getTime() + 60_000).toUTCString() : String(fault.retryAfter);
  }
  const bodies = {
    json: Buffer.from(`{"message":"Status ${fault.status}."}`),
    html: htmlPage,
    empty: Buffer.alloc(0),
  };
  return { status: fault.status, headers, body: bodies[fault.body ?? "json"] };
}

function jsonReply(reply: WireReply, value: unknown): WireReply {
  return {
    status: 200,
    headers: { ...reply.headers, "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** A download has no members to spoil, so it is left as it is. */
function changeJson(reply: WireReply, change: (value: Record<string, unknown>) => unknown): WireReply {
  if (reply.headers["content-type"] !== "application/json") return reply;
  const value: unknown = JSON.parse(reply.body.toString("utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return reply;
  return { ...jsonReply(reply, change(value as Record<string, unknown>)), status: reply.status };
}

function wrongType(value: unknown): unknown {
  if (typeof value === "number") return [value];
  if (typeof value === "string") return { text: value };
  if (typeof value === "boolean") return "perhaps";
  return Array.isArray(value) ? "none" : 7;
}
