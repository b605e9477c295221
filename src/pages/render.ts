import { readFileSync } from "node:fs";
import { join } from "node:path";
import ejs, { type TemplateFunction } from "ejs";

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
export type Render = (template: TemplateName, page: object) => string;

/**
 * The pages' templates, compiled once from `folder`; the only place that names one. Options are fixed here and the
 * locals are view models of ours, never anything a request brought along (spec reliability §1.6).
 */
export function createRender(folder: string): Render {
  const compiled = new Map<TemplateName, TemplateFunction>();
  return (name, page) => {
    let template = compiled.get(name);
    if (template === undefined) {
      const filename = join(folder, `${name}.ejs`);
      template = ejs.compile(readFileSync(filename, "utf8"), {
        filename,
        root: folder,
        cache: true,
        strict: true,
        _with: false,
        localsName: "page",
        rmWhitespace: true,
      }) as TemplateFunction;
      compiled.set(name, template);
    }
    return template(page as Record<string, unknown>);
  };
}
