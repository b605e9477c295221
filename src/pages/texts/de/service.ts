import type { service as English } from "../en/service.ts";

export const service: typeof English = {
  title: "Einstellungen",
  account: "Konto bei Xolphin",
  accountMissing:
    "Tragen Sie das Konto bei Xolphin ein, mit dem dieser Server Zertifikate bestellt und abholt. Vorher kann nichts bestellt werden.",
  username: "Benutzername",
  password: "Passwort",
  system: "System",
  systems: {
    live: "Xolphin",
    test: "Testsystem von Xolphin",
    other: "Wie in der Konfigurationsdatei",
  },
  save: "Ausprobieren und speichern",
  keptWhere:
    "Das Konto wird zuerst ausprobiert. Das Passwort liegt in einer Datei, die nur root und der Dienst lesen können, und wird nie wieder angezeigt.",
  saved:
    "Die Anmeldung wurde angenommen, das Konto ist gespeichert. Der Dienst beginnt damit neu; das dauert einige Sekunden.",
  savedUntried: (sentence) => `Das Konto ist gespeichert, konnte aber nicht ausprobiert werden: ${sentence}`,
  tellXolphin: "Xolphin mitteilen",
  tellHow:
    "Geben Sie Xolphin diese Adresse für Webhooks, in den Einstellungen Ihres Kontos. Ohne sie kommen Zertifikate auch, nur einige Minuten später.",
  selfTest: "Selbsttest",
  selfTestWhat:
    "Probiert jeden Weg, von dem Zertifikate abhängen: Anmeldung, Webhooks, Rechte im Panel, Nameserver, Uhr, Laufwerk und was gezeigt wird.",
  runTest: "Selbsttest starten",
  runAgain: "Erneut starten",
  testedHeadline: (wrong) =>
    wrong === 0
      ? "Alles funktioniert"
      : wrong === 1
        ? "Eine Sache funktioniert nicht"
        : `${wrong} Dinge funktionieren nicht`,
  levels: {
    good: "Gut",
    warn: "Hinweis",
    bad: "Geht nicht",
  },
  columns: {
    check: "Was",
    outcome: "Ergebnis",
    found: "Gefunden",
  },
};
