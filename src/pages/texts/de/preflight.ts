import type { preflight as English } from "../en/preflight.ts";

export const preflight: typeof English = {
  preflight: {
    "name-not-public": {
      sentence: (name) =>
        `${name} kann niemand registrieren, darum zertifiziert ihn keine Zertifizierungsstelle.`,
      remedy: "Wählen Sie einen Namen darunter, der Ihnen gehört.",
    },
    "name-too-long": {
      sentence: (name) => `${name} ist länger als 64 Zeichen, zu lang als erster Name eines Zertifikats.`,
      remedy: "Wählen Sie einen kürzeren Namen als ersten.",
    },
    "too-many-names": {
      sentence: (_name, fact) => `Dieses Produkt nimmt höchstens ${fact} Namen.`,
      remedy: "Wählen Sie weniger Namen oder ein anderes Produkt.",
    },
    "caa-forbids": {
      sentence: (name, fact) =>
        `Das DNS von ${name} erlaubt nur andere Zertifizierungsstellen (CAA: ${fact}).`,
      remedy: "Fügen Sie einen CAA-Eintrag hinzu, der diese erlaubt, oder entfernen Sie die CAA-Einträge.",
    },
    "dnssec-broken": {
      sentence: (name) =>
        `Die DNS-Signaturen (DNSSEC) von ${name} sind kaputt; Zertifizierungsstellen können sein DNS nicht lesen.`,
      remedy: "Reparieren Sie DNSSEC beim Registrar oder DNS-Anbieter oder schalten Sie es ab.",
    },
    "file-redirected": {
      sentence: (name, fact) =>
        `${name} leitet alles nach ${fact} weiter, die Prüfdatei würde also nicht gesehen.`,
      remedy:
        "Lassen Sie /.well-known/pki-validation/ ohne Weiterleitung durch oder wählen Sie die Prüfung über DNS.",
    },
    "file-blocked": {
      sentence: (name, fact) => `${name} antwortet mit Status ${fact}, wo die Prüfdatei liegen wird.`,
      remedy:
        "Nehmen Sie die Anmeldung, die Wartungsseite oder die Regel in .htaccess für /.well-known/pki-validation/ weg.",
    },
    "wildcard-by-file": {
      sentence: (name) => `${name} ist ein Wildcard-Name und kann nicht über eine Datei geprüft werden.`,
      remedy: "Wählen Sie die Prüfung über DNS.",
    },
    "already-secured": {
      sentence: (_name, fact) =>
        `Eine Ihrer Bestellungen brachte schon ein Zertifikat für genau diese Namen; es gilt bis ${fact} und wird von selbst gültig gehalten.`,
      remedy: "Bestellen Sie nicht noch einmal, außer Sie meinen ein zweites.",
    },
    "name-unknown": {
      sentence: (name) => `${name} gibt es im DNS noch nicht.`,
      remedy:
        "Registrieren Sie den Namen oder fügen Sie ihn im DNS hinzu; bis dahin finden Besucher die Website nicht.",
    },
    "leads-elsewhere": {
      sentence: (name, fact) => `${name} führt zu einem anderen Server (${fact}).`,
      remedy:
        "Lassen Sie den Namen auf diesen Server zeigen oder installieren Sie das Zertifikat dort selbst.",
    },
    "some-addresses-elsewhere": {
      sentence: (name, fact) =>
        `Manche Adressen von ${name} gehören nicht zu diesem Server (${fact}), und die Zertifizierungsstelle kann jede davon fragen.`,
      remedy: "Berichtigen Sie die A- und AAAA-Einträge oder wählen Sie die Prüfung über DNS.",
    },
    "site-silent": {
      sentence: (name) => `${name} antwortet nicht auf Port 80.`,
      remedy: "Sorgen Sie dafür, dass die Website antwortet, oder wählen Sie die Prüfung über DNS.",
    },
    "no-site": {
      sentence: (name) =>
        `Keine Website in diesem Konto hat den Namen ${name}, dafür kann das Zertifikat also nicht installiert werden.`,
      remedy: "Fügen Sie den Namen zum Konto hinzu oder lassen Sie ihn weg.",
    },
    "dns-by-hand": {
      sentence: (name) =>
        `Das DNS von ${name} wird anderswo verwaltet, dort muss also von Hand ein Eintrag dazu.`,
      remedy: "Nach dem Bestellen bekommen Sie den Eintrag zum Kopieren.",
    },
    "mail-by-hand": {
      sentence: (name) =>
        `${name} wird per E-Mail geprüft, und jemand muss sie beantworten, bei jeder Neuausstellung wieder.`,
      remedy: "Wählen Sie die Prüfung über DNS, wenn das geht.",
    },
    "key-elsewhere": {
      sentence: () =>
        "Der private Schlüssel liegt nicht auf diesem Server, das Zertifikat kann also heruntergeladen, aber nicht von selbst installiert werden.",
      remedy: "Bestellen Sie ohne eigenen CSR, wenn es sich von selbst installieren soll.",
    },
    "not-looked": {
      sentence: (name) => `Das DNS von ${name} konnte gerade nicht gefragt werden.`,
      remedy: "Sehen Sie gleich noch einmal nach oder gehen Sie weiter.",
    },
  },
};
