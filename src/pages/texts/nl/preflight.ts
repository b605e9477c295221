import type { preflight as English } from "../en/preflight.ts";

export const preflight: typeof English = {
  preflight: {
    "name-not-public": {
      sentence: (name) =>
        `${name} is geen naam die geregistreerd kan worden; geen autoriteit certificeert hem.`,
      remedy: "Kies een naam daaronder die van u is.",
    },
    "name-too-long": {
      sentence: (name) => `${name} is langer dan 64 tekens, te lang als eerste naam van een certificaat.`,
      remedy: "Kies een kortere naam als eerste.",
    },
    "too-many-names": {
      sentence: (_name, fact) => `Dit product neemt ten hoogste ${fact} namen.`,
      remedy: "Kies minder namen of een ander product.",
    },
    "caa-forbids": {
      sentence: (name, fact) => `De DNS van ${name} staat alleen andere autoriteiten toe (CAA: ${fact}).`,
      remedy: "Voeg een CAA-record toe dat deze autoriteit toestaat, of verwijder de CAA-records.",
    },
    "dnssec-broken": {
      sentence: (name) =>
        `De DNS-handtekeningen (DNSSEC) van ${name} kloppen niet; autoriteiten kunnen de DNS niet lezen.`,
      remedy: "Herstel DNSSEC bij de registrar of DNS-provider, of schakel het uit.",
    },
    "file-redirected": {
      sentence: (name, fact) =>
        `${name} stuurt alles door naar ${fact}, dus het validatiebestand zou niet gezien worden.`,
      remedy: "Laat /.well-known/pki-validation/ zonder doorverwijzing door, of kies validatie via DNS.",
    },
    "file-blocked": {
      sentence: (name, fact) => `${name} antwoordt met status ${fact} waar het validatiebestand komt.`,
      remedy:
        "Haal de login, de onderhoudspagina of de regel in .htaccess weg voor /.well-known/pki-validation/.",
    },
    "wildcard-by-file": {
      sentence: (name) => `${name} is een wildcard en die kan niet met een bestand gevalideerd worden.`,
      remedy: "Kies validatie via DNS.",
    },
    "already-secured": {
      sentence: (_name, fact) =>
        `Een bestelling van u bracht al een certificaat voor precies deze namen; het is geldig tot ${fact} en wordt vanzelf geldig gehouden.`,
      remedy: "Bestel niet opnieuw, tenzij u een tweede bedoelt.",
    },
    "name-unknown": {
      sentence: (name) => `${name} bestaat nog niet in de DNS.`,
      remedy: "Registreer de naam of voeg hem toe aan de DNS; tot dan vinden bezoekers de website niet.",
    },
    "leads-elsewhere": {
      sentence: (name, fact) => `${name} leidt naar een andere server (${fact}).`,
      remedy: "Laat de naam naar deze server wijzen, of installeer het certificaat daar zelf.",
    },
    "some-addresses-elsewhere": {
      sentence: (name, fact) =>
        `Sommige adressen van ${name} zijn niet van deze server (${fact}) en de autoriteit kan elk ervan vragen.`,
      remedy: "Verbeter de A- en AAAA-records of kies validatie via DNS.",
    },
    "site-silent": {
      sentence: (name) => `${name} antwoordt niet op poort 80.`,
      remedy: "Zorg dat de website antwoordt of kies validatie via DNS.",
    },
    "no-site": {
      sentence: (name) =>
        `Geen website in dit account heeft de naam ${name}, dus daarvoor kan het certificaat niet geïnstalleerd worden.`,
      remedy: "Voeg de naam toe aan het account of laat hem weg.",
    },
    "dns-by-hand": {
      sentence: (name) =>
        `De DNS van ${name} wordt elders beheerd, dus daar moet met de hand een record worden toegevoegd.`,
      remedy: "Na het bestellen krijgt u het record om te kopiëren.",
    },
    "mail-by-hand": {
      sentence: (name) =>
        `${name} wordt per e-mail gevalideerd en iemand moet die beantwoorden, bij elke heruitgifte opnieuw.`,
      remedy: "Kies validatie via DNS als dat kan.",
    },
    "key-elsewhere": {
      sentence: () =>
        "De privésleutel staat niet op deze server, dus het certificaat is te downloaden maar installeert zich niet vanzelf.",
      remedy: "Bestel zonder eigen CSR als het zich vanzelf moet installeren.",
    },
    "not-looked": {
      sentence: (name) => `De DNS van ${name} kon nu niet worden bevraagd.`,
      remedy: "Kijk zo nog eens of ga verder.",
    },
  },
};
