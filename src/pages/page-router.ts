import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { PageRequest } from "../panel.ts";
import { administrationView } from "./administration.ts";
import { detailView } from "./certificate-detail.ts";
import { listView, readFilter } from "./certificate-list.ts";
import type { FormTokens } from "./form-token.ts";
import { frameOf } from "./frame.ts";
import type { PageData } from "./page-data.ts";
import type { Render } from "./render.ts";
import { english, type Language, languageFor } from "./texts/texts.ts";

export interface PageParts {
  readonly data: PageData;
  readonly render: Render;
  readonly tokens: FormTokens;
  readonly log: Log;
  readonly version: string;
}

export type PageResponse =
  /** HTML for the panel's frame. */
  | { readonly output: "page"; readonly html: string }
  /** A complete answer; `body` is JSON. */
  | { readonly output: "raw"; readonly status: number; readonly body: string };

export type AnswerPage = (request: PageRequest) => Promise<PageResponse>;

/** The pages by path. What goes wrong becomes a page that says so; the caller always gets an answer. */
export function createPageRouter(parts: PageParts): AnswerPage {
  return async (request) => {
    const language = languageFor(request.caller.language);
    try {
      return await route(parts, request, language);
    } catch (thrown) {
      const error = asCodedError(thrown);
      const fields = { path: request.path, account: request.caller.account, error };
      if (error.code === "internal") parts.log.error("a page failed unexpectedly", fields);
      else parts.log.info("a page was refused", fields);
      if (request.output === "raw") return { output: "raw", status: 404, body: "[]" };
      return { output: "page", html: renderProblem(parts.render, error, language, request, parts.version) };
    }
  };
}

/** The page for whoever could not be shown one, perhaps not even recognised. */
export function renderProblem(
  render: Render,
  error: CodedError,
  language: Language = english,
  request: PageRequest | null = null,
  version = "",
): string {
  const { sentence, next } = language.error(error.code);
  return render("problem", {
    frame: request === null ? null : frameOf(request, language, version),
    lang: language.tag,
    texts: language.texts,
    code: error.code,
    sentence,
    next,
    listHref: request?.href("/") ?? null,
  });
}

async function route(parts: PageParts, request: PageRequest, language: Language): Promise<PageResponse> {
  const { data, render, version } = parts;
  const frame = frameOf(request, language, version);
  const { caller, query } = request;
  switch (request.path) {
    case "/": {
      const filter = readFilter(query);
      const list = await data.listRequests(caller, filter);
      return page(render("certificate-list", { frame, ...listView(request, language, filter, list) }));
    }
    case "/request": {
      const reference = query.get("id") ?? "";
      const notice = await submit(parts, request, language, reference);
      const detail = await data.readRequest(caller, reference);
      const form = { token: parts.tokens.issue(caller), notice };
      return page(render("certificate-detail", { frame, ...detailView(request, language, detail, form) }));
    }
    case "/admin": {
      const overview = await data.readOverview(caller);
      return page(render("administration", { frame, ...administrationView(request, language, overview) }));
    }
    case "/menu":
      return { output: "raw", status: 200, body: JSON.stringify(await menu(parts, request, language)) };
    default:
      throw new CodedError("not-found", { detail: request.path });
  }
}

/** Whether something was submitted is told by the token: panels open plain pages by POST as well (spec directadmin §2.6). */
async function submit(
  { data, tokens }: PageParts,
  request: PageRequest,
  language: Language,
  reference: string,
): Promise<string | null> {
  const token = request.form?.get("token");
  if (token === undefined) return null;
  if (!tokens.accepts(request.caller, token)) throw new CodedError("form-expired");
  if (request.caller.readOnly) throw new CodedError("not-allowed");
  if (request.form?.get("action") !== "try-again")
    throw new CodedError("input-invalid", { detail: "unknown action" });
  await data.tryAgain(request.caller, reference);
  return language.texts.triedAgain;
}

/** Entries for the panel's menu with a badge for what waits (spec directadmin §1.4). */
async function menu({ data }: PageParts, request: PageRequest, { texts }: Language): Promise<object[]> {
  const icon = request.asset("icon.svg");
  const attention = await data.countAttention(request.caller);
  const entry = (name: string, path: string, updates: number): object => ({
    name,
    icon,
    href: request.href(path),
    newTab: false,
    updates,
  });
  const entries = [entry(texts.certificates, "/", attention)];
  if (request.caller.level === "administrator") entries.push(entry(texts.administration, "/admin", 0));
  return [{ name: texts.title, icon, entries }];
}

function page(html: string): PageResponse {
  return { output: "page", html };
}
