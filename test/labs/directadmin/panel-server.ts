import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { CallFault } from "../common/faults.ts";
import { readBody } from "../common/request-body.ts";
import { answerApiCall } from "./api-routes.ts";
import { type Authentication, Authenticator, hasOwnReferer } from "./authentication.ts";
import { bodyForLog, type LoggedCall, pathForLog } from "./call-log.ts";
import { redirectToOtherDomain, replyInstead } from "./fault-replies.ts";
import type { LabState } from "./lab-state.ts";
import { answerLegacyCommand } from "./legacy-commands.ts";
import { plainLoginPage } from "./login-page.ts";
import { LoginRoutes } from "./login-routes.ts";
import type { Caller, PanelCall, PanelReply } from "./panel-call.ts";
import { jsonReply, reply } from "./panel-call.ts";
import type { PluginRuntime } from "./plugin-runtime-contract.ts";
import { specification } from "./swagger.ts";

/** Addresses that belong to the plugin side (plugin-runtime-contract). */
const pluginPaths = /^\/(?:$|CMD_PLUGINS|CMD_PLUGIN_MANAGER|evo(?:\/|$)|api\/plugins|api\/plugin-manager)/;
const largestBody = 64 * 1024 * 1024;

/** The panel's HTTPS listener (spec §7.2): faults, credentials, referer, and then whoever answers the address. */
export class PanelServer {
  readonly calls: LoggedCall[] = [];
  private readonly state: LabState;
  private readonly plugins: PluginRuntime | undefined;
  private readonly authenticator: Authenticator;
  private readonly logins: LoginRoutes;
  private readonly connections = new Set<Socket>();
  private readonly stopping = new AbortController();
  private readonly server: Server;

  constructor(state: LabState, plugins: PluginRuntime | undefined) {
    this.state = state;
    this.plugins = plugins;
    this.authenticator = new Authenticator(state);
    this.logins = new LoginRoutes(state, this.authenticator, (problem) => this.loginPage(problem));
    this.server = createServer(this.ownCertificate(), (request, response) => {
      this.answer(request, response).catch((cause: unknown) => {
        if (!this.stopping.signal.aborted) console.error("DirectAdmin lab: fault of the lab itself", cause);
        response.destroy();
      });
    });
    this.server.on("connection", (socket: Socket) => {
      // Whoever comes while the lab stops would keep it open.
      if (this.stopping.signal.aborted) socket.destroy();
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
    });
  }

