import type { list as English } from "../en/list.ts";

export const list: typeof English = {
  search: "Zoeken",
  searchLabel: "Naam, account of nummer",
  show: "Tonen",
  groups: {
    all: "Alle",
    attention: "Vraagt aandacht",
    busy: "Onderweg",
    secured: "Beveiligd",
    ended: "Beëindigd",
  },
  results: (count) => (count === 1 ? "1 aanvraag" : `${count} aanvragen`),
  resultsCut: (count) => `De nieuwste ${count} van meer aanvragen; typ meer van de naam om andere te vinden`,
  emptyAll:
    "Er zijn nog geen certificaten. Vraag uw hostingbedrijf er een te bestellen, of bestel er een via de opdrachtregel.",
  emptySearch: "Niets gevonden. Zoek op een deel van de naam, het account of het nummer.",
  emptyGroup: "In deze groep staat niets.",
};
