import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** More than any webhook has. */
export const maxHeaderBytes = 8192;
export const maxHeaders = 50;
const maxBody = 8192;

/** What is said to whoever is refused, by status. */
export const refusalBodies: Readonly<Record<number, string>> = {
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

/** Case and slashes count; an address in absolute form, or with anything encoded, is another path. */
export function isOurPath(path: string, ours: string, tokenDigest: Buffer | null): boolean {
  if (tokenDigest === null) return path === ours;
  const given = path.startsWith(`${ours}/`) ? path.slice(ours.length + 1) : "";
  return timingSafeEqual(digest(given), tokenDigest) && given !== "";
}

export function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The first reason to refuse, in the order path, method, source, headers; null when there is none. */
export function judge(request: IncomingMessage, ours: boolean, allowed: boolean): number | null {
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
  // A request line without a version is read as one of HTTP/0.9, which had no fields (RFC 9112 §3).
  if (request.httpVersion !== "1.0" && request.httpVersion !== "1.1") return 400;
  if (headers["transfer-encoding"] !== undefined || headers.upgrade !== undefined) return 400;
  const length = headers["content-length"];
  if (method === "GET") return length === undefined || length === "0" ? null : 400;
  if (length === undefined || !/^\d+$/.test(length)) return 400;
  if (Number(length) > maxBody) return 413;
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded" ? null : 415;
}

/** The whole form, or the status that it is refused with. */
export function readForm(request: IncomingMessage, done: (form: string | number) => void): void {
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
