import type { service as English } from "../en/service.ts";

export const service: typeof English = {
  title: "Instellingen",
  account: "Account bij Xolphin",
  accountMissing:
    "Voer het account bij Xolphin in waarmee deze server certificaten bestelt en ophaalt. Eerder kan er niets worden besteld.",
  username: "Gebruikersnaam",
  password: "Wachtwoord",
  system: "Systeem",
  systems: {
    live: "Xolphin",
    test: "Testsysteem van Xolphin",
    other: "Zoals in het configuratiebestand",
  },
  save: "Proberen en bewaren",
  keptWhere:
    "Het account wordt eerst geprobeerd. Het wachtwoord staat in een bestand dat alleen root en de dienst kunnen lezen, en wordt nooit meer getoond.",
  saved:
    "De aanmelding is geaccepteerd en het account is bewaard. De dienst begint er opnieuw mee; dat duurt enkele seconden.",
  savedUntried: (sentence) => `Het account is bewaard, maar kon niet worden geprobeerd: ${sentence}`,
  tellXolphin: "Vertel het Xolphin",
  tellHow:
    "Geef Xolphin dit adres voor webhooks, in de instellingen van uw account. Zonder dat komen certificaten ook, alleen enkele minuten later.",
  selfTest: "Zelftest",
  selfTestWhat:
    "Probeert elk pad waarvan certificaten afhangen: aanmelding, webhooks, rechten in het paneel, nameservers, klok, schijf en wat er wordt getoond.",
  runTest: "Zelftest starten",
  runAgain: "Opnieuw starten",
  testedHeadline: (wrong) =>
    wrong === 0 ? "Alles werkt" : wrong === 1 ? "Eén ding werkt niet" : `${wrong} dingen werken niet`,
  levels: {
    good: "Goed",
    warn: "Opmerking",
    bad: "Werkt niet",
  },
  columns: {
    check: "Wat",
    outcome: "Uitkomst",
    found: "Gevonden",
  },
};
