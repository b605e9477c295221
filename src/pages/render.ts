import { readFileSync } from "node:fs";
import { join } from "node:path";
import ejs, { type TemplateFunction } from "ejs";
import type { Frame } from "./frame.ts";

/** Each is a file of that name in the templates' folder. */
const templateNames = [
  "administration",
  "certificate-detail",
  "certificate-list",
  "coverage",
  "order-details",
  "order-names",
  "order-product",
  "order-summary",
  "problem",
  "self-test",
  "settings",
  "tasks",
] as const;
export type TemplateName = (typeof templateNames)[number];
interface RenderedPage {
  readonly frame: Frame | null;
  readonly [local: string]: unknown;
}
export type Render = (template: TemplateName, page: RenderedPage) => string;

/** The pages' templates, compiled once from `folder`; the only place that names one. */
export function createRender(folder: string): Render {
  const compiled = new Map<TemplateName, TemplateFunction>();
  return (name, page) => {
    let template = compiled.get(name);
    if (template === undefined) {
      template = compileTemplate(folder, `${name}.ejs`);
      compiled.set(name, template);
    }
    const html = template(page);
    return page.frame?.headingsFrom === 2 ? oneLevelDown(html) : html;
  };
}

/**
 * One template file of `folder`. Options are fixed here and the locals are view models of ours, never anything a request
 * brought along (spec reliability §1.6).
 */
export function compileTemplate(folder: string, file: string): TemplateFunction {
  const filename = join(folder, file);
  return ejs.compile(readFileSync(filename, "utf8"), {
    filename,
    root: folder,
    cache: true,
    strict: true,
    _with: false,
    localsName: "page",
    rmWhitespace: true,
  }) as TemplateFunction;
}

/** Templates begin at the first level. What a request brought along is escaped by now: only our own tags are left. */
function oneLevelDown(html: string): string {
  return html.replaceAll(
    /(<\/?h)([1-5])(?=[\s>])/g,
    (_tag, open: string, level: string) => open + (Number(level) + 1),
  );
}
