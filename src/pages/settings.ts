import { asCodedError, CodedError, type ErrorCode } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { ServiceFacts } from "./data/service.ts";
import type { PageResponse } from "./page-response.ts";
import { type PageCall, type Route, showPage } from "./route.ts";

/** What was found wrong with an account that was entered: the form is shown again, with all but the password. */
const ofTheForm: ReadonlySet<ErrorCode> = new Set(["ca-refused-us", "input-invalid"]);

/** What the page says besides what is configured. */
interface Said {
  readonly notice: string | null;
  readonly problem: string | null;
  /** As it was typed; null: as it is configured. */
  readonly typed: { readonly username: string; readonly system: "live" | "test" | null } | null;
}

/** Where the administrator enters the account at Xolphin, first of all, and finds the address for webhooks. */
export const settingsRoute: Route = {
  path: "/settings",
  view: (call, notice) => showSettings(call, { notice, problem: null, typed: null }),
  actions: {
    async "save-account"(call, form) {
      const { data, request, language } = call;
      const typed = { username: (form.get("username") ?? "").trim(), system: readSystem(form.get("system")) };
      const password = new Secret(form.get("password") ?? "");
      try {
        const problem = await data.saveCaAccount(request.caller, { ...typed, password });
        const { service } = language.texts;
        return {
          notice: problem === null ? service.saved : service.savedUntried(language.error(problem).sentence),
        };
      } catch (thrown) {
        const { code } = asCodedError(thrown);
        if (!ofTheForm.has(code)) throw thrown;
        const { sentence, next } = language.error(code);
        return showSettings(call, { notice: null, problem: `${sentence} ${next}`.trim(), typed });
      }
    },
  },
};

async function showSettings(call: PageCall, said: Said): Promise<PageResponse> {
  const facts = await call.data.readService(call.request.caller);
  return showPage(call, "settings", settingsView(call, facts, said));
}

function readSystem(text: string | undefined): "live" | "test" | null {
  if (text === "live" || text === "test") return text;
  if (text === undefined || text === "other") return null;
  throw new CodedError("input-invalid", { detail: "system" });
}

function settingsView(
  { parts, request, language: { texts } }: PageCall,
  facts: ServiceFacts,
  { notice, problem, typed }: Said,
): object {
  const { service } = texts;
  const systems =
    facts.caSystem === "other" ? (["other", "live", "test"] as const) : (["live", "test"] as const);
  return {
    texts,
    notice,
    problem,
    first: facts.caUsername === null,
    username: typed?.username ?? facts.caUsername ?? "",
    systems: systems.map((system) => ({
      value: system,
      text: service.systems[system],
      chosen: (typed?.system ?? facts.caSystem) === system,
    })),
    form: { action: request.href("/settings"), token: parts.tokens.issue(request.caller) },
    webhookUrl: facts.webhookUrl,
    version: facts.version,
    selfTestHref: request.href("/self-test"),
  };
}
