import type { Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { Express } from "express";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { createServer as createHttpServer } from "../node-http.ts";
import { maxHeaderBytes, maxHeaders, refusalBodies } from "./judge-request.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { WatchedCertificate } from "./watched-certificate.ts";

/** Connections that wait while the service is busy or restarts. */
const backlog = 1024;
/** Node's own limits, beyond those of the gate, which knows who is slow and when we are. */
const backstop = 60_000;

/** A server with the limits of the webhook port; what is no HTTP at all is refused here. */
export function createServer(app: Express, certificate: WatchedCertificate | null): Server {
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

export function configure(server: Server, refusals: RefusalLog, clock: Clock): void {
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
    const body = refusalBodies[status] ?? "";
    const head = `HTTP/1.1 ${status} ${body.trim()}\r\ncontent-type: text/plain; charset=utf-8`;
    socket.end(`${head}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`, () =>
      socket.destroy(),
    );
  });
}

/** `where` is an address or an open descriptor. */
export function listen(server: Server, where: string | number): Promise<number> {
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

/** Lets what is under way come to its end, and takes nothing new. */
export async function closeServer(server: Server, clock: Clock): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cancel = clock.after(drainTime, () => server.closeAllConnections());
  await closed;
  cancel();
}
