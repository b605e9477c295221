import { createReadStream, existsSync, realpathSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import type { PanelSession } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";
import { pageHeaders } from "../panel/page-headers.ts";
import { framedPage, type PageParts } from "../panel/shell.ts";
import type { Php } from "./php.ts";
import { sessionText } from "./session-text.ts";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** Everything below `/modules/ID/`: files, the front controller, and `public/` without login (spec plesk §1.1, §1.2). */
export class ModulePages {
  private readonly state: LabState;
  private readonly php: Php;

  constructor(state: LabState, php: Php) {
    this.state = state;
    this.php = php;
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    session: PanelSession | undefined,
  ): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://panel");
    const [, , id = "", ...rest] = decodeURIComponent(pathname).split("/");
    const extension = this.state.database.tables.extensions.find((one) => one.id === id && one.active);
    const root = this.state.files.psa("admin/htdocs/modules", id);
    if (extension === undefined || !existsSync(root)) return void response.writeHead(404).end("Not found\n");
    const found = locate(root, rest);
    if (found === undefined) return void response.writeHead(404).end("Not found\n");
    if (extname(found.file) !== ".php") return sendFile(response, found.file);
    const isPublic = found.script.startsWith("public/");
    if (session === undefined && !isPublic) {
      return void response
        .writeHead(303, {
          location: `/login_up.php?success_redirect_url=${encodeURIComponent(request.url ?? "")}`,
        })
        .end();
    }
    const printed = await this.php.page({
      env: {
        ...this.cgiVariables(request, body, id, found),
        LAB_MODULE: id,
        ...(isPublic ? { LAB_BARE: "1" } : {}),
        ...(session === undefined ? {} : { LAB_SESSION: sessionText(session) }),
      },
      stdin: body,
      user: "psaadm",
    });
    await this.send(response, printed, id, session);
  }

  /** RFC 3875, as the panel's PHP-FPM sees it. */
  private cgiVariables(
    request: IncomingMessage,
    body: Buffer,
    id: string,
    { file, script, pathInfo }: Located,
  ): Record<string, string> {
    const { search } = new URL(request.url ?? "/", "http://panel");
    const headers = Object.entries(request.headers).map(([name, value]) => [
      `HTTP_${name.toUpperCase().replaceAll("-", "_")}`,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]);
    return {
      ...Object.fromEntries(headers.filter(([name]) => name !== "HTTP_PROXY")),
      GATEWAY_INTERFACE: "CGI/1.1",
      REDIRECT_STATUS: "200",
      SERVER_PROTOCOL: "HTTP/1.1",
      SERVER_NAME: this.state.hostName,
      SERVER_PORT: String(this.state.port),
      HTTPS: "on",
      REMOTE_ADDR: request.socket.remoteAddress ?? "",
      REQUEST_METHOD: request.method ?? "GET",
      REQUEST_URI: request.url ?? "/",
      QUERY_STRING: search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      SCRIPT_FILENAME: file,
      SCRIPT_NAME: `/modules/${id}/${script}`,
      PATH_INFO: pathInfo,
    };
  }

  private async send(
    response: ServerResponse,
    printed: Buffer,
    id: string,
    session: PanelSession | undefined,
  ): Promise<void> {
    const split = printed.indexOf("\r\n\r\n");
    if (split === -1) return void response.writeHead(500).end("The page broke off.\n");
    const headers = printed
      .toString("latin1", 0, split)
      .split("\r\n")
      .map(
        (line) =>
          [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const,
      );
    const content = printed.subarray(split + 4);
    const value = (name: string): string | undefined => headers.find(([key]) => key === name)?.[1];
    const status = Number.parseInt(value("status") ?? "200", 10);
    const kept = headers.filter(([name]) => !["status", "x-lab-frame", "x-powered-by"].includes(name));
    if (value("x-lab-frame") === undefined || session === undefined) {
      for (const [name, text] of kept) response.appendHeader(name, text);
      return void response.writeHead(status).end(content);
    }
    const parts = JSON.parse(content.toString("utf8")) as PageParts;
    const page = await framedPage(this.state, session, { ...parts, module: id });
    response.writeHead(status, pageHeaders(this.state)).end(page);
  }
}

interface Located {
  file: string;
  /** Below `/modules/ID/`. */
  script: string;
  pathInfo: string;
}

/** The file an address means; an address that goes on behind a `.php` file is that file's path info. */
function locate(root: string, parts: readonly string[]): Located | undefined {
  const at = parts.findIndex((part) => part.endsWith(".php"));
  const script = parts.slice(0, at === -1 ? parts.length : at + 1).join("/");
  const rest = at === -1 ? [] : parts.slice(at + 1);
  const named = normalize(join(root, script === "" ? "index.php" : script));
  const file = existsSync(named) && statSync(named).isDirectory() ? join(named, "index.php") : named;
  if (!existsSync(file) || !realpathSync(file).startsWith(`${realpathSync(root)}/`)) return undefined;
  return {
    file,
    script: file.slice(root.length + 1),
    pathInfo: rest.length === 0 ? "" : `/${rest.join("/")}`,
  };
}

function sendFile(response: ServerResponse, file: string): void {
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
}
