import type { ErrorCode } from "../../../errors.ts";

/** What the error catalogue says, in Dutch; the English words are in the catalogue itself. */
export const nlErrors: Readonly<Record<ErrorCode, { readonly sentence: string; readonly next: string }>> = {
  usage: { sentence: "De opdracht is niet begrepen.", next: "Lees de gebruikstekst en probeer het opnieuw." },
  "settings-invalid": {
    sentence: "De configuratie bevat fouten.",
    next: "Verbeter de genoemde sleutels en start opnieuw.",
  },
  "setup-failed": {
    sentence: "De server kon niet worden ingericht.",
    next: "Verbeter wat genoemd is en voer het opnieuw uit; het gaat verder waar het stopte.",
  },
  "package-damaged": {
    sentence: "Het pakket is niet volledig, of het is gewijzigd nadat het was gemaakt.",
    next: "Download het opnieuw en vergelijk de controlesom en de handtekening.",
  },
  "upgrade-failed": {
    sentence: "De nieuwe versie werd niet gezond; de vorige versie draait weer.",
    next: "Houd de vorige versie en meld wat genoemd is.",
  },
  "input-invalid": {
    sentence: "Iets in de invoer is niet geldig.",
    next: "Verbeter wat genoemd is en probeer het opnieuw.",
  },
  "host-name-invalid": {
    sentence: "Dit is geen geldige hostnaam.",
    next: "Controleer de spelling van de naam.",
  },
  "csr-invalid": {
    sentence: "De certificaataanvraag (CSR) is niet bruikbaar.",
    next: "Maak een nieuwe en probeer het opnieuw.",
  },
  "key-invalid": {
    sentence: "De privésleutel is niet bruikbaar.",
    next: "Geef een onversleutelde RSA- of EC-sleutel in PEM.",
  },
  "key-weak": {
    sentence: "De sleutel is te zwak om veilig te zijn.",
    next: "Gebruik RSA 2048 tot 4096 bits, P-256 of P-384.",
  },
  "nothing-to-do": { sentence: "Er is niets te doen.", next: "" },
  "delivery-malformed": { sentence: "Een webhook was niet te begrijpen.", next: "" },
  "delivery-refused": {
    sentence: "Een webhook kwam van een adres dat niet op de lijst staat.",
    next: "Als de adressen van Xolphin zijn veranderd, voeg dan het nieuwe toe aan webhook.allowedSources.",
  },
  "delivery-unmatched": { sentence: "Een webhook noemt een aanvraag die hier nog niet bekend is.", next: "" },
  "ca-unreachable": { sentence: "Xolphin is op dit moment niet bereikbaar.", next: "" },
  "ca-fault": { sentence: "Xolphin antwoordde met een eigen storing.", next: "" },
  "ca-busy": { sentence: "Xolphin vraagt om het rustiger aan te doen.", next: "" },
  "ca-account-missing": {
    sentence: "Het account bij Xolphin is nog niet ingevoerd.",
    next: "Voer het in op de beheerpagina, of met xolphin-ssl setup.",
  },
  "ca-refused-us": {
    sentence:
      "Xolphin weigert de gebruikersnaam of het wachtwoord van het account, of het adres van deze server.",
    next: "Controleer het CA-account in de instellingen; aanvragen wachten tot het weer werkt.",
  },
  "ca-answer-unreadable": { sentence: "Het antwoord van Xolphin was niet te begrijpen.", next: "" },
  "ca-refused-order": {
    sentence: "Xolphin neemt de bestelling niet aan.",
    next: "Verbeter wat Xolphin noemt en bestel opnieuw.",
  },
  "ca-not-found": { sentence: "Xolphin kent deze aanvraag niet.", next: "" },
  "ca-outcome-unknown": {
    sentence:
      "De bestelling is verstuurd maar het antwoord ging verloren; er wordt gekeken of ze is geplaatst.",
    next: "",
  },
  "order-lost": {
    sentence: "De bestelling is bij Xolphin niet te vinden, niet als aanvraag en niet als certificaat.",
    next: "Vraag het de helpdesk van Xolphin en noem het aanvraagnummer.",
  },
  "order-not-placed": {
    sentence: "De bestelling is niet bij Xolphin aangekomen; er is niets gekocht.",
    next: "Plaats de bestelling opnieuw.",
  },
  "order-not-allowed": {
    sentence: "Certificaten worden hier niet op dit niveau besteld.",
    next: "Vraag uw hostingbedrijf.",
  },
  "product-not-allowed": {
    sentence: "Dit product wordt hier niet verkocht.",
    next: "Kies een ander product of vraag uw hostingbedrijf.",
  },
  "order-limit-reached": {
    sentence: "De grens voor bestellingen per dag is bereikt; er is niets besteld.",
    next: "Bestel morgen opnieuw of vraag uw hostingbedrijf.",
  },
  "approval-needed": {
    sentence: "De bestelling wacht tot uw hostingbedrijf haar heeft goedgekeurd.",
    next: "Keur de bestelling goed of wijs haar af op de beheerpagina.",
  },
  "order-declined": {
    sentence: "Uw hostingbedrijf heeft de bestelling niet goedgekeurd; er is niets gekocht.",
    next: "Vraag uw hostingbedrijf naar de reden.",
  },
  "dry-run": {
    sentence: "Dit was een proefloop: de bestelling is gecontroleerd en opgeschreven, maar niet verstuurd.",
    next: "",
  },
  "already-ordered": {
    sentence: "Er is al een bestelling voor precies deze namen onderweg.",
    next: "Volg die, of wacht tot ze is afgerond.",
  },
  "price-changed": {
    sentence: "De prijs is veranderd sinds u hem zag; er is niets besteld.",
    next: "Bekijk de nieuwe prijs en bestel opnieuw als u akkoord gaat.",
  },
  "order-incomplete": {
    sentence: "Er ontbreekt nog iets aan de bestelling; er is niets besteld.",
    next: "Vul in wat genoemd is en bestel opnieuw.",
  },
  "order-would-fail": {
    sentence: "De bestelling zou mislukken en is daarom niet verstuurd.",
    next: "Neem weg wat in de weg staat, zoals getoond, en bestel opnieuw.",
  },
  "not-issued-yet": { sentence: "Het certificaat is nog niet uitgegeven.", next: "" },
  "renewal-consent-needed": {
    sentence: "De betaalde looptijd van dit certificaat loopt af.",
    next: "Verleng het, of geef aan dat het mag aflopen.",
  },
  "reissue-consent-needed": {
    sentence: "Dit certificaat loopt af; het volgende binnen de betaalde looptijd kost niets.",
    next: "Vraag het volgende certificaat aan.",
  },
  "selection-changed": {
    sentence: "Wat overeenkomt, is veranderd sinds de pagina is gemaakt.",
    next: "Bekijk het aantal opnieuw en herhaal het.",
  },
  "successor-under-way": { sentence: "Het volgende certificaat is al onderweg.", next: "" },
  "request-deleted": { sentence: "Xolphin zegt dat deze aanvraag is verwijderd.", next: "" },
  "request-cancelled": { sentence: "Deze aanvraag is geannuleerd.", next: "" },
  "dcv-values-missing": {
    sentence: "Xolphin heeft nog niet gezegd wat er gepubliceerd moet worden.",
    next: "",
  },
  "dcv-values-suspicious": {
    sentence: "De validatiewaarden van Xolphin horen niet bij deze naam en zijn daarom niet gepubliceerd.",
    next: "Vraag het de helpdesk van Xolphin.",
  },
  "dcv-zone-elsewhere": {
    sentence: "De DNS van deze naam wordt elders beheerd.",
    next: "Voeg het getoonde record toe bij uw DNS-aanbieder.",
  },
  "dcv-not-visible": { sentence: "De validatie is van buiten nog niet zichtbaar.", next: "" },
  "dcv-record-conflict": {
    sentence: "Er staat een ander DNS-record waar het validatierecord moet komen.",
    next: "Verwijder het oude record of kies een andere validatiemethode.",
  },
  "dcv-file-blocked": {
    sentence: "De website toont het validatiebestand niet.",
    next: "Laat /.well-known/pki-validation/ door: geen doorverwijzing naar een andere host, geen login, geen onderhoudspagina.",
  },
  "dcv-email-waiting": {
    sentence: "De CA wacht op antwoord op de goedkeuringsmail.",
    next: "Open de mail van de CA en volg de link.",
  },
  "dcv-method-unsupported": {
    sentence: "Deze naam kan met de gekozen methode niet gevalideerd worden.",
    next: "Kies DNS-validatie.",
  },
  "organization-needed": {
    sentence: "Xolphin heeft iets nodig over de organisatie.",
    next: "Lees het bericht van Xolphin en beantwoord het.",
  },
  "phone-needed": {
    sentence: "Het validatiegesprek kon niet worden afgerond.",
    next: "Plan een nieuw gesprek.",
  },
  "phone-delayed": { sentence: "Het validatiegesprek is uitgesteld.", next: "" },
  "whois-needed": {
    sentence: "De eigenaar van de naam kon niet worden bevestigd.",
    next: "Lees het bericht van Xolphin en beantwoord het.",
  },
  "message-waiting": {
    sentence: "Er is een nieuw bericht van Xolphin.",
    next: "Lees het en beantwoord het.",
  },
  "brand-review": {
    sentence: "De CA controleert de naam met de hand omdat die op een merk lijkt.",
    next: "",
  },
  "csr-refused-by-ca": {
    sentence: "De CA neemt de certificaataanvraag (CSR) niet aan.",
    next: "Vraag een heruitgifte aan.",
  },
  "certificate-unreadable": {
    sentence: "Het certificaatbestand van Xolphin kon niet worden gelezen.",
    next: "",
  },
  "certificate-not-ours": {
    sentence: "Het aangeboden certificaat hoort bij een andere sleutel, misschien de vorige.",
    next: "",
  },
  "key-missing": {
    sentence: "De privésleutel van dit certificaat staat niet op deze server.",
    next: "Geef de sleutel (adopt) of vraag een heruitgifte aan, waarbij een nieuwe wordt gemaakt.",
  },
  "key-mismatch": {
    sentence: "De sleutel hoort niet bij het certificaat.",
    next: "Vraag een heruitgifte aan.",
  },
  "key-unreadable": {
    sentence: "Een bewaarde privésleutel kan niet worden geopend.",
    next: "Zet de machinesleutel terug uit de back-up of vraag een heruitgifte aan.",
  },
  "chain-incomplete": {
    sentence: "De certificaten tussen dit certificaat en een vertrouwde root ontbreken.",
    next: "",
  },
  "chain-expired": { sentence: "Een certificaat in de keten is verlopen.", next: "" },
  "certificate-expired": { sentence: "Het certificaat is verlopen.", next: "Verleng het." },
  "certificate-expires-soon": {
    sentence: "Het certificaat is nog geen dag geldig.",
    next: "Vraag een heruitgifte of verlenging aan.",
  },
  "certificate-not-yet-valid": {
    sentence: "Het certificaat is nog niet geldig; het wordt geïnstalleerd zodra het dat is.",
    next: "",
  },
  "certificate-weak": {
    sentence: "Het certificaat gebruikt een zwakke sleutel of handtekening.",
    next: "Vraag een heruitgifte met een nieuwe sleutel aan.",
  },
  "certificate-wrong-use": {
    sentence: "Het certificaat is niet voor webservers.",
    next: "Vraag het de helpdesk van Xolphin.",
  },
  "clock-implausible": {
    sentence: "De klok van deze server loopt verkeerd, dus er gebeurt niets wat van de datum afhangt.",
    next: "Zet de klok gelijk (NTP).",
  },
  "no-vhost": {
    sentence: "Geen website op deze server heeft een naam van dit certificaat.",
    next: "Voeg de naam toe aan het hostingaccount en installeer dan opnieuw.",
  },
  "vhost-unknown": {
    sentence: "De website bestaat niet meer.",
    next: "Kies een andere website en installeer dan opnieuw.",
  },
  "owner-changed": {
    sentence: "De website hoort nu bij een ander account dan dat wat heeft besteld.",
    next: "Een beheerder moet beslissen.",
  },
  "account-suspended": { sentence: "Het hostingaccount is geblokkeerd.", next: "Activeer het account." },
  "ssl-not-allowed": {
    sentence: "Het hostingaccount mag geen TLS-certificaten gebruiken.",
    next: "Zet SSL aan voor het account of het pakket.",
  },
  "already-installed": { sentence: "Dit certificaat is al geïnstalleerd.", next: "" },
  "newer-installed": { sentence: "Er is al een nieuwer certificaat geïnstalleerd.", next: "" },
  "covers-less": {
    sentence: "Het nieuwe certificaat dekt minder namen dan het huidige.",
    next: "Installeer toch, of bestel er een met alle namen.",
  },
  "names-not-covered": {
    sentence: "Het certificaat dekt geen naam van deze website.",
    next: "Kies een andere website of een ander certificaat.",
  },
  "policy-keeps-current": {
    sentence: "Het beleid van de server houdt het huidige certificaat.",
    next: "Installeer met de hand of wijzig policy.replace.",
  },
  "panel-unreachable": {
    sentence: "Het controlepaneel antwoordt niet.",
    next: "Kijk of het controlepaneel draait.",
  },
  "panel-fault": {
    sentence: "Het controlepaneel meldt een eigen storing.",
    next: "Kijk wat het paneel zegt.",
  },
  "panel-refused-us": {
    sentence: "Het controlepaneel staat deze plug-in niet toe wat ze nodig heeft.",
    next: "Start de zelftest (doctor) en herstel de genoemde rechten.",
  },
  "panel-refused": {
    sentence: "Het controlepaneel weigert het certificaat.",
    next: "Kijk wat het paneel zegt.",
  },
  "panel-answer-unreadable": {
    sentence: "Het antwoord van het controlepaneel was niet te begrijpen.",
    next: "",
  },
  "panel-disk-full": { sentence: "De schijf van de server is vol.", next: "Maak ruimte." },
  "panel-feature-missing": { sentence: "Deze versie van het controlepaneel kan dat niet.", next: "" },
  "panel-not-applied": {
    sentence: "Het controlepaneel zei ja, maar het certificaat is niet opgeslagen.",
    next: "",
  },
  "account-unknown": {
    sentence: "Dit hostingaccount bestaat niet.",
    next: "Controleer de naam van het account.",
  },
  "session-refused": {
    sentence: "Het controlepaneel bevestigde uw sessie niet.",
    next: "Log opnieuw in op het controlepaneel.",
  },
  "form-expired": {
    sentence: "Dit formulier is te oud of komt ergens anders vandaan.",
    next: "Open de pagina opnieuw en herhaal het.",
  },
  "not-allowed": { sentence: "U mag dit niet doen.", next: "Vraag het uw hostingbedrijf." },
  "read-only": {
    sentence:
      "U mag hier kijken maar niets wijzigen: dit is een demonstratieaccount, of uw login heeft er het recht niet toe.",
    next: "Log in als accounthouder, of vraag het uw hostingbedrijf.",
  },
  "not-found": { sentence: "Deze pagina of aanvraag bestaat niet.", next: "Ga terug naar de lijst." },
  "not-served-yet": {
    sentence: "Geïnstalleerd, maar de webserver toont het nieuwe certificaat nog niet.",
    next: "",
  },
  "served-old": {
    sentence: "De webserver toont nog een ander certificaat.",
    next: "Controleer de configuratie van de webserver en laad die opnieuw.",
  },
  "served-other": {
    sentence: "De webserver toonde een certificaat dat noch het nieuwe noch het oude is.",
    next: "Controleer of de configuratie van de webserver een tweede site met deze naam heeft.",
  },
  "served-incomplete": {
    sentence: "De webserver toont het certificaat zonder volledige keten.",
    next: "Controleer de configuratie van de webserver.",
  },
  "tls-unreachable": {
    sentence: "Er kon geen TLS-verbinding met de website worden gemaakt.",
    next: "Controleer de webserver.",
  },
  "tls-refused": { sentence: "De webserver brak de TLS-handshake af.", next: "Controleer de webserver." },
  "web-server-broken": {
    sentence: "De configuratie van de webserver is kapot, daarom is het oude certificaat teruggezet.",
    next: "Herstel de configuratie van de webserver en installeer dan opnieuw.",
  },
  "replaced-by-other": {
    sentence: "Iets anders heeft het certificaat vervangen.",
    next: "Zoek uit wat, of laat de plug-in het terugzetten.",
  },
  "store-busy": { sentence: "De opslag is bezet.", next: "" },
  "store-unusable": { sentence: "De opslag is niet bruikbaar.", next: "Start de zelftest (doctor)." },
  "store-damaged": {
    sentence: "De opslag was beschadigd en is opzijgezet.",
    next: "Controleer de schijf en loop de lijst van aanvragen na; bestellingen waarvan de sleutel hier staat, zijn weer overgenomen.",
  },
  "store-newer": {
    sentence: "De opslag is geschreven door een nieuwere versie.",
    next: "Installeer die versie of een nieuwere.",
  },
  "disk-full": { sentence: "De schijf is vol; er kan niets worden bewaard.", next: "Maak ruimte." },
  "agent-unreachable": {
    sentence: "De dienst van de plug-in draait niet.",
    next: "Start de dienst xolphin-ssl.",
  },
  "mail-not-sent": {
    sentence: "Een mail kon niet worden verzonden.",
    next: "Controleer sendmail op de server, of notify.smtp in de instellingen.",
  },
  parked: {
    sentence: "Dit werk mislukte vijf keer onverwacht en is terzijde gelegd.",
    next: "Lees het log met de genoemde referentie en probeer het daarna met de hand opnieuw.",
  },
  "bus-unreachable": { sentence: "De hub van de vloot is nu niet bereikbaar.", next: "" },
  "bus-not-durable": {
    sentence: "De berichtenbus bewaart webhooks niet veilig; daarom worden er geen aangenomen.",
    next: "Geef elke busserver de configuratie die fleet init schreef: drie replica's, altijd gesynchroniseerd. Herstart een server die de andere niet zien.",
  },
  "bus-answer-unreadable": {
    sentence: "Een bericht op de bus van de vloot was niet te begrijpen.",
    next: "",
  },
  "fleet-refused": {
    sentence: "De hub van de vloot laat deze server dat niet doen.",
    next: "Vraag de beheerder van de vloot van wie deze bestelling is.",
  },
  "server-cloned": {
    sentence: "Een andere machine draagt de naam van deze server in de vloot; deze kijkt daarom alleen.",
    next: "Zeg op deze machine: xolphin-ssl fleet moved, als dit nu de server is, of xolphin-ssl fleet copy.",
  },
  "handing-over": {
    sentence: "Dit account is onderweg naar een andere server; intussen wordt er niets aan gedaan.",
    next: "Importeer het bestand daar, of zeg hier: xolphin-ssl account take-back ACCOUNT.",
  },
  "handed-over": { sentence: "Een andere server zorgt nu voor dit account.", next: "" },
  "handover-not-yet": {
    sentence: "Er is nog iets van dit account onderweg; daarom kan het nu niet worden overgedragen.",
    next: "Probeer het over enkele minuten opnieuw; een bestelling die op goedkeuring wacht, moet eerst worden goedgekeurd of afgewezen.",
  },
  "handover-refused": {
    sentence: "Deze overdracht kan hier niet worden aangenomen.",
    next: "Begin opnieuw met xolphin-ssl account receive op de nieuwe server, en let op wat er genoemd wordt.",
  },
  "token-refused": {
    sentence: "Het token om aan de vloot deel te nemen is al gebruikt, te oud, of geen token.",
    next: "Heeft niemand van u het gebruikt, dan deed iemand anders dat: zeg eerst xolphin-ssl fleet remove NAAM --yes. Maak daarna een nieuw token op de hub: xolphin-ssl fleet token NAAM.",
  },
  internal: { sentence: "Er ging iets onverwachts mis in de plug-in.", next: "Meld het referentienummer." },
  "webhook-not-reachable": {
    sentence: "Webhooks kunnen deze server niet bereiken op het adres dat Xolphin zou gebruiken.",
    next: "Laat de naam van de server naar deze server wijzen en open de webhookpoort in de firewall; tot dan vindt de vaste controle wijzigingen.",
  },
  "webhook-untrusted": {
    sentence:
      "Het certificaat waarmee webhooks worden beantwoord, wordt niet vertrouwd voor de naam van de server.",
    next: "Geef de server een geldig certificaat in het controlepaneel, of noem er een in webhook.certificateFile.",
  },
  "name-server-silent": {
    sentence: "Geen enkele nameserver beantwoordt de vragen van deze server.",
    next: "Kijk in /etc/resolv.conf, of noem resolvers in dns.servers.",
  },
  "sync-implausible": {
    sentence: "De schijf meldt dat gegevens veilig zijn sneller dan een schijf dat kan.",
    next: "Zet een schrijfcache zonder batterij uit, ook die van de virtualisatie; anders kan stroomuitval aangenomen webhooks kosten.",
  },
  "sync-slow": {
    sentence: "De schijf doet er lang over om gegevens vast te leggen.",
    next: "Kijk wat de schijf bezet houdt; webhooks worden pas beantwoord als ze vastliggen.",
  },
  "not-hardened": {
    sentence: "De dienst draait met meer rechten dan nodig is.",
    next: "Start de dienst met zijn eigen systemd-units: xolphin-ssl setup zet ze terug.",
  },
  "version-mismatch": {
    sentence: "Het controlepaneel heeft een andere versie van de plug-in dan de dienst.",
    next: "Installeer het pakket opnieuw via het controlepaneel.",
  },
};
