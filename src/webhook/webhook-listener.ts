import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type Clock, systemClock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { HostName } from "../model/host-name.ts";
import { createServer as createHttpServer } from "../node-http.ts";
import { ConnectionGate } from "./connection-gate.ts";
import { RefusalLog } from "./refusal-log.ts";
import { AddressList, sourceAddress } from "./source-address.ts";
import { parseHint } from "./webhook-hint.ts";

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
  readonly certificate: { readonly certificateFile: string; readonly keyFile: string } | null;
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

/** Connections that wait while the service is busy or restarts. */
const backlog = 1024;
const maxBody = 8192;
const maxHeaderBytes = 8192;
const maxHeaders = 50;
const certificateCheck = 10_000;
/** Node's own limits, beyond those of the gate, which knows who is slow and when we are. */
const backstop = 60_000;

const bodies: Readonly<Record<number, string>> = {
  400: "Bad Request\n",
  403: "Forbidden\n",
  404: "Not Found\n",
  405: "Method Not Allowed\n",
  408: "Request Timeout\n",
  413: "Content Too Large\n",
  414: "URI Too Long\n",
  415: "Unsupported Media Type\n",
  431: "Request Header Fields Too Large\n",
  503: "Service Unavailable\n",
};

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
  let pending: Pending[] = [];
  let closing = false;
  let healthChecks = 0;

  function refuse(status: number, source: string, response: ServerResponse, retryAfter?: number): void {
    refusals.add({ at: clock.now(), source, status });
    // Nothing more is read from whoever was refused.
    response.shouldKeepAlive = false;
    const body = bodies[status] ?? "";
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

/** Case and slashes count; an address in absolute form, or with anything encoded, is another path. */
function isOurPath(path: string, ours: string, tokenDigest: Buffer | null): boolean {
  if (tokenDigest === null) return path === ours;
  const given = path.startsWith(`${ours}/`) ? path.slice(ours.length + 1) : "";
  return timingSafeEqual(digest(given), tokenDigest) && given !== "";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The first reason to refuse, in the order path, method, source, headers; null when there is none. */
function judge(request: IncomingMessage, ours: boolean, allowed: boolean): number | null {
  if (!ours) return 404;
  if (request.method !== "GET" && request.method !== "POST") return 405;
  return allowed ? judgeHeaders(request) : 403;
}

/** What is wrong with the request around its parameters; null when nothing is. */
function judgeHeaders(request: IncomingMessage): number | null {
  const { headers, rawHeaders, method } = request;
  if (rawHeaders.length > 2 * maxHeaders) return 431;
  if ((request.url ?? "").length > maxHeaderBytes / 2) return 414;
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (hosts > 1 || (hosts === 0 && request.httpVersion !== "1.0")) return 400;
  if (headers["transfer-encoding"] !== undefined || headers.upgrade !== undefined) return 400;
  const length = headers["content-length"];
  if (method === "GET") return length === undefined || length === "0" ? null : 400;
  if (length === undefined || !/^\d+$/.test(length)) return 400;
  if (Number(length) > maxBody) return 413;
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded" ? null : 415;
}

function readForm(request: IncomingMessage, done: (form: string | number) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  });
  request.on("end", () => {
    if (size > maxBody) done(413);
    else done(Buffer.concat(chunks).toString("utf8"));
  });
  request.on("error", () => undefined);
}

function createServer(app: Express, certificate: WatchedCertificate | null): Server {
  const limits = {
    maxHeaderSize: maxHeaderBytes,
    connectionsCheckingInterval: backstop,
    requireHostHeader: false,
  };
  if (certificate === null) return createHttpServer(limits, app);
  return createHttpsServer(
    { ...limits, ...certificate.read(), minVersion: "TLSv1.2", handshakeTimeout: backstop },
    app,
  );
}

function configure(server: Server, refusals: RefusalLog, clock: Clock): void {
  server.requestTimeout = backstop;
  server.headersTimeout = server.requestTimeout;
  server.keepAliveTimeout = 5_000;
  server.maxHeadersCount = 2 * maxHeaders;
  server.on("tlsClientError", () => undefined);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
    refusals.add({ at: clock.now(), source: socket.remoteAddress ?? "", status });
    // A handshake that failed or took too long comes along here as well; an HTTP answer to it would look like one to a
    // webhook, once the handshake is through after all.
    const handshake = /^ERR_(TLS|SSL)_/.test(error.code ?? "");
    if (handshake || !socket.writable || socket.destroyed) {
      socket.destroy();
      return;
    }
    const body = bodies[status] ?? "";
    const head = `HTTP/1.1 ${status} ${body.trim()}\r\ncontent-type: text/plain; charset=utf-8`;
    socket.end(`${head}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`, () =>
      socket.destroy(),
    );
  });
}

/** Certificate and key as files that may be renewed at any time; looked at again when somebody connects. */
class WatchedCertificate {
  private readonly files: NonNullable<ListenerSettings["certificate"]>;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly servers: HttpsServer[] = [];
  private stamp = "";
  private checkedAt = 0;

  constructor(files: NonNullable<ListenerSettings["certificate"]>, clock: Clock, log: Log) {
    this.files = files;
    this.clock = clock;
    this.log = log;
  }

  read(): { cert: string; key: string } {
    const { certificateFile, keyFile } = this.files;
    try {
      // Before the files: what is replaced while they are read has another stamp and is read again.
      this.stamp = this.readStamp();
      const pair = { cert: readFileSync(certificateFile, "utf8"), key: readFileSync(keyFile, "utf8") };
      this.checkedAt = this.clock.monotonic();
      return pair;
    } catch (cause) {
      const detail = `webhook certificate ${certificateFile} or ${keyFile} can't be read`;
      throw new CodedError("settings-invalid", { cause, detail });
    }
  }

  attach(server: HttpsServer): void {
    this.servers.push(server);
    server.on("connection", () => this.check());
  }

  reload(): void {
    try {
      const pair = this.read();
      for (const server of this.servers) server.setSecureContext({ ...pair, minVersion: "TLSv1.2" });
      this.log.info("the webhook certificate was read again");
    } catch (thrown) {
      this.log.error("the new webhook certificate can't be used; the old one stays", {
        error: asCodedError(thrown),
      });
    }
  }

  private check(): void {
    if (this.clock.monotonic() - this.checkedAt < certificateCheck) return;
    this.checkedAt = this.clock.monotonic();
    if (this.readStamp() !== this.stamp) this.reload();
  }

  private readStamp(): string {
    return [this.files.certificateFile, this.files.keyFile]
      .map((file) => statSync(file, { throwIfNoEntry: false }))
      .map((found) => `${found?.mtimeMs} ${found?.size} ${found?.ino}`)
      .join();
  }
}

/** `where` is an address or an open descriptor. */
function listen(server: Server, where: string | number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new CodedError("settings-invalid", { cause, detail: `webhook.listen ${where}: ${cause.message}` }),
      );
    });
    server.listen({ ...(typeof where === "number" ? { fd: where } : addressOf(where)), backlog }, () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
}

function addressOf(address: string): { host: string; port: number; ipv6Only: boolean } {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  // Both families have a listener of their own, so an IPv6 one must not take the IPv4 port as well.
  return { host, port: Number(address.slice(colon + 1)), ipv6Only: host.includes(":") };
}

/** Longer than the gate lets anybody be slow: only what can't end by itself is cut off. */
const drainTime = 30_000;

async function closeServer(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.after(drainTime, () => server.closeAllConnections());
  await closed;
  cancel();
}
