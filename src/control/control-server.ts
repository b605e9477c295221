import { chmodSync, mkdirSync, rmSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { createServer } from "../node-http.ts";

/** What is served: named operations with JSON arguments and a JSON result. */
export type OperationTable = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** An account that is handed over comes in one piece. */
const maxBody = 16 * 1024 * 1024;

/**
 * Serves operations on a Unix socket that only its owner (and root) can open: the file mode is the proof of who asks.
 * Refuses to start when another agent answers there. A socket that the service manager made comes as its descriptor. Calls
 * that come in before the operations are ready wait for them.
 */
export async function startControlServer(
  socket: string | { readonly fd: number },
  operations: OperationTable | Promise<OperationTable>,
  log: Log,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === "GET" && request.url === "/metrics") {
      void sendMetrics(operations, response);
      return;
    }
    answer(request, operations)
      .then(
        (result) => ({ status: 200, body: { result } }),
        (thrown: unknown) => {
          const error = asCodedError(thrown);
          if (error.code === "internal") log.error("an operation failed unexpectedly", { error });
          const { code, detail, fields } = error;
          return { status: 422, body: { error: { code, detail, fields } } };
        },
      )
      .then(({ status, body }) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      });
  });
  if (typeof socket === "object") await listen(server, socket);
  else await listenAt(server, socket);
  return server;
}

/** Monitoring asks in its own way; the socket is root's and the service's, as for everything else here. */
async function sendMetrics(
  ready: OperationTable | Promise<OperationTable>,
  response: ServerResponse,
): Promise<void> {
  try {
    const text = await (await ready)["metrics"]?.();
    response.writeHead(typeof text === "string" ? 200 : 404, { "content-type": "text/plain; version=0.0.4" });
    response.end(typeof text === "string" ? text : "");
  } catch {
    response.writeHead(503).end();
  }
}

async function listenAt(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (await answers(path)) {
    throw new CodedError("settings-invalid", { detail: `another agent is running (${path})` });
  }
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  try {
    await listen(server, path);
    chmodSync(path, 0o600);
  } finally {
    process.umask(before);
  }
}

function listen(server: Server, where: string | { readonly fd: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => resolve());
  });
}

async function answer(
  request: IncomingMessage,
  ready: OperationTable | Promise<OperationTable>,
): Promise<unknown> {
  const operations = await ready;
  const name = /^\/operations\/([A-Za-z]+)$/.exec(request.url ?? "")?.[1] ?? "";
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (request.method !== "POST" || operation === undefined) throw new CodedError("usage", { detail: name });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBody) throw new CodedError("input-invalid", { detail: "the request is too large" });
    chunks.push(chunk);
  }
  let args: unknown;
  try {
    args = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    throw new CodedError("input-invalid", { detail: "the request is not JSON", cause });
  }
  if (!Array.isArray(args))
    throw new CodedError("input-invalid", { detail: "the request is no list of arguments" });
  return operation(...(args as never[]));
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
