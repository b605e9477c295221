import { appendFileSync, readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { CallFault } from "../faults.ts";
import type { LabState } from "../lab-state.ts";
import { PanelRefusal } from "../panel-refusal.ts";
import type { Sessions } from "../sessions.ts";
import { answerLogin } from "./login-routes.ts";
import { cookieOf, type PanelCall, plain, readForm, redirect } from "./panel-call.ts";
import { answerPage } from "./panel-pages.ts";
import { escapeHtml } from "./shell.ts";
import { shellScript, shellStyle } from "./shell-style.ts";
import { answerSslIt } from "./ssl-it-pages.ts";

/** One call of the panel as it arrived; no bodies, no credentials. */
export interface LoggedCall {
  readonly at: Date;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  status: number | undefined;
}

/** What answers addresses of machines, XML and REST; undefined when the address is none of theirs. */
export type ApiAnswerer = (call: Omit<PanelCall, "session">) => Promise<boolean>;

const longestBody = 64 * 1024 * 1024;
const changing = ["POST", "PUT", "PATCH", "DELETE"];

/** The panel's HTTPS server, the stand-in for port 8443. */
export class PanelServer {
  readonly calls: LoggedCall[] = [];
  private readonly state: LabState;
  private readonly sessions: Sessions;
  private readonly api: ApiAnswerer;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(state: LabState, sessions: Sessions, api: ApiAnswerer) {
    this.state = state;
    this.sessions = sessions;
    this.api = api;
    this.server = createServer(this.pair(), (request, response) => void this.answer(request, response));
    this.server.on("secureConnection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    });
    this.server.on("tlsClientError", () => undefined);
  }

  async listen(address: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, address, () => resolve());
    });
  }

  /** Takes up the certificate as `httpsd.pem` now has it. */
  showCertificate(): void {
    this.server.setSecureContext(this.pair());
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pair(): { key: string; cert: string } {
    const text = readFileSync(this.state.files.psa("admin/conf/httpsd.pem"), "utf8");
    return { key: text, cert: text.slice(text.indexOf("-----BEGIN CERTIFICATE-----")) };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const logged: LoggedCall = { at: this.state.now(), method, path, status: undefined };
    this.calls.push(logged);
    response.on("finish", () => {
      logged.status = response.statusCode;
      this.writeAccessLog(request, logged);
    });
    try {
      const body = await readBody(request);
      const fault = this.state.faults.takeForCall(method, path);
      if (fault !== undefined && (await this.failInstead(fault, request, response))) return;
      await this.route(request, response, body);
    } catch (cause) {
      if (response.headersSent) response.destroy();
      else
        plain(response, cause instanceof PanelRefusal ? 403 : 500, `<h1>${escapeHtml(String(cause))}</h1>\n`);
    }
  }

  /** `httpsd_access_log`: addresses as they were asked for, and nothing of bodies or headers (spec plesk §2.1). */
  private writeAccessLog(request: IncomingMessage, { at, method, path, status }: LoggedCall): void {
    const line = `${request.socket.remoteAddress ?? "-"} - - [${at.toISOString()}] "${method} ${path} HTTP/1.1" ${status}\n`;
    appendFileSync(this.state.files.path("var/log/plesk/httpsd_access_log"), line);
  }

  private async route(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", `https://${this.state.hostName}:${this.state.port}`);
    const call = { state: this.state, request, response, method, url, body };
    if (await this.api(call)) return;
    if (sendAsset(response, url.pathname)) return;
    const session = this.sessions.find(cookieOf(request, "PLESKSESSID") ?? "");
    const full: PanelCall = { ...call, session };
    if (await answerLogin(full, this.sessions)) return;
    const isPublic = /^\/modules\/[a-z0-9-]+\/public\//.test(url.pathname);
    if (changing.includes(method) && !isPublic && !hasForgeryToken(full)) {
      return plain(
        response,
        this.state.switches.csrfStatus,
        "<h1>Forgery protection token is missing</h1>\n",
      );
    }
    if (url.pathname.startsWith("/modules/sslit/")) return answerSslIt(full);
    if (url.pathname.startsWith("/modules/")) {
      return this.state.extensions.answer(request, response, body, session);
    }
    if (session === undefined) {
      return redirect(
        response,
        `/login_up.php?success_redirect_url=${encodeURIComponent(request.url ?? "/")}`,
      );
    }
    await answerPage({ ...full, session }, this.sessions);
  }

  /** True when nothing more is to be done. Faults that carry the call out spoil only its answer. */
  private async failInstead(
    fault: CallFault,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    switch (fault.kind) {
      case "status":
        plain(response, fault.status, `<h1>${fault.status}</h1>\n`);
        return true;
      case "html":
        plain(response, 200, "<!DOCTYPE html><title>Plesk</title><h1>Please log in</h1>\n");
        return true;
      case "reset-before":
        request.socket.destroy();
        return true;
      case "no-answer":
        return true;
      case "reset-after":
        response.end = (() => request.socket.destroy()) as unknown as typeof response.end;
        return false;
      case "half":
        response.end = ((content?: string | Buffer) => {
          const bytes = Buffer.from(content ?? "");
          response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => request.socket.destroy());
        }) as unknown as typeof response.end;
        return false;
      case "late":
        await wait(fault.ms);
        return false;
    }
  }
}

/** The token of the session's page, as a header or a form field (spec plesk §2.4). */
function hasForgeryToken(call: PanelCall): boolean {
  if (call.session === undefined) return false;
  const given =
    call.request.headers["x-forgery-protection-token"] ??
    readForm(call).fields.get("forgery_protection_token");
  return given === call.session.forgeryToken;
}

function sendAsset(response: ServerResponse, path: string): boolean {
  const assets: Record<string, [string, string]> = {
    "/theme/shell.css": ["text/css", shellStyle],
    "/theme/shell.js": ["text/javascript", shellScript],
    "/ui-library/plesk-ui-library.css": [
      "text/css",
      ".pul-button{border-radius:3px}.pul-status{font-weight:600}",
    ],
  };
  const found = assets[path];
  if (found === undefined) return false;
  response.writeHead(200, { "content-type": found[0] }).end(found[1]);
  return true;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) throw new Error("The request is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
