import type { PageRequest } from "../panel.ts";
import type { Language } from "./texts/texts.ts";

/** What every page has around its own content. */
export interface Frame {
  readonly lang: string;
  readonly direction: "ltr" | "rtl";
  readonly theme: string;
  readonly styleSheet: string;
  readonly script: string;
  readonly title: string;
  readonly tabs: readonly { readonly text: string; readonly href: string; readonly current: boolean }[];
}

export function frameOf(request: PageRequest, language: Language, version: string): Frame {
  const { texts } = language;
  const tabs = [{ text: texts.certificates, href: request.href("/"), current: request.path !== "/admin" }];
  if (request.caller.level === "administrator") {
    tabs.push({
      text: texts.administration,
      href: request.href("/admin"),
      current: request.path === "/admin",
    });
  }
  // The version makes browsers take a new style sheet after an upgrade.
  const asset = (name: string): string => `${request.asset(name)}?v=${encodeURIComponent(version)}`;
  return {
    lang: language.tag,
    direction: request.direction ?? "ltr",
    theme: request.theme,
    styleSheet: asset("style.css"),
    script: asset("theme.js"),
    title: texts.title,
    tabs,
  };
}
