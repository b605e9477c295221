import { type ErrorCode, errorCatalogue } from "../../src/errors.ts";
import { english, languageFor, languages } from "../../src/pages/texts/texts.ts";

const sample = "7";

/** Every text of a language by its place; one made from facts is made from samples. */
function leaves(value: unknown, at: string, found = new Map<string, string>()): Map<string, string> {
  if (typeof value === "string") found.set(at, value);
  else if (typeof value === "function")
    found.set(at, String(sayWith(value as (...facts: unknown[]) => string)));
  else {
    for (const [key, inner] of Object.entries(value as object)) {
      leaves(inner, at === "" ? key : `${at}.${key}`, found);
    }
  }
  return found;
}

/** Stands for any fact: it reads as a number and has any property asked for. */
function sayWith(say: (...facts: unknown[]) => string): string {
  const fact = new Proxy(() => sample, {
    get: (_target, key) => (key === Symbol.toPrimitive ? () => sample : sample),
  });
  return say(fact, fact, fact, fact);
}

test.each(languages)("$tag says everything that English says", ({ texts }) => {
  const found = leaves(texts, "");
  expect([...found.keys()]).toEqual([...leaves(english.texts, "").keys()]);
  for (const [at, text] of found) expect([at, text]).toEqual([at, expect.stringMatching(/\S/)]);
});

test.each(languages.filter((language) => language !== english))(
  "$tag leaves no sentence in English, and names every fact that English names",
  ({ texts }) => {
    const own = leaves(texts, "");
    const forgotten: string[] = [];
    for (const [at, text] of leaves(english.texts, "")) {
      const words = text.split(/\s+/).length;
      if (words > 3 && own.get(at) === text) forgotten.push(at);
      const count = (said: string): number => said.split(sample).length;
      if (count(own.get(at) ?? "") !== count(text)) forgotten.push(`${at}: facts`);
    }
    expect(forgotten).toEqual([]);
  },
);

test.each(languages)(
  "$tag has a sentence for every error, and a next step where there is one",
  (language) => {
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      const { sentence, next } = language.error(code);
      expect([code, sentence]).toEqual([code, expect.stringMatching(/^\S.*\.$/)]);
      expect([code, next === ""]).toEqual([code, errorCatalogue[code].next === ""]);
      if (language !== english) expect(sentence).not.toBe(errorCatalogue[code].sentence);
    }
  },
);

test.each([
  ["nl", "nl"],
  ["NL-be", "nl"],
  ["de_AT", "de"],
  ["fr", "fr"],
  ["pt-br", "en"],
  ["frr", "en"],
  ["", "en"],
  [null, "en"],
])("a panel that says %p is answered in %s", (wanted, tag) => {
  expect(languageFor(wanted).tag).toBe(tag);
});
