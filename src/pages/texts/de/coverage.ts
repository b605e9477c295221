import type { coverage as English } from "../en/coverage.ts";

export const coverage: typeof English = {
  coverage: {
    title: "Websites",
    searchLabel: "Teil eines Namens oder Kontos",
    searchOwn: "Teil eines Namens",
    columns: { site: "Website", issuer: "Ausgestellt von", action: "Was Sie tun können" },
    groups: { all: "Alle", problems: "Nicht gesichert", "under-way": "In Arbeit", secured: "Gesichert" },
    badges: { good: "Gesichert", act: "Braucht Aufmerksamkeit", busy: "In Arbeit", ended: "–" },
    results: (count) => (count === 1 ? "1 Website" : `${count} Websites`),
    emptyAll:
      "Dieses Konto hat noch keine Websites. Fügen Sie im Panel eine Domain hinzu; dann erscheint sie hier.",
    emptySearch: "Nichts gefunden. Suchen Sie nach einem Teil des Namens oder wählen Sie eine andere Gruppe.",
    lookAgain: "Jetzt noch einmal nachsehen",
    lookingAgain:
      "Die Websites werden noch einmal angesehen. Diese Seite ändert sich, wenn Antworten kommen.",
    lookedAt: (time) => `Angesehen am ${time}`,
    notCovered: "nicht abgedeckt",
    ownOrder: "Bestellung ansehen",
    secure: "Sichern",
    goOn: "Fortfahren",
    see: "Ansehen, was zu tun ist",
    nextSecure: "Wählen Sie ein Zertifikat; es wird von selbst installiert und gültig gehalten.",
    nextSee: "Öffnen Sie die Bestellung und tun Sie, was dort steht.",
    nextAsk: "Bitten Sie Ihren Hosting-Anbieter, ein Zertifikat zu bestellen.",
    notSecured: (count, total, name) =>
      count === 1 ? `${name} ist nicht gesichert` : `${count} von ${total} Websites sind nicht gesichert`,
    waiting: (count, name) =>
      count === 1 ? `Das Zertifikat für ${name} wartet auf Sie` : `${count} Zertifikate warten auf Sie`,
    held: (count) =>
      count === 1
        ? "Eine Website wartet auf Ihren Hosting-Anbieter"
        : `${count} Websites warten auf Ihren Hosting-Anbieter`,
    underWay: (count) => (count === 1 ? "Eine Website wird gesichert" : `${count} Websites werden gesichert`),
    looking: "Ihre Websites werden angesehen",
    allSecured: (count) =>
      count === 1 ? "Ihre Website ist gesichert" : `Alle ${count} Websites sind gesichert`,
    states: {
      expired: "Abgelaufen",
      unprotected: "Nicht gesichert",
      "self-signed": "Selbst signiert",
      untrusted: "Nicht vertrauenswürdig",
      "other-name": "Anderer Name",
      incomplete: "Teilweise gesichert",
      waiting: "Wartet auf Sie",
      ending: "Läuft bald ab",
      held: "Wartet auf Ihren Anbieter",
      "under-way": "Wird gesichert",
      unknown: "Wird angesehen",
      free: "Gesichert, kostenloses Zertifikat",
      secured: "Gesichert",
    },
    explanations: {
      expired: "Besucher sehen eine Warnung: Das Zertifikat ist abgelaufen.",
      unprotected: "Es gibt keine sichere Verbindung zu dieser Website.",
      "self-signed": "Besucher sehen eine Warnung: Das Zertifikat stammt von keiner Zertifizierungsstelle.",
      untrusted:
        "Besucher sehen vielleicht eine Warnung: Die Kette zu einer vertrauten Wurzel hat eine Lücke.",
      "other-name": "Besucher sehen eine Warnung: Das Zertifikat gilt für einen anderen Namen.",
      incomplete: "Manche Namen dieser Website stehen nicht im Zertifikat.",
      waiting: "Eine Bestellung für diese Website wartet auf etwas, das nur Sie tun können.",
      ending: "Das Zertifikat endet innerhalb von zwei Wochen und nichts ist in Arbeit.",
      held: "Eine Bestellung für diese Website wartet auf Ihren Hosting-Anbieter.",
      "under-way": "Eine Bestellung für diese Website ist in Arbeit.",
      unknown:
        "Der erste Blick auf diese Website ist unterwegs und binnen einer Minute da. Auf einem beschäftigten Server kann es etwas länger dauern.",
      free: "Ein kostenloses Zertifikat, das das Panel erneuert.",
      secured: "Besucher bekommen eine sichere Verbindung.",
    },
  },
};
