import type { PageRequest } from "../panel.ts";
import type { PageParts } from "./route.ts";
import type { Language } from "./texts/texts.ts";

/** What every page has around its own content. */
export interface Frame {
  readonly lang: string;
  readonly direction: "ltr" | "rtl";
  readonly theme: string;
  /** The level of a page's own title. */
  readonly headingsFrom: 1 | 2;
  readonly styleSheet: string;
  readonly script: string;
  readonly title: string;
  /** The hosting company's name and the address of its logo, where there are any. */
  readonly brand: string | null;
  readonly logo: string | null;
  readonly formFields: NonNullable<PageRequest["formFields"]>;
  readonly tabs: readonly { readonly text: string; readonly href: string; readonly current: boolean }[];
}

export function frameOf(
  request: PageRequest,
  language: Language,
  { version, brand }: Pick<PageParts, "version" | "brand">,
): Frame {
  const { texts } = language;
  const { level } = request.caller;
  const tabs = tabsOf(texts)
    .filter(({ levels }) => levels.includes(level))
    .map(({ text, path, pages }) => ({
      text,
      href: request.href(path),
      current: [path, ...pages].includes(request.path),
    }));
  // The version makes browsers take a new style sheet after an upgrade.
  const asset = (name: string): string => `${request.asset(name)}?v=${encodeURIComponent(version)}`;
  return {
    lang: language.tag,
    direction: request.direction ?? "ltr",
    theme: request.theme,
    headingsFrom: request.titled === true ? 2 : 1,
    styleSheet: asset("style.css"),
    script: asset("pages.js"),
    title: texts.title,
    brand: brand.name,
    logo: brand.logo === null ? null : request.rawHref("/logo", { v: version }),
    formFields: request.formFields ?? [],
    tabs,
  };
}

type Level = PageRequest["caller"]["level"];
const everyone: readonly Level[] = ["account", "reseller", "administrator"];

/** The tabs, who sees them, and which other pages belong to them. */
function tabsOf(
  texts: Language["texts"],
): { text: string; path: string; pages: readonly string[]; levels: readonly Level[] }[] {
  return [
    { text: texts.coverage.title, path: "/", pages: ["/order"], levels: everyone },
    {
      text: texts.certificates,
      path: "/requests",
      pages: ["/request", "/manage", "/validation", "/answers", "/bulk", "/take-over"],
      levels: everyone,
    },
    { text: texts.administration, path: "/admin", pages: [], levels: ["administrator"] },
    { text: texts.service.title, path: "/settings", pages: ["/self-test"], levels: ["administrator"] },
  ];
}
