import type { Log } from "../logging.ts";
import type { PageRequest } from "../panel.ts";
import type { FormTokens } from "./form-token.ts";
import { frameOf } from "./frame.ts";
import type { PageData } from "./page-data.ts";
import type { PageResponse } from "./page-response.ts";
import type { Render, TemplateName } from "./render.ts";
import type { Language } from "./texts/texts.ts";

/** The hosting company's own name and logo, where the settings give them. */
export interface Brand {
  readonly name: string | null;
  readonly logo: { readonly contentType: string; readonly bytes: Uint8Array } | null;
}

/** What every page is made with. */
export interface PageParts {
  readonly data: PageData;
  readonly render: Render;
  readonly tokens: FormTokens;
  readonly log: Log;
  readonly version: string;
  readonly brand: Brand;
}

/** One request on its way through a page. */
export interface PageCall {
  readonly parts: PageParts;
  readonly data: PageData;
  readonly request: PageRequest;
  readonly language: Language;
}

/** One page of the plugin: where it is, how it is shown, and what may be submitted to it. */
export interface Route {
  readonly path: string;
  /** Shows the page and changes nothing. `notice` is said at its top after a submission. */
  view(call: PageCall, notice: string | null): Promise<PageResponse>;
  /**
   * Submissions by the value of the form's field `action`. The router has checked the form's token and that the caller may
   * change things; whose the object is, is for `PageData` to check.
   */
  readonly actions?: Readonly<Record<string, Action>>;
}

export type Action = (call: PageCall, form: ReadonlyMap<string, string>) => Promise<PageResponse | Outcome>;

/** What a submission leads to: a sentence on top of the same page, or of another one. A frame can't be redirected. */
export interface Outcome {
  readonly notice: string | null;
  readonly show?: { readonly path: string; readonly query?: Readonly<Record<string, string>> };
}

/** Prints a template inside the frame. */
export function showPage(
  { parts, request, language }: PageCall,
  template: TemplateName,
  view: object,
): PageResponse {
  const frame = frameOf(request, language, parts);
  return { output: "page", html: parts.render(template, { frame, ...view }) };
}
