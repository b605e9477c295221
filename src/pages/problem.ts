import type { CodedError } from "../errors.ts";
import type { PageRequest } from "../panel.ts";
import { frameOf } from "./frame.ts";
import type { Render } from "./render.ts";
import type { PageParts } from "./route.ts";
import { english, type Language } from "./texts/texts.ts";

const unknownParts = { version: "", brand: { name: null, logo: null } };

/** The page for whoever could not be shown one, perhaps not even recognised. */
export function renderProblem(
  render: Render,
  error: CodedError,
  language: Language = english,
  request: PageRequest | null = null,
  parts: Pick<PageParts, "version" | "brand"> = unknownParts,
): string {
  const { sentence, next } = language.error(error.code);
  return render("problem", {
    frame: request === null ? null : frameOf(request, language, parts),
    lang: language.tag,
    texts: language.texts,
    code: error.code,
    sentence,
    next,
    listHref: request?.href("/") ?? null,
  });
}
