import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import ejs from "ejs";
import { asCodedError, errorCatalogue } from "../errors.ts";
import type { FleetOverview, ServerOverview } from "../fleet/overview.ts";
import type { Log } from "../logging.ts";
import { createServer } from "../node-http.ts";

const templates = join(import.meta.dirname, "../../templates");

const headers = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

const states: Readonly<Record<ServerOverview["state"], string>> = {
  alive: "Well",
  silent: "Silent",
  disputed: "Two machines with this name",
  joined: "Joined, not heard yet",
  removed: "Removed",
};

/**
 * The page of the whole fleet, for its administrator, on a Unix socket that only root and the gateway's own group open:
 * whoever is to see it in a browser comes through the company's sign-on, whose proxy is in that group. It only shows.
 */
export async function openFleetPage(parts: {
  readonly runDir: string;
  readonly read: () => Promise<FleetOverview>;
  readonly now: () => Date;
  readonly log: Log;
}): Promise<{ close(): Promise<void> }> {
  const { runDir, log } = parts;
  const render = ejs.compile(readFileSync(join(templates, "fleet.ejs"), "utf8"), {
    strict: true,
    _with: false,
    localsName: "page",
    rmWhitespace: true,
  });
  const style = readFileSync(join(templates, "fleet.css"), "utf8");

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { ...headers, "content-type": type });
      response.end(request.method === "HEAD" ? "" : body);
    };
    if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "");
    if (request.url === "/fleet.css") return send(200, "text/css; charset=utf-8", style);
    if (request.url !== "/") return send(404, "text/plain", "");
    try {
      const overview = await parts.read();
      send(200, "text/html; charset=utf-8", render(viewOf(overview, parts.now())));
    } catch (thrown) {
      const { code } = asCodedError(thrown);
      log.warn("the fleet's page could not be made", { error: asCodedError(thrown) });
      send(503, "text/plain; charset=utf-8", `${errorCatalogue[code].sentence}\n`);
    }
  }

  const path = join(runDir, "fleet.sock");
  mkdirSync(runDir, { recursive: true, mode: 0o750 });
  rmSync(path, { force: true });
  const server = createServer((request, response) => void answer(request, response));
  const before = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    chmodSync(path, 0o660);
  } finally {
    process.umask(before);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function viewOf(overview: FleetOverview, now: Date): Record<string, unknown> {
  const alive = overview.servers.filter(({ state }) => state === "alive");
  const sum = (of: (report: NonNullable<ServerOverview["report"]>) => number): number =>
    overview.servers.reduce((total, { report }) => total + (report === null ? 0 : of(report)), 0);
  return {
    at: time(now.toISOString()),
    figures: [
      { term: "Servers well", text: `${alive.length} of ${overview.servers.length}` },
      { term: "Installed", text: String(sum(({ requests }) => requests["installed"] ?? 0)) },
      { term: "Need somebody", text: String(sum(({ failed }) => failed)) },
      { term: "End within 30 days, without successor", text: String(sum(({ ending }) => ending)) },
      { term: "Orders looked through", text: time(overview.walks.pending) },
    ],
    servers: overview.servers.map(({ node, state, lastSeen, report }) => ({
      node,
      state,
      stateText: states[state],
      lastSeen: time(lastSeen),
      version: report?.version ?? "–",
      panel: report?.panel ?? "–",
      hostName: report?.hostName ?? "–",
      installed: report?.requests["installed"] ?? "–",
      due: report?.queue.due ?? "–",
      failed: report?.failed ?? "–",
      ending: report?.ending ?? "–",
    })),
  };
}

function time(iso: string | null): string {
  return iso === null ? "–" : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
