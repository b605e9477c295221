import { type ErrorCode, errorCatalogue } from "../../errors.ts";
import { en, type Texts } from "./en/index.ts";
import { nlErrors } from "./nl/errors.ts";
import { nl } from "./nl/index.ts";

/** Everything a page says in one language. */
export interface Language {
  /** BCP 47, for the `lang` attribute. */
  readonly tag: string;
  readonly texts: Texts;
  /** The sentence and the next step of an error. */
  error(code: ErrorCode): { readonly sentence: string; readonly next: string };
  /** A day, e.g. 12 March 2027. */
  day(date: Date): string;
  /** A moment to the second, in UTC. */
  moment(date: Date): string;
}

export const english: Language = language("en", "en-GB", en, (code) => errorCatalogue[code]);
export const dutch: Language = language("nl", "nl-NL", nl, (code) => nlErrors[code]);

/** The language that comes nearest to what the panel says about the account; English when it says nothing we speak. */
export function languageFor(wanted: string | null): Language {
  return wanted?.toLowerCase().startsWith("nl") === true ? dutch : english;
}

function language(tag: string, locale: string, texts: Texts, error: Language["error"]): Language {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "UTC",
  });
  return {
    tag,
    texts,
    error,
    day: (date) => day.format(date),
    moment: (date) => moment.format(date),
  };
}
