import type { IncomingMessage, ServerResponse } from "node:http";
import type { PanelSession } from "../extension-host-contract.ts";
import type { LabState } from "../lab-state.ts";

/** One request of the panel's HTTPS server. */
export interface PanelCall {
  readonly state: LabState;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly body: Buffer;
  readonly session: PanelSession | undefined;
}

export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, value] = pair.trim().split("=");
    if (key === name) return value;
  }
  return undefined;
}

export function redirect(response: ServerResponse, location: string, status = 303): void {
  response.writeHead(status, { location }).end();
}

export function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/html; charset=UTF-8" }).end(text);
}

/** Fields of a form, urlencoded or multipart; files are kept as bytes under their field's name. */
export function readForm(call: Pick<PanelCall, "request" | "body">): {
  fields: Map<string, string>;
  files: Map<string, { name: string; content: Buffer }>;
} {
  const type = call.request.headers["content-type"] ?? "";
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary === undefined) {
    return { fields: new Map(new URLSearchParams(call.body.toString("utf8"))), files: new Map() };
  }
  const fields = new Map<string, string>();
  const files = new Map<string, { name: string; content: Buffer }>();
  const mark = Buffer.from(`--${boundary}`);
  for (let at = call.body.indexOf(mark); at !== -1; ) {
    const next = call.body.indexOf(mark, at + mark.length);
    if (next === -1) break;
    const part = call.body.subarray(at + mark.length + 2, next - 2);
    const split = part.indexOf("\r\n\r\n");
    const head = part.toString("utf8", 0, Math.max(0, split));
    const name = /[; ]name="([^"]*)"/i.exec(head)?.[1] ?? "";
    const fileName = /filename="([^"]*)"/i.exec(head)?.[1];
    const content = part.subarray(split + 4);
    if (fileName === undefined) fields.set(name, content.toString("utf8"));
    else files.set(name, { name: fileName, content });
    at = next;
  }
  return { fields, files };
}
