import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError, type ErrorCode, errorCatalogue } from "../errors.ts";
import { readOverview } from "../fleet/overview.ts";
import type { Ownership } from "../fleet/ownership.ts";
import type { Records } from "../fleet/records.ts";
import type { FleetReissues, ReissueChoice } from "../fleet/reissues.ts";
import type { Log } from "../logging.ts";
import { createServer } from "../node-http.ts";
import { FormTokens } from "../pages/form-token.ts";
import { compileTemplate } from "../pages/render.ts";
import { chooseView, overviewView } from "./fleet-page-views.ts";

const templates = join(import.meta.dirname, "../../templates");
const longestBody = 16_384;

const headers = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

interface PageParts {
  readonly runDir: string;
  readonly records: Records;
  readonly reissues: FleetReissues;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly log: Log;
}

/** What to answer; a `location` is where the browser goes on. */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly location?: string;
}

/**
 * The page of the whole fleet, for its administrator, on a Unix socket that only root and the gateway's own group open:
 * whoever is to see it in a browser comes through the company's sign-on, whose proxy is in that group. Whoever comes through
 * may do what the page offers; the sign-on may say who it is in `X-Remote-User`.
 */
export async function openFleetPage(parts: PageParts): Promise<{ close(): Promise<void> }> {
  const { runDir } = parts;
  const answer = createAnswers(parts);
  const path = join(runDir, "fleet.sock");
  mkdirSync(runDir, { recursive: true, mode: 0o750 });
  rmSync(path, { force: true });
  const server = createServer((request, response) => void respond(request, response));
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

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body, location } = await answer(request);
    response.writeHead(status, {
      ...headers,
      "content-type": type,
      ...(location === undefined ? {} : { location }),
    });
    response.end(request.method === "HEAD" ? "" : body);
  }
}

/** The routes of the page. Never throws. */
function createAnswers(parts: PageParts): (request: IncomingMessage) => Promise<Answer> {
  const { records, reissues, ownership, clock, log } = parts;
  const overviewTemplate = compileTemplate(templates, "fleet.ejs");
  const chooseTemplate = compileTemplate(templates, "fleet-reissue.ejs");
  const style = readFileSync(join(templates, "fleet.css"), "utf8");
  let tokens: FormTokens | null = null;

  return async (request) => {
    try {
      return await route(request);
    } catch (thrown) {
      const error = asCodedError(thrown);
      log.warn("the fleet's page could not be made", { error });
      return plain(503, `${errorCatalogue[error.code].sentence}\n`);
    }
  };

  async function route(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://fleet");
    if (request.method === "POST") return post(request, url.pathname);
    if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "");
    if (url.pathname === "/fleet.css") return { status: 200, type: "text/css; charset=utf-8", body: style };
    if (url.pathname === "/") return overview(request, url.searchParams);
    if (url.pathname === "/reissue") return choose(request, url.searchParams, 200, null);
    return plain(404, "");
  }

  async function overview(request: IncomingMessage, query: URLSearchParams): Promise<Answer> {
    const now = clock.now();
    const view = overviewView(await readOverview(records, reissues, ownership, now), now);
    const token = (await formTokens()).issue(bearerOf(request));
    return page(200, overviewTemplate({ ...view, token, notice: noticeOf(query) }));
  }

  /** What a choice comes to, with the form that wants it. */
  async function choose(
    request: IncomingMessage,
    query: URLSearchParams,
    status: number,
    problem: string | null,
  ): Promise<Answer> {
    const choice = readChoice(query);
    const token = (await formTokens()).issue(bearerOf(request));
    const offer = await reissues.offer(choice);
    return page(status, chooseTemplate({ ...chooseView(choice, offer, clock.now()), token, problem }));
  }

  async function post(request: IncomingMessage, path: string): Promise<Answer> {
    const form = await readForm(request);
    if (form === null) return plain(400, "");
    const bearer = bearerOf(request);
    if (!fromOurselves(request) || !(await formTokens()).accepts(bearer, form.get("token") ?? "")) {
      log.warn("a form on the fleet's page was not one of ours");
      return choose(request, form, 403, sentencesOf("form-expired"));
    }
    try {
      if (path === "/stop") {
        await reissues.stop(form.get("id") ?? "");
        log.info("a reissue of the fleet was stopped", {
          reissue: form.get("id"),
        });
        return seeOther("/?said=stopped");
      }
      if (path !== "/reissue") return plain(404, "");
      if (form.get("consent") !== "yes") {
        return choose(request, form, 409, "Say below that these certificates are to be replaced.");
      }
      const id = await reissues.begin(readChoice(form), {
        by: bearer.sessionBinding,
        reason: (form.get("reason") ?? "").trim(),
        urgent: form.get("pace") === "urgent",
        count: /^\d{1,8}$/.test(form.get("count") ?? "") ? Number(form.get("count")) : -1,
      });
      log.info("the fleet's administrator wants certificates anew", {
        reissue: id,
      });
      return seeOther("/?said=begun");
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (error.code === "bus-unreachable" || error.code === "internal") throw error;
      return choose(request, form, 409, sentencesOf(error.code));
    }
  }

  /** One secret for all hubs: a form that one made may come back to another. */
  async function formTokens(): Promise<FormTokens> {
    if (tokens !== null) return tokens;
    const secretRecord = z.object({ secret: z.base64() });
    await records.create("page", { secret: randomBytes(32).toString("base64") });
    const held = await records.read("page", secretRecord);
    if (held === null) throw new CodedError("bus-unreachable");
    tokens = new FormTokens(clock, Buffer.from(held.value.secret, "base64"));
    return tokens;
  }
}

