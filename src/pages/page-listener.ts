import { chmodSync, mkdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { dirname } from "node:path";
import express, { type NextFunction, type Request, type Response } from "express";
import { asCodedError, type CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { createServer } from "../node-http.ts";
import type { PageHost } from "../panel.ts";
import { httpAnswer, nothingThere, type PageResponse } from "./page-response.ts";
import type { AnswerPage } from "./page-router.ts";

/** What answers, once it is in memory. */
export interface Pages {
  readonly answer: AnswerPage;
  /** The page that says why there is no other. */
  problem(error: CodedError): string;
}

export interface PageListener {
  close(): Promise<void>;
}

const maxHandover = 2 * 1024 * 1024;
const requestTimeout = 20_000;

/**
 * Where the glue reaches us. `share` gives the socket to the user that the glue runs as; nobody else may open it. One that
 * the service manager made has its owner already.
 */
export type PageSocket =
  | { readonly path: string; readonly share: (path: string) => void }
  | { readonly fd: number };

/**
 * Listens on a Unix socket for what the panel's glue hands over, and answers what the glue prints. Hand-overs hold
 * sessions and are never logged.
 */
export async function openPageListener(parts: {
  readonly socket: PageSocket;
  readonly host: PageHost;
  /** Called with the first hand-over, and after every time that it failed. */
  readonly load: () => Promise<Pages>;
  readonly log: Log;
}): Promise<PageListener> {
  const app = express();
  app.disable("x-powered-by");
  app.set("etag", false);
  const body = express.raw({ type: () => true, limit: maxHandover });
  app.post("/page", body, async (request, response) => {
    print(response, await answerHandover(parts, request.body, "page"));
  });
  // For scripts that print a whole answer: they need one even when nobody was recognised.
  app.post("/raw", body, async (request, response) => {
    print(response, await answerHandover(parts, request.body, "raw"));
  });
  app.use((_request: Request, response: Response) => {
    response.status(404).end();
  });
  app.use((thrown: unknown, _request: Request, response: Response, _next: NextFunction) => {
    // What Express says of a request has a status; the rest is ours.
    const ours = (thrown as { status?: number }).status === undefined;
    parts.log[ours ? "error" : "warn"]("a hand-over got no page", { error: asCodedError(thrown) });
    response.status(ours ? 500 : 400).end();
  });
  const server = createServer({ requestTimeout, headersTimeout: requestTimeout }, app);
  await listen(server, parts.socket);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

async function listen(server: Server, socket: PageSocket): Promise<void> {
  const listening = (where: string | { fd: number }): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(where, () => resolve());
    });
  if ("fd" in socket) return listening({ fd: socket.fd });
  mkdirSync(dirname(socket.path), { recursive: true, mode: 0o755 });
  rmSync(socket.path, { force: true });
  const before = process.umask(0o177);
  try {
    await listening(socket.path);
    chmodSync(socket.path, 0o600);
    socket.share(socket.path);
  } finally {
    process.umask(before);
  }
}

async function answerHandover(
  { host, load, log }: { host: PageHost; load: () => Promise<Pages>; log: Log },
  body: unknown,
  output: PageResponse["output"],
): Promise<PageResponse> {
  const { answer, problem } = await load();
  try {
    return await answer(await host.readPageRequest(body));
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "internal") log.error("a page request could not be read", { error });
    else log.info("a page request was refused", { error });
    return output === "raw" ? nothingThere : { output, html: problem(error) };
  }
}

/** A fragment goes into the panel's frame; anything else is a whole HTTP answer that the glue prints as it is. */
function print(response: Response, page: PageResponse): void {
  response.type(page.output === "page" ? "text/html" : "application/octet-stream");
  response.set("cache-control", "no-store");
  response.send(page.output === "page" ? page.html : httpAnswer(page));
}
