import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type Clock, systemClock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, type CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { HostName } from "../model/host-name.ts";
import { ConnectionGate } from "./connection-gate.ts";
import { digest, isOurPath, judge, readForm, refusalBodies } from "./judge-request.ts";
import { RefusalLog } from "./refusal-log.ts";
import { AddressList, sourceAddress } from "./source-address.ts";
import { type CertificateFiles, WatchedCertificate } from "./watched-certificate.ts";
import { parseHint } from "./webhook-hint.ts";
import { closeServer, configure, createServer, listen } from "./webhook-server.ts";

/** An accepted webhook on its way to the store. */
export interface ReceivedHint {
  readonly receivedAt: Date;
  readonly source: string;
  readonly requestId: number;
  readonly status: string;
  readonly state: string | null;
  readonly domain: HostName | null;
}

/** Keeps hints: on return they are committed and synced, because the 200 follows. Throwing means nothing was kept. */
export interface HintSink {
  accept(hints: readonly ReceivedHint[]): void | Promise<void>;
  /** Whether it could keep one now, for whoever balances over several listeners; yes when absent. */
  readonly ready?: boolean;
}

/** What of the settings the listener needs (design §5.2 `webhook`). */
export interface ListenerSettings {
  readonly listen: readonly string[];
  /** Descriptors of sockets that already listen; when there are any, `listen` is not used. */
  readonly inherited: readonly number[];
  readonly path: string;
  /** The last part of the path when set; compared in constant time. */
  readonly token: string | null;
  /** Null: plain HTTP. */
  readonly certificate: CertificateFiles | null;
  readonly allowedSources: readonly string[];
  readonly trustedProxies: readonly string[];
}

export interface WebhookListener {
  readonly refusals: RefusalLog;
  /** How often somebody has asked whether the listener is there. */
  readonly healthChecks: number;
  /** The ports it listens on, in the order of `listen`. */
  readonly ports: readonly number[];
  /** Reads the certificate again; the old one stays when the new one is broken. */
  reload(): void;
  close(): Promise<void>;
}

interface Pending {
  readonly hint: ReceivedHint;
  readonly response: ServerResponse;
}

/** Opens the webhook listener on every address of the settings (design §5.3). */
export async function openWebhookListener(
  settings: ListenerSettings,
  sink: HintSink,
  { clock, log }: { clock: Clock; log: Log },
): Promise<WebhookListener> {
  const allowed = new AddressList(settings.allowedSources);
  const proxies = new AddressList(settings.trustedProxies);
  const refusals = new RefusalLog();
  const tokenDigest = settings.token === null ? null : digest(settings.token);
  const refused = new WeakSet<Socket>();
  let pending: Pending[] = [];
  let closing = false;
  let healthChecks = 0;

  function refuse(status: number, source: string, response: ServerResponse, retryAfter?: number): void {
    refusals.add({ at: clock.now(), source, status });
    // Nothing more is read from whoever was refused.
    response.shouldKeepAlive = false;
    refused.add(response.req.socket);
    const body = refusalBodies[status] ?? "";
    const headers: Record<string, string | number> = {
      "content-type": "text/plain; charset=utf-8",
      "content-length": body.length,
    };
    if (status === 405) headers["allow"] = "GET, POST";
    if (retryAfter !== undefined) headers["retry-after"] = retryAfter;
    response.writeHead(status, headers);
    response.end(body);
  }

  /** One turn of the event loop is one commit: a single sync for all calls that came in together. */
  function commit(): void {
    const batch = pending;
    pending = [];
    try {
      const kept = sink.accept(batch.map(({ hint }) => hint));
      if (kept === undefined) conclude(batch, null);
      else
        kept.then(
          () => conclude(batch, null),
          (thrown: unknown) => conclude(batch, asCodedError(thrown)),
        );
    } catch (thrown) {
      conclude(batch, asCodedError(thrown));
    }
  }

  function conclude(batch: readonly Pending[], failed: CodedError | null): void {
    if (failed !== null) log.error("webhooks could not be stored", { count: batch.length, error: failed });
    crashPoint("X-04");
    for (const { hint, response } of batch) {
      if (closing) response.shouldKeepAlive = false;
      if (failed === null) response.writeHead(200, okHeaders).end("OK");
      else refuse(503, hint.source, response, 30);
    }
  }

  function take(hint: ReceivedHint, response: ServerResponse): void {
    crashPoint("X-02");
    pending.push({ hint, response });
    if (pending.length === 1) setImmediate(commit);
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    // Sent along with it, this may be a request to nobody but us: where a message ends is what a proxy and we might see differently (T-05).
    if (refused.has(request.socket)) return;
    const url = request.url ?? "";
    const mark = url.indexOf("?");
    const path = mark === -1 ? url : url.slice(0, mark);
    // Another one on the same connection is for whoever listens then.
    if (closing) response.shouldKeepAlive = false;
    if (path === "/healthz" && request.method === "GET") {
      healthChecks += 1;
      const ready = sink.ready ?? true;
      response.writeHead(ready ? 200 : 503, okHeaders).end(ready ? "OK" : "NO");
      return;
    }
    crashPoint("X-01");
    const peer = request.socket.remoteAddress ?? "";
    const ours = isOurPath(path, settings.path, tokenDigest);
    const source = ours ? sourceAddress(peer, request.headers["x-forwarded-for"], proxies) : null;
    const status = judge(request, ours, source !== null && allowed.has(source));
    const query = mark === -1 ? "" : url.slice(mark + 1);
    if (status !== null) refuse(status, source ?? peer, response);
    else if (request.method === "GET") finish(query, source ?? peer, response);
    else if (query !== "") refuse(400, source ?? peer, response);
    else {
      readForm(request, (form) => {
        if (typeof form === "number") refuse(form, source ?? peer, response);
        else finish(form, source ?? peer, response);
      });
    }
  }

  function finish(encoded: string, source: string, response: ServerResponse): void {
    const hint = parseHint(encoded);
    if (hint === null) refuse(400, source, response);
    else take({ receivedAt: clock.now(), source, ...hint }, response);
  }

  const app = createApp(handle, (request, response) =>
    refuse(400, request.socket.remoteAddress ?? "", response),
  );
  const certificate =
    settings.certificate === null ? null : new WatchedCertificate(settings.certificate, clock, log);
  const servers: Server[] = [];
  const ports: number[] = [];
  // On the wire time is what it is, whatever the clock of the service is set to.
  const gate = new ConnectionGate([allowed, proxies], systemClock, (source) =>
    refusals.add({ at: clock.now(), source, status: 408 }),
  );
  for (const where of settings.inherited.length > 0 ? settings.inherited : settings.listen) {
    const server = createServer(app, certificate);
    configure(server, refusals, clock);
    gate.watch(server);
    if (certificate !== null) certificate.attach(server as HttpsServer);
    servers.push(server);
    ports.push(await listen(server, where));
  }

  return {
    refusals,
    get healthChecks() {
      return healthChecks;
    },
    ports,
    reload: () => certificate?.reload(),
    async close() {
      if (closing) return;
      closing = true;
      await Promise.all(servers.map((server) => closeServer(server, clock)));
    },
  };
}

const okHeaders = { "content-type": "text/plain; charset=utf-8", "content-length": 2 };

function createApp(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  fail: (request: IncomingMessage, response: ServerResponse) => void,
): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  // The query is read from the raw address by a parser of our own.
  app.set("query parser", false);
  app.use((request, response) => handle(request, response));
  app.use((_error: unknown, request: Request, response: Response, _next: NextFunction) => {
    fail(request, response);
  });
  return app;
}