/** Whom the sign-on has let in; a token is good for nobody else. */
function bearerOf({ headers: { "x-remote-user": user } }: IncomingMessage): {
  sessionBinding: string;
  account: string;
  level: "administrator";
} {
  const said = typeof user === "string" ? user.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 64) : "";
  const name = said === "" ? "the fleet's administrator" : said;
  return { sessionBinding: name, account: "fleet", level: "administrator" };
}

/** Every browser of today says so; what says nothing still needs the form's token. */
function fromOurselves({ headers: { "sec-fetch-site": site } }: IncomingMessage): boolean {
  return site === undefined || site === "same-origin" || site === "none";
}

function readChoice(form: URLSearchParams): ReissueChoice {
  const issuer = (form.get("issuer") ?? "").slice(0, 512);
  const before = form.get("before") ?? "";
  const nodes = form.getAll("server").filter((node) => node !== "");
  const endsBefore = /^\d{4}-\d{2}-\d{2}$/.test(before) ? new Date(`${before}T00:00:00Z`) : null;
  return {
    issuer: issuer === "" ? null : issuer,
    endsBefore: endsBefore === null || Number.isNaN(endsBefore.getTime()) ? null : endsBefore,
    nodes: nodes.length === 0 ? null : nodes.slice(0, 1_000),
  };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  if (request.headers["content-type"]?.split(";")[0] !== "application/x-www-form-urlencoded") return null;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return null;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

function sentencesOf(code: ErrorCode): string {
  const { sentence, next } = errorCatalogue[code];
  return `${sentence} ${next}`.trim();
}

function noticeOf(query: URLSearchParams): string | null {
  const said = query.get("said");
  if (said === "begun") return "Begun. Each server takes it up within a minute, or when it is back.";
  return said === "stopped" ? "Stopped. What is under way is finished; nothing new is ordered." : null;
}

function page(status: number, body: string): Answer {
  return { status, type: "text/html; charset=utf-8", body };
}

function plain(status: number, body: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body };
}

function seeOther(location: string): Answer {
  return { status: 303, type: "text/plain; charset=utf-8", body: "", location };
}
