import { CodedError } from "../errors.ts";
import { Secret } from "../secret.ts";
import type { ServiceFacts } from "./data/service.ts";
import { type PageCall, type Route, showPage } from "./route.ts";

/** Where the administrator enters the account at Xolphin, first of all, and finds the address for webhooks. */
export const settingsRoute: Route = {
  path: "/settings",
  async view(call, notice) {
    const facts = await call.data.readService(call.request.caller);
    return showPage(call, "settings", settingsView(call, facts, notice));
  },
  actions: {
    async "save-account"({ data, request, language }, form) {
      const problem = await data.saveCaAccount(request.caller, {
        username: (form.get("username") ?? "").trim(),
        password: new Secret(form.get("password") ?? ""),
        system: readSystem(form.get("system")),
      });
      const { service } = language.texts;
      return {
        notice: problem === null ? service.saved : service.savedUntried(language.error(problem).sentence),
      };
    },
  },
};

function readSystem(text: string | undefined): "live" | "test" | null {
  if (text === "live" || text === "test") return text;
  if (text === undefined || text === "other") return null;
  throw new CodedError("input-invalid", { detail: "system" });
}

function settingsView(
  { parts, request, language: { texts } }: PageCall,
  facts: ServiceFacts,
  notice: string | null,
): object {
  const { service } = texts;
  const systems =
    facts.caSystem === "other" ? (["other", "live", "test"] as const) : (["live", "test"] as const);
  return {
    texts,
    notice,
    first: facts.caUsername === null,
    username: facts.caUsername ?? "",
    systems: systems.map((system) => ({
      value: system,
      text: service.systems[system],
      chosen: facts.caSystem === system,
    })),
    form: { action: request.href("/settings"), token: parts.tokens.issue(request.caller) },
    webhookUrl: facts.webhookUrl,
    version: facts.version,
    selfTestHref: request.href("/self-test"),
  };
}
