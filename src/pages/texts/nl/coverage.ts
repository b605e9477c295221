import type { coverage as English } from "../en/coverage.ts";

export const coverage: typeof English = {
  coverage: {
    title: "Websites",
    searchLabel: "Deel van een naam of account",
    searchOwn: "Deel van een naam",
    columns: { site: "Website", issuer: "Uitgegeven door", action: "Wat u kunt doen" },
    groups: { all: "Alle", problems: "Niet beveiligd", "under-way": "Onderweg", secured: "Beveiligd" },
    badges: { good: "Beveiligd", act: "Vraagt aandacht", busy: "Onderweg", ended: "–" },
    results: (count) => (count === 1 ? "1 website" : `${count} websites`),
    emptyAll:
      "Dit account heeft nog geen websites. Voeg een domein toe in het paneel; dan verschijnt het hier.",
    emptySearch: "Niets gevonden. Zoek op een deel van de naam of kies een andere groep.",
    lookAgain: "Nu opnieuw kijken",
    lookingAgain: "De websites worden opnieuw bekeken. Deze pagina verandert als er antwoord komt.",
    lookedAt: (time) => `Bekeken op ${time}`,
    notCovered: "niet gedekt",
    ownOrder: "Bestelling bekijken",
    secure: "Beveiligen",
    goOn: "Verdergaan",
    see: "Bekijk wat te doen",
    nextSecure: "Kies een certificaat; het wordt vanzelf geïnstalleerd en geldig gehouden.",
    nextSee: "Open de bestelling en doe wat daar staat.",
    nextAsk: "Vraag uw hostingbedrijf een certificaat te bestellen.",
    notSecured: (count, total, name) =>
      count === 1 ? `${name} is niet beveiligd` : `${count} van ${total} websites zijn niet beveiligd`,
    waiting: (count, name) =>
      count === 1 ? `Het certificaat voor ${name} wacht op u` : `${count} certificaten wachten op u`,
    held: (count) =>
      count === 1
        ? "Eén website wacht op uw hostingbedrijf"
        : `${count} websites wachten op uw hostingbedrijf`,
    underWay: (count) => (count === 1 ? "Eén website wordt beveiligd" : `${count} websites worden beveiligd`),
    looking: "Uw websites worden bekeken",
    allSecured: (count) =>
      count === 1 ? "Uw website is beveiligd" : `Alle ${count} websites zijn beveiligd`,
    states: {
      expired: "Verlopen",
      unprotected: "Niet beveiligd",
      "self-signed": "Zelf ondertekend",
      untrusted: "Niet vertrouwd",
      "other-name": "Andere naam",
      incomplete: "Deels beveiligd",
      waiting: "Wacht op u",
      ending: "Loopt af",
      held: "Wacht op uw hostingbedrijf",
      "under-way": "Wordt beveiligd",
      unknown: "Wordt bekeken",
      free: "Beveiligd, gratis certificaat",
      secured: "Beveiligd",
    },
    explanations: {
      expired: "Bezoekers zien een waarschuwing: het certificaat is verlopen.",
      unprotected: "Er is geen beveiligde verbinding met deze website.",
      "self-signed":
        "Bezoekers zien een waarschuwing: het certificaat is niet door een autoriteit uitgegeven.",
      untrusted:
        "Bezoekers zien misschien een waarschuwing: de keten naar een vertrouwde root heeft een gat.",
      "other-name": "Bezoekers zien een waarschuwing: het certificaat is voor een andere naam.",
      incomplete: "Sommige namen van deze website staan niet in het certificaat.",
      waiting: "Een bestelling voor deze website wacht op iets wat alleen u kunt doen.",
      ending: "Het certificaat loopt binnen twee weken af en er is niets onderweg.",
      held: "Een bestelling voor deze website wacht op uw hostingbedrijf.",
      "under-way": "Er is een bestelling voor deze website onderweg.",
      unknown:
        "De eerste blik op deze website is onderweg en er binnen een minuut. Op een drukke server kan het iets langer duren.",
      free: "Een gratis certificaat, dat het paneel verlengt.",
      secured: "Bezoekers krijgen een beveiligde verbinding.",
    },
  },
};
