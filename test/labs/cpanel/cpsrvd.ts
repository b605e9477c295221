import { existsSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { CallFault } from "../common/faults.ts";
import { readBody } from "../common/request-body.ts";
import { answerApi } from "./api-routes.ts";
import { type Caller, findCaller } from "./authentication.ts";
import { argumentsForLog, type LoggedCall } from "./call-log.ts";
import { formArguments } from "./http-form.ts";
import type { HttpReply } from "./http-reply.ts";
import { htmlReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { loginPage } from "./login-page.ts";
import { answerLogin, isLoginPath } from "./login-routes.ts";
import { answerPage } from "./page-routes.ts";
import { fileNameOf } from "./server-files.ts";

const largestBody = 64 * 1024 * 1024;

export type Service = "cpanel" | "whm";

/** One TLS port of cPanel's own web server (spec §9.3): 2083 or 2087 on a real one. */
export class Cpsrvd {
  private readonly state: LabState;
  private readonly service: Service;
  private readonly calls: LoggedCall[];
  private readonly connections = new Set<Socket>();
  private readonly stopping = new AbortController();
  private readonly server: Server;

  constructor(state: LabState, service: Service, calls: LoggedCall[]) {
    this.state = state;
    this.service = service;
    this.calls = calls;
    const own = state.files.serviceCertificate();
    const options = {
      key: own,
      cert: own,
      SNICallback: (name: string, done: Sni) => done(null, this.contextFor(name)),
    };
    this.server = createServer(options, (request, response) => {
      this.answer(request, response).catch((cause: unknown) => {
        if (!this.stopping.signal.aborted) console.error("cPanel lab: fault of the lab itself", cause);
        response.destroy();
      });
    });
    this.server.on("connection", (socket: Socket) => {
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
    });
  }

  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, address, () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Domain TLS: the certificate of the very name that is asked for, else the service's own (spec §5.3). */
  private contextFor(name: string): SecureContext {
    const path = this.state.files.var("ssl/domain_tls", fileNameOf(name.toLowerCase()), "combined");
    const text = existsSync(path) ? readFileSync(path, "utf8") : this.state.files.serviceCertificate();
    return createSecureContext({ key: text, cert: text });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, largestBody);
    if (body === undefined) return;
    const url = new URL(request.url ?? "/", "https://panel.invalid");
    const token = /^\/cpsess\d{10}(?=\/|$)/.exec(url.pathname)?.[0] ?? "";
    url.pathname = url.pathname.slice(token.length) || "/";
    const args = formArguments(url, request.headers, body);
    const method = request.method ?? "GET";
    const logged: LoggedCall = {
      at: this.state.now(),
      way: "https",
      method,
      path: url.pathname,
      login: undefined,
      status: undefined,
      args: argumentsForLog(args),
    };
    this.calls.push(logged);
    const fault = this.state.faults.take(method, `${url.pathname}${url.search}`);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset-before") return this.reset(request.socket);
    const reply = await this.carryOut({ request, response, url, token, args, body, logged, fault });
    if (reply === undefined) {
      logged.status = response.statusCode;
      return;
    }
    logged.status = reply.status;
    await this.send(request, response, reply, fault);
  }

  /** Undefined when a page answered by itself. */
  private async carryOut(exchange: HttpExchange): Promise<HttpReply | undefined> {
    const { state, service } = this;
    const { request, url, token, args, logged, fault } = exchange;
    if (fault?.kind === "html") return htmlReply(200, loginPage(null));
    if (fault?.kind === "status") return htmlReply(fault.status, `<h1>${fault.status}</h1>\n`);
    if (isLoginPath(url.pathname))
      return answerLogin(state, service, { url, args, method: request.method ?? "GET" });
    const found = findCaller(state, service, request.headers, token);
    if (found.kind === "refused") return found.reply(url.pathname);
    logged.login = found.caller.login;
    return (
      (await answerApi(state, service, found.caller, url, args, fault)) ??
      (await answerPage(state, service, found.caller, exchange))
    );
  }

  private async send(
    request: IncomingMessage,
    response: ServerResponse,
    reply: HttpReply,
    fault: CallFault | undefined,
  ): Promise<void> {
    if (fault?.kind === "reset-after") return this.reset(request.socket);
    if (fault?.kind === "slow") await wait(fault.ms, undefined, { signal: this.stopping.signal });
    const body = Buffer.from(reply.body);
    if (reply.leak !== undefined) return sendLeaking(request.socket, reply, body);
    const shown = this.state.switches.securityHeaders
      ? { "x-frame-options": "SAMEORIGIN", "x-content-type-options": "nosniff" }
      : {};
    response.writeHead(reply.status, { ...shown, ...reply.headers, "content-length": body.length });
    if (fault?.kind === "half") {
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => request.socket.destroy());
      return;
    }
    response.end(request.method === "HEAD" ? undefined : body);
  }

  /** The TLS socket at hand cannot send a TCP reset; the connection below it can. */
  private reset(socket: Socket): void {
    for (const connection of this.connections) {
      if (connection.remotePort === socket.remotePort) connection.resetAndDestroy();
    }
    socket.destroy();
  }
}

type Sni = (cause: Error | null, context: SecureContext) => void;

export interface HttpExchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Without the session's token. */
  url: URL;
  /** `/cpsess##########`; empty when the address has none. */
  token: string;
  args: ReturnType<typeof formArguments>;
  body: Buffer;
  logged: LoggedCall;
  fault: CallFault | undefined;
}

export type { Caller };

/** A line of text inside the header block, as some WHM functions leak one (spec §4.4); HTTP libraries refuse such a reply. */
function sendLeaking(socket: Socket, reply: HttpReply, body: Buffer): void {
  const head = `HTTP/1.1 ${reply.status} OK\r\nContent-Type: application/json\r\n${reply.leak}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  socket.end(Buffer.concat([Buffer.from(head), body]));
}
