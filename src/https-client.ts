import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { LookupFunction } from "node:net";
import { createSecureContext, rootCertificates, TLSSocket } from "node:tls";
import type { Clock } from "./clock.ts";

export interface HttpsClientOptions {
  /** Roots in PEM beside the usual ones. Verification itself can't be switched off. */
  readonly trust: readonly string[];
  /** Connects to this machine, whatever the address says; the certificate is still verified against the address's name. */
  readonly loopback: boolean;
  /** Milliseconds for connection and TLS handshake. */
  readonly connectTimeout: number;
  /** Milliseconds in an answer without a single byte. */
  readonly idleTimeout: number;
  readonly clock: Clock;
}

export interface HttpsCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Milliseconds for the whole call, the waiting for a free connection included. */
  readonly deadline: number;
  /** Bytes; a longer body is a failure. */
  readonly maxBody: number;
}

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Why there is no answer. `code` is the system's, OpenSSL's or Node's, or one of `ownCodes`. */
export class HttpsFailure extends Error {
  override readonly name = "HttpsFailure";
  readonly code: string;
  /** Nothing of the call has left this machine: the other side was not reached, or could not prove who it is. */
  readonly neverSent: boolean;
  /** The connection had served before and ended without a byte of answer: the other side was closing it. */
  readonly stale: boolean;

  constructor(
    code: string,
    message: string,
    facts: { readonly neverSent: boolean; readonly stale: boolean },
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
    this.neverSent = facts.neverSent;
    this.stale = facts.stale;
  }
}

export const ownCodes = {
  connect: "CONNECT_TIMEOUT",
  idle: "IDLE_TIMEOUT",
  deadline: "DEADLINE",
  tooLong: "ANSWER_TOO_LONG",
} as const;

const connections = 4;
/** Shorter than servers usually wait, so that a connection is not taken up again while it is being closed. */
const keepFreeMs = 4_000;

/**
 * HTTPS to one server over a few connections that are used again. Redirects are not followed, no proxy of the
 * environment is used, and nothing is sent twice but a GET that met a connection which was just being closed. Node's own client, because every other costs the agent more memory than all of its
 * data (docs/decisions/0009).
 */
export class HttpsClient {
  private readonly options: HttpsClientOptions;
  private agent: Agent | null = null;
  private readonly underWay = new Set<Promise<HttpsAnswer>>();

  constructor(options: HttpsClientOptions) {
    this.options = options;
  }

  /** The answer, whatever its status. Throws `HttpsFailure`. */
  async call(call: HttpsCall): Promise<HttpsAnswer> {
    const answer = this.performFresh(call);
    this.underWay.add(answer);
    try {
      return await answer;
    } finally {
      this.underWay.delete(answer);
    }
  }

  /** Lets calls under way come to their end. */
  async close(): Promise<void> {
    await Promise.allSettled(this.underWay);
    this.agent?.destroy();
  }

  private async performFresh(call: HttpsCall): Promise<HttpsAnswer> {
    for (let others = connections; ; others -= 1) {
      try {
        return await this.perform(call);
      } catch (thrown) {
        const again = call.method === "GET" && thrown instanceof HttpsFailure && thrown.stale && others > 0;
        if (!again) throw thrown;
      }
    }
  }

  private perform({ method, url, headers, body, deadline, maxBody }: HttpsCall): Promise<HttpsAnswer> {
    const { connectTimeout, idleTimeout, clock } = this.options;
    this.agent ??= openAgent(this.options);
    const { agent } = this;
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method, headers, agent });
      let socket: TLSSocket | null = null;
      let sent = false;
      let reused = false;
      let answer: IncomingMessage | null = null;
      const cancel = clock.after(deadline, () => fail(ownCodes.deadline, "no answer in time"));
      const settle = (): void => {
        cancel();
        socket?.off("timeout", onTimeout);
        socket?.off("secureConnect", onSecure);
      };
      const fail = (code: string, message: string, cause?: unknown): void => {
        settle();
        const stale = reused && answer === null && (code === "ECONNRESET" || code === "EPIPE");
        reject(new HttpsFailure(code, message, { neverSent: !sent, stale }, cause));
        outgoing.destroy();
      };
      const onError = (cause: Error & { code?: string }): void => {
        fail(cause.code ?? "", cause.message, cause);
      };
      const onTimeout = (): void => {
        if (sent) fail(ownCodes.idle, `nothing came for ${idleTimeout} ms`);
        else fail(ownCodes.connect, `no connection within ${connectTimeout} ms`);
      };
      const onSecure = (): void => {
        sent = true;
        // What it thinks about before it answers is the deadline's business.
        if (answer === null) socket?.setTimeout(0);
      };
      outgoing.on("socket", (given) => {
        if (!(given instanceof TLSSocket)) return;
        socket = given;
        socket.on("timeout", onTimeout);
        reused = socket.authorized;
        if (reused) return onSecure();
        socket.setTimeout(connectTimeout);
        socket.once("secureConnect", onSecure);
      });
      outgoing.on("error", (cause) => {
        // What follows a whole answer is not part of it; the end of the answer is still to come.
        if (answer?.complete !== true) onError(cause);
      });
      outgoing.on("close", () => {
        if (answer === null) fail("ECONNRESET", "closed without an answer");
      });
      outgoing.on("response", (incoming) => {
        answer = incoming;
        socket?.setTimeout(idleTimeout);
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          if (size > maxBody) fail(ownCodes.tooLong, `longer than ${maxBody} bytes`);
          else chunks.push(chunk);
        });
        incoming.on("error", onError);
        incoming.on("end", () => {
          settle();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.end(body);
    });
  }
}

function openAgent({ trust, loopback }: HttpsClientOptions): Agent {
  return new Agent({
    keepAlive: true,
    timeout: keepFreeMs,
    maxSockets: connections,
    maxFreeSockets: connections,
    rejectUnauthorized: true,
    // Made once, and not before it is needed: reading all roots takes longer than the handshake, and 1 MB.
    secureContext: createSecureContext({ minVersion: "TLSv1.2", ca: [...rootCertificates, ...trust] }),
    ...(loopback ? { lookup: thisMachine } : {}),
  });
}

const thisMachine: LookupFunction = (_name, wish, answer) => {
  if (wish.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
  else answer(null, "127.0.0.1", 4);
};
