import { type ErrorCode, errorCatalogue } from "../../errors.ts";
import { deErrors } from "./de/errors.ts";
import { de } from "./de/index.ts";
import { en, type Texts } from "./en/index.ts";
import { frErrors } from "./fr/errors.ts";
import { fr } from "./fr/index.ts";
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
  /** Euro cents as an amount, e.g. €9.00. */
  money(cents: number): string;
}

export const english: Language = language("en", "en-GB", en, (code) => errorCatalogue[code]);

/** Every language the pages speak. English comes first: it is what those hear who speak none of them. */
export const languages: readonly Language[] = [
  english,
  language("nl", "nl-NL", nl, (code) => nlErrors[code]),
  language("de", "de-DE", de, (code) => deErrors[code]),
  language("fr", "fr-FR", fr, (code) => frErrors[code]),
];

/** The language that comes nearest to what the panel says about the account (BCP 47, or a locale such as `de_AT`). */
export function languageFor(wanted: string | null): Language {
  const primary = /^[a-z]+/i.exec(wanted ?? "")?.[0].toLowerCase();
  return languages.find(({ tag }) => tag === primary) ?? english;
}

function language(tag: string, locale: string, texts: Texts, error: Language["error"]): Language {
  const day = formatter(locale, { dateStyle: "long" });
  const moment = formatter(locale, { dateStyle: "medium", timeStyle: "medium" });
  // As with dates: made when it is first used.
  let amount: Intl.NumberFormat | null = null;
  const money = (cents: number): string => {
    amount ??= new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
    return amount.format(cents / 100);
  };
  return { tag, texts, error, day, moment, money };
}

/** Made when it is first used: each takes a megabyte, and a server's customers speak few of the languages. */
function formatter(locale: string, style: Intl.DateTimeFormatOptions): (date: Date) => string {
  let made: Intl.DateTimeFormat | null = null;
  return (date) => {
    made ??= new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" });
    return made.format(date);
  };
}
