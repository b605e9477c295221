import { asCodedError, CodedError } from "../errors.ts";
import type { PageRequest } from "../panel.ts";
import { administrationRoute } from "./administration.ts";
import { answersRoute } from "./answers.ts";
import { bulkRoute, exportRoute } from "./bulk.ts";
import { certificateDetailRoute } from "./certificate-detail.ts";
import { certificateListRoute } from "./certificate-list.ts";
import { coverageRoute } from "./coverage.ts";
import { logoRoute } from "./logo.ts";
import { downloadRoute, manageRoute } from "./manage.ts";
import { menuRoute } from "./menu.ts";
import { orderRoute } from "./order.ts";
import { nothingThere, type PageResponse } from "./page-response.ts";
import { renderProblem } from "./problem.ts";
import type { Outcome, PageCall, PageParts, Route } from "./route.ts";
import { selfTestRoute } from "./self-test.ts";
import { settingsRoute } from "./settings.ts";
import { takeOverRoute } from "./take-over.ts";
import { backupRoute, tallyRoute } from "./tally.ts";
import { languageFor } from "./texts/texts.ts";
import { validationRoute } from "./validation.ts";

export type AnswerPage = (request: PageRequest) => Promise<PageResponse>;

/** Every page there is. */
export const routes: readonly Route[] = [
  coverageRoute,
  orderRoute,
  certificateListRoute,
  certificateDetailRoute,
  manageRoute,
  downloadRoute,
  validationRoute,
  answersRoute,
  bulkRoute,
  exportRoute,
  takeOverRoute,
  administrationRoute,
  settingsRoute,
  selfTestRoute,
  menuRoute,
  logoRoute,
  tallyRoute,
  backupRoute,
];

const byPath = new Map(routes.map((route) => [route.path, route]));

/** Answers each request from its page. What goes wrong becomes a page that says so; the caller always gets an answer. */
export function createPageRouter(parts: PageParts): AnswerPage {
  return async (request) => {
    const language = languageFor(request.caller.language);
    try {
      const response = await answer({ parts, data: parts.data, request, language });
      if (response.output !== request.output) throw new CodedError("not-found", { detail: request.path });
      return response;
    } catch (thrown) {
      const error = asCodedError(thrown);
      const fields = { path: request.path, account: request.caller.account, error };
      if (error.code === "internal") parts.log.error("a page failed unexpectedly", fields);
      else parts.log.info("a page was refused", fields);
      if (request.output === "raw") return nothingThere;
      return { output: "page", html: renderProblem(parts.render, error, language, request, parts) };
    }
  };
}

async function answer(call: PageCall): Promise<PageResponse> {
  const route = routeOf(call.request.path);
  const submitted = await submit(route, call);
  if (submitted === null) return route.view(call, null);
  if ("output" in submitted) return submitted;
  const { notice, show } = submitted;
  if (show === undefined) return route.view(call, notice);
  const request = {
    ...call.request,
    path: show.path,
    query: new Map(Object.entries(show.query ?? {})),
    form: null,
  };
  return routeOf(show.path).view({ ...call, request }, notice);
}

function routeOf(path: string): Route {
  const route = byPath.get(path);
  if (route === undefined) throw new CodedError("not-found", { detail: path });
  return route;
}

/** Whether something was submitted is told by the token: panels open plain pages by POST as well (spec directadmin §2.6). */
async function submit(route: Route, call: PageCall): Promise<PageResponse | Outcome | null> {
  const { caller, form } = call.request;
  const token = form?.get("token");
  if (form === null || token === undefined) return null;
  if (!call.parts.tokens.accepts(caller, token)) throw new CodedError("form-expired");
  if (caller.readOnly) throw new CodedError("read-only");
  const name = form.get("action") ?? "";
  const actions = route.actions ?? {};
  if (!Object.hasOwn(actions, name)) throw new CodedError("input-invalid", { detail: "unknown action" });
  return (actions[name] as NonNullable<(typeof actions)[string]>)(call, form);
}