  /** Listens; the port it got. */
  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, address, () => resolve((this.server.address() as AddressInfo).port));
    });
  }

  showHostCertificate(): void {
    this.server.setSecureContext(this.ownCertificate());
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const socket of this.connections) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private ownCertificate(): { key: string; cert: string } {
    const read = (name: string): string => readFileSync(this.state.files.panel("conf", name), "utf8");
    return { key: read("cakey.pem"), cert: read("cacert.pem") };
  }

  private loginPage(problem: string | null): string {
    return this.plugins === undefined ? plainLoginPage(problem) : this.plugins.loginPage(problem);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, largestBody);
    if (body === undefined) return;
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "https://panel.invalid");
    const fields = bodyForLog(request.headers, body);
    const logged: LoggedCall = {
      at: this.state.now(),
      method,
      path: pathForLog(url),
      login: undefined,
      status: undefined,
      ...(fields === undefined ? {} : { body: fields }),
    };
    this.calls.push(logged);
    const fault = this.state.faults.take(method, `${url.pathname}${url.search}`);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset-before") return this.reset(request.socket);
    const done = await this.carryOut({ request, response, url, method, body, logged, fault });
    if (done === undefined) {
      logged.status = response.statusCode;
      return;
    }
    logged.status = done.status;
    await this.send(request, response, done, fault);
  }

  /** Undefined when the plugin side has answered by itself. */
  private async carryOut(exchange: {
    request: IncomingMessage;
    response: ServerResponse;
    url: URL;
    method: string;
    body: Buffer;
    logged: LoggedCall;
    fault: CallFault | undefined;
  }): Promise<PanelReply | undefined> {
    const { request, response, url, method, body, logged, fault } = exchange;
    const { state } = this;
    const path = url.pathname;
    const address = plainAddress(request.socket.remoteAddress);
    const instead = fault === undefined ? undefined : replyInstead(fault, path, body, url.searchParams);
    if (fault?.kind === "html") return reply(200, "text/html", this.loginPage(null));
    if (fault?.kind === "status" && instead !== undefined) return instead;
    if (path === "/static/swagger.json") return jsonReply(200, specification(state));
    const { headers } = request;
    const login = this.logins.answer(method, path, { query: url.searchParams, headers, body, address });
    if (login !== undefined) return login;
    const isApi = path.startsWith("/api/") || path.startsWith("/CMD_API_");
    const found = this.authenticator.authenticate(headers, address, path.startsWith("/api/"));
    if (found.kind !== "caller") return this.refuse(found, path, isApi);
    const { caller } = found;
    logged.login = loginOf(caller);
    if (caller.session !== null && method !== "GET" && method !== "HEAD" && !hasOwnReferer(headers, state)) {
      return refuseReferer(path);
    }
    if (instead !== undefined) return instead;
    if (pluginPaths.test(path)) {
      if (this.plugins === undefined) return reply(404, "text/html", "<h1>Not found</h1>\n");
      await this.plugins.handle({ login: caller.login, session: caller.session, request, body, response });
      return undefined;
    }
    const call: PanelCall = { state, caller, method, path, query: url.searchParams, headers, body };
    return answerCall(fault?.kind === "wrong-domain" ? redirectToOtherDomain(call) : call);
  }

  private refuse(
    found: Exclude<Authentication, { kind: "caller" }>,
    path: string,
    isApi: boolean,
  ): PanelReply {
    if (found.kind === "blocked") return reply(403, "text/html", "<h1>Your IP is blacklisted</h1>\n");
    if (found.kind === "suspended") {
      return path.startsWith("/api/")
        ? jsonReply(403, { type: "ACCESS_DENIED" })
        : reply(403, "text/html", "<h1>Your account has been suspended</h1>\n");
    }
    const wantsPage = !isApi || (this.state.switches.loginPageInsteadOf401 && !path.startsWith("/api/"));
    if (wantsPage && found.kind === "none") return reply(200, "text/html", this.loginPage(null));
    if (wantsPage && !isApi) return reply(401, "text/html", this.loginPage(null));
    if (path.startsWith("/api/")) return jsonReply(401, { type: "UNAUTHORIZED" });
    return wantsPage
      ? reply(200, "text/html", this.loginPage(null))
      : reply(401, "text/plain", "Unauthorized\n");
  }

  private async send(
    request: IncomingMessage,
    response: ServerResponse,
    done: PanelReply,
    fault: CallFault | undefined,
  ): Promise<void> {
    if (fault?.kind === "reset-after") return this.reset(request.socket);
    if (fault?.kind === "slow") await wait(fault.ms, undefined, { signal: this.stopping.signal });
    response.writeHead(done.status, { ...done.headers, "content-length": done.body.length });
    if (fault?.kind === "half") {
      const half = done.body.subarray(0, Math.floor(done.body.length / 2));
      response.write(half, () => request.socket.destroy());
      return;
    }
    response.end(request.method === "HEAD" ? undefined : done.body);
  }

  /** The TLS socket at hand cannot send a TCP reset; the connection below it can. */
  private reset(socket: Socket): void {
    for (const connection of this.connections) {
      if (connection.remotePort === socket.remotePort) connection.resetAndDestroy();
    }
    socket.destroy();
  }
}

function answerCall(call: PanelCall): Promise<PanelReply> | PanelReply {
  if (call.path.startsWith("/api/")) return answerApiCall(call);
  if (call.path.startsWith("/CMD_")) return answerLegacyCommand(call);
  return reply(404, "text/html", "<h1>Not found</h1>\n");
}

function refuseReferer(path: string): PanelReply {
  if (path.startsWith("/api/"))
    return jsonReply(403, { type: "ACCESS_DENIED", message: "referer check failed" });
  return reply(403, "text/plain", "error=1&text=Access Denied&details=Referer check failed");
}

function loginOf({ login, real }: Caller): string {
  return real.name === login.name ? login.name : `${real.name}|${login.name}`;
}

function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:/, "");
}
