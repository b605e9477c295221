import type { ErrorCode } from "../../../errors.ts";

/** What the error catalogue says, in German. */
export const deErrors: Readonly<Record<ErrorCode, { readonly sentence: string; readonly next: string }>> = {
  usage: {
    sentence: "Der Befehl wurde nicht verstanden.",
    next: "Lesen Sie den Hilfetext und versuchen Sie es noch einmal.",
  },
  "settings-invalid": {
    sentence: "Die Konfiguration enthält Fehler.",
    next: "Verbessern Sie die genannten Schlüssel und starten Sie neu.",
  },
  "input-invalid": {
    sentence: "Etwas in der Eingabe ist nicht gültig.",
    next: "Verbessern Sie, was genannt ist, und versuchen Sie es noch einmal.",
  },
  "host-name-invalid": {
    sentence: "Das ist kein gültiger Hostname.",
    next: "Prüfen Sie die Schreibweise des Namens.",
  },
  "csr-invalid": {
    sentence: "Der Zertifikatsantrag (CSR) ist nicht brauchbar.",
    next: "Erzeugen Sie einen neuen und versuchen Sie es noch einmal.",
  },
  "key-invalid": {
    sentence: "Der private Schlüssel ist nicht brauchbar.",
    next: "Geben Sie einen unverschlüsselten RSA- oder EC-Schlüssel in PEM.",
  },
  "key-weak": {
    sentence: "Der Schlüssel ist zu schwach, um sicher zu sein.",
    next: "Nehmen Sie RSA mit 2048 bis 4096 Bit, P-256 oder P-384.",
  },
  "nothing-to-do": { sentence: "Es gibt nichts zu tun.", next: "" },
  "delivery-malformed": { sentence: "Ein Webhook war nicht zu verstehen.", next: "" },
  "delivery-refused": {
    sentence: "Ein Webhook kam von einer Adresse, die nicht auf der Liste steht.",
    next: "Wenn sich die Adressen von Xolphin geändert haben, tragen Sie die neue in webhook.allowedSources ein.",
  },
  "delivery-unmatched": {
    sentence: "Ein Webhook nennt einen Antrag, der hier noch nicht bekannt ist.",
    next: "",
  },
  "ca-unreachable": { sentence: "Xolphin ist gerade nicht erreichbar.", next: "" },
  "ca-fault": { sentence: "Xolphin antwortete mit einer eigenen Störung.", next: "" },
  "ca-busy": { sentence: "Xolphin bittet, langsamer zu machen.", next: "" },
  "ca-refused-us": {
    sentence: "Xolphin lehnt Benutzername oder Passwort des Kontos oder die Adresse dieses Servers ab.",
    next: "Prüfen Sie das CA-Konto in den Einstellungen; Anträge warten, bis es wieder geht.",
  },
  "ca-answer-unreadable": { sentence: "Die Antwort von Xolphin war nicht zu verstehen.", next: "" },
  "ca-refused-order": {
    sentence: "Xolphin nimmt die Bestellung nicht an.",
    next: "Verbessern Sie, was Xolphin nennt, und bestellen Sie noch einmal.",
  },
  "ca-not-found": { sentence: "Xolphin kennt diesen Antrag nicht.", next: "" },
  "ca-outcome-unknown": {
    sentence:
      "Die Bestellung wurde abgeschickt, aber die Antwort ging verloren; es wird nachgesehen, ob sie ankam.",
    next: "",
  },
  "order-lost": {
    sentence: "Die Bestellung ist bei Xolphin nicht zu finden, weder als Antrag noch als Zertifikat.",
    next: "Fragen Sie den Support von Xolphin und nennen Sie die Antragsnummer.",
  },
  "order-not-placed": {
    sentence: "Die Bestellung kam nicht bei Xolphin an; es wurde nichts gekauft.",
    next: "Bestellen Sie noch einmal.",
  },
  "order-not-allowed": {
    sentence: "Zertifikate werden hier nicht auf dieser Ebene bestellt.",
    next: "Fragen Sie Ihren Hosting-Anbieter.",
  },
  "product-not-allowed": {
    sentence: "Dieses Produkt wird hier nicht verkauft.",
    next: "Wählen Sie ein anderes Produkt oder fragen Sie Ihren Hosting-Anbieter.",
  },
  "order-limit-reached": {
    sentence: "Die Grenze für Bestellungen an einem Tag ist erreicht; es wurde nichts bestellt.",
    next: "Bestellen Sie morgen noch einmal oder fragen Sie Ihren Hosting-Anbieter.",
  },
  "approval-needed": {
    sentence: "Die Bestellung wartet, bis Ihr Hosting-Anbieter sie genehmigt hat.",
    next: "Genehmigen Sie die Bestellung auf der Verwaltungsseite oder lehnen Sie sie ab.",
  },
  "order-declined": {
    sentence: "Ihr Hosting-Anbieter hat die Bestellung nicht genehmigt; es wurde nichts gekauft.",
    next: "Fragen Sie Ihren Hosting-Anbieter nach dem Grund.",
  },
  "dry-run": {
    sentence:
      "Das war ein Probelauf: Die Bestellung wurde geprüft und aufgeschrieben, aber nicht abgeschickt.",
    next: "",
  },
  "already-ordered": {
    sentence: "Eine Bestellung für genau diese Namen ist schon in Arbeit.",
    next: "Folgen Sie dieser oder warten Sie, bis sie abgeschlossen ist.",
  },
  "price-changed": {
    sentence: "Der Preis hat sich geändert, seit Sie ihn gesehen haben; es wurde nichts bestellt.",
    next: "Sehen Sie sich den neuen Preis an und bestellen Sie noch einmal, wenn Sie einverstanden sind.",
  },
  "order-incomplete": {
    sentence: "In der Bestellung fehlt noch etwas; es wurde nichts bestellt.",
    next: "Füllen Sie aus, was genannt ist, und bestellen Sie noch einmal.",
  },
  "order-would-fail": {
    sentence: "Die Bestellung würde scheitern und wurde deshalb nicht abgeschickt.",
    next: "Beseitigen Sie, was im Weg steht, wie gezeigt, und bestellen Sie noch einmal.",
  },
  "not-issued-yet": { sentence: "Das Zertifikat ist noch nicht ausgestellt.", next: "" },
  "renewal-consent-needed": {
    sentence: "Die bezahlte Laufzeit dieses Zertifikats geht zu Ende.",
    next: "Verlängern Sie es, oder geben Sie an, dass es enden darf.",
  },
  "reissue-consent-needed": {
    sentence: "Dieses Zertifikat läuft ab; das nächste innerhalb der bezahlten Laufzeit kostet nichts.",
    next: "Fordern Sie das nächste Zertifikat an.",
  },
  "selection-changed": {
    sentence: "Was passt, hat sich geändert, seit die Seite gemacht wurde.",
    next: "Sehen Sie die Zahl erneut an und wiederholen Sie es.",
  },
  "successor-under-way": { sentence: "Das nächste Zertifikat ist schon unterwegs.", next: "" },
  "request-deleted": { sentence: "Xolphin sagt, dass dieser Antrag gelöscht wurde.", next: "" },
  "request-cancelled": { sentence: "Dieser Antrag wurde storniert.", next: "" },
  "dcv-values-missing": {
    sentence: "Xolphin hat noch nicht gesagt, was veröffentlicht werden muss.",
    next: "",
  },
  "dcv-values-suspicious": {
    sentence:
      "Die Prüfwerte von Xolphin gehören nicht zu diesem Namen und wurden deshalb nicht veröffentlicht.",
    next: "Fragen Sie den Support von Xolphin.",
  },
  "dcv-zone-elsewhere": {
    sentence: "Das DNS dieses Namens wird anderswo verwaltet.",
    next: "Fügen Sie den gezeigten Eintrag bei Ihrem DNS-Anbieter hinzu.",
  },
  "dcv-not-visible": { sentence: "Die Prüfantwort ist von außen noch nicht sichtbar.", next: "" },
  "dcv-record-conflict": {
    sentence: "Ein anderer DNS-Eintrag steht dort, wo der Prüfeintrag hingehört.",
    next: "Entfernen Sie den alten Eintrag oder wählen Sie eine andere Prüfmethode.",
  },
  "dcv-file-blocked": {
    sentence: "Die Website liefert die Prüfdatei nicht aus.",
    next: "Lassen Sie /.well-known/pki-validation/ durch: keine Weiterleitung auf einen anderen Host, keine Anmeldung, keine Wartungsseite.",
  },
  "dcv-email-waiting": {
    sentence: "Die Zertifizierungsstelle wartet auf die Antwort zur Bestätigungsmail.",
    next: "Öffnen Sie die E-Mail der Zertifizierungsstelle und folgen Sie dem Link.",
  },
  "dcv-method-unsupported": {
    sentence: "Dieser Name kann mit der gewählten Methode nicht geprüft werden.",
    next: "Wählen Sie die Prüfung über DNS.",
  },
  "organization-needed": {
    sentence: "Xolphin braucht etwas über die Organisation.",
    next: "Lesen Sie die Nachricht von Xolphin und antworten Sie.",
  },
  "phone-needed": { sentence: "Der Prüfanruf kam nicht zustande.", next: "Planen Sie einen neuen Anruf." },
  "phone-delayed": { sentence: "Der Prüfanruf wurde verschoben.", next: "" },
  "whois-needed": {
    sentence: "Der Inhaber des Namens konnte nicht bestätigt werden.",
    next: "Lesen Sie die Nachricht von Xolphin und antworten Sie.",
  },
  "message-waiting": {
    sentence: "Es gibt eine neue Nachricht von Xolphin.",
    next: "Lesen und beantworten Sie sie.",
  },
  "brand-review": {
    sentence: "Die Zertifizierungsstelle prüft den Namen von Hand, weil er einer Marke ähnelt.",
    next: "",
  },
  "csr-refused-by-ca": {
    sentence: "Die Zertifizierungsstelle nimmt den Zertifikatsantrag (CSR) nicht an.",
    next: "Bestellen Sie eine Neuausstellung.",
  },
  "certificate-unreadable": { sentence: "Die Zertifikatsdatei von Xolphin war nicht lesbar.", next: "" },
  "certificate-not-ours": {
    sentence: "Das angebotene Zertifikat gehört zu einem anderen Schlüssel, vielleicht dem vorigen.",
    next: "",
  },
  "key-missing": {
    sentence: "Der private Schlüssel dieses Zertifikats liegt nicht auf diesem Server.",
    next: "Geben Sie den Schlüssel (Übernahme) oder bestellen Sie eine Neuausstellung, die einen neuen erzeugt.",
  },
  "key-mismatch": {
    sentence: "Der Schlüssel gehört nicht zum Zertifikat.",
    next: "Bestellen Sie eine Neuausstellung.",
  },
  "key-unreadable": {
    sentence: "Ein gespeicherter privater Schlüssel lässt sich nicht öffnen.",
    next: "Spielen Sie den Maschinenschlüssel aus der Sicherung zurück oder bestellen Sie eine Neuausstellung.",
  },
  "chain-incomplete": {
    sentence: "Zwischen diesem Zertifikat und einer vertrauten Wurzel fehlen Zertifikate.",
    next: "",
  },
  "chain-expired": { sentence: "Ein Zertifikat der Kette ist abgelaufen.", next: "" },
  "certificate-expired": { sentence: "Das Zertifikat ist abgelaufen.", next: "Verlängern Sie es." },
  "certificate-expires-soon": {
    sentence: "Das Zertifikat ist weniger als einen Tag gültig.",
    next: "Bestellen Sie eine Neuausstellung oder Verlängerung.",
  },
  "certificate-not-yet-valid": {
    sentence: "Das Zertifikat gilt noch nicht; es wird installiert, sobald es gilt.",
    next: "",
  },
  "certificate-weak": {
    sentence: "Das Zertifikat benutzt einen schwachen Schlüssel oder eine schwache Signatur.",
    next: "Bestellen Sie eine Neuausstellung mit neuem Schlüssel.",
  },
  "certificate-wrong-use": {
    sentence: "Das Zertifikat ist keines für Webserver.",
    next: "Fragen Sie den Support von Xolphin.",
  },
  "clock-implausible": {
    sentence: "Die Uhr dieses Servers geht falsch; darum geschieht nichts, was vom Datum abhängt.",
    next: "Stellen Sie die Uhr (NTP).",
  },
  "no-vhost": {
    sentence: "Keine Website auf diesem Server hat einen Namen dieses Zertifikats.",
    next: "Fügen Sie den Namen zum Hosting-Konto hinzu und installieren Sie dann noch einmal.",
  },
  "vhost-unknown": {
    sentence: "Die Website gibt es nicht mehr.",
    next: "Wählen Sie eine andere Website und installieren Sie dann noch einmal.",
  },
  "owner-changed": {
    sentence: "Die Website gehört jetzt einem anderen Konto als dem, das bestellt hat.",
    next: "Ein Administrator muss entscheiden.",
  },
  "account-suspended": { sentence: "Das Hosting-Konto ist gesperrt.", next: "Aktivieren Sie das Konto." },
  "ssl-not-allowed": {
    sentence: "Das Hosting-Konto darf keine TLS-Zertifikate benutzen.",
    next: "Schalten Sie SSL für das Konto oder sein Paket ein.",
  },
  "already-installed": { sentence: "Dieses Zertifikat ist schon installiert.", next: "" },
  "newer-installed": { sentence: "Ein neueres Zertifikat ist schon installiert.", next: "" },
  "covers-less": {
    sentence: "Das neue Zertifikat deckt weniger Namen ab als das benutzte.",
    next: "Installieren Sie trotzdem oder bestellen Sie eines mit allen Namen.",
  },
  "names-not-covered": {
    sentence: "Das Zertifikat deckt keinen Namen dieser Website ab.",
    next: "Wählen Sie eine andere Website oder ein anderes Zertifikat.",
  },
  "policy-keeps-current": {
    sentence: "Die Regeln des Servers behalten das benutzte Zertifikat.",
    next: "Installieren Sie von Hand oder ändern Sie policy.replace.",
  },
  "panel-unreachable": {
    sentence: "Das Hosting-Panel antwortet nicht.",
    next: "Sehen Sie nach, ob das Hosting-Panel läuft.",
  },
  "panel-fault": {
    sentence: "Das Hosting-Panel meldet eine eigene Störung.",
    next: "Sehen Sie nach, was das Panel sagt.",
  },
  "panel-refused-us": {
    sentence: "Das Hosting-Panel erlaubt diesem Plugin nicht, was es braucht.",
    next: "Starten Sie den Selbsttest (doctor) und stellen Sie die genannten Rechte wieder her.",
  },
  "panel-refused": {
    sentence: "Das Hosting-Panel lehnt das Zertifikat ab.",
    next: "Sehen Sie nach, was das Panel sagt.",
  },
  "panel-answer-unreadable": { sentence: "Die Antwort des Hosting-Panels war nicht zu verstehen.", next: "" },
  "panel-disk-full": { sentence: "Die Festplatte des Servers ist voll.", next: "Schaffen Sie Platz." },
  "panel-feature-missing": { sentence: "Diese Version des Hosting-Panels kann das nicht.", next: "" },
  "panel-not-applied": {
    sentence: "Das Hosting-Panel sagte ja, aber das Zertifikat steht nicht in seinen Einträgen.",
    next: "",
  },
  "account-unknown": {
    sentence: "Dieses Hosting-Konto gibt es nicht.",
    next: "Prüfen Sie den Namen des Kontos.",
  },
  "session-refused": {
    sentence: "Das Hosting-Panel hat Ihre Sitzung nicht bestätigt.",
    next: "Melden Sie sich im Hosting-Panel neu an.",
  },
  "form-expired": {
    sentence: "Dieses Formular ist zu alt oder kam von anderswo.",
    next: "Öffnen Sie die Seite neu und wiederholen Sie es.",
  },
  "not-allowed": { sentence: "Das dürfen Sie nicht.", next: "Fragen Sie Ihren Hosting-Anbieter." },
  "read-only": {
    sentence:
      "Sie dürfen hier ansehen, aber nichts ändern: Dies ist ein Demokonto, oder Ihrem Login fehlt das Recht.",
    next: "Melden Sie sich als Kontoinhaber an oder fragen Sie Ihren Hosting-Anbieter.",
  },
  "not-found": {
    sentence: "Diese Seite oder diesen Antrag gibt es nicht.",
    next: "Gehen Sie zurück zur Liste.",
  },
  "not-served-yet": {
    sentence: "Installiert, aber der Webserver liefert das neue Zertifikat noch nicht aus.",
    next: "",
  },
  "served-old": {
    sentence: "Der Webserver liefert noch ein anderes Zertifikat aus.",
    next: "Prüfen Sie die Konfiguration des Webservers und laden Sie sie neu.",
  },
  "served-other": {
    sentence: "Der Webserver lieferte ein Zertifikat aus, das weder das neue noch das alte ist.",
    next: "Prüfen Sie, ob die Konfiguration des Webservers eine zweite Site mit diesem Namen enthält.",
  },
  "served-incomplete": {
    sentence: "Der Webserver liefert das Zertifikat ohne seine vollständige Kette aus.",
    next: "Prüfen Sie die Konfiguration des Webservers.",
  },
  "tls-unreachable": {
    sentence: "Es kam keine TLS-Verbindung zur Website zustande.",
    next: "Prüfen Sie den Webserver.",
  },
  "tls-refused": { sentence: "Der Webserver brach den TLS-Handshake ab.", next: "Prüfen Sie den Webserver." },
  "web-server-broken": {
    sentence: "Die Konfiguration des Webservers ist kaputt, darum wurde das alte Zertifikat zurückgesetzt.",
    next: "Reparieren Sie die Konfiguration des Webservers und installieren Sie dann noch einmal.",
  },
  "replaced-by-other": {
    sentence: "Etwas anderes hat das Zertifikat ersetzt.",
    next: "Finden Sie heraus, was, oder lassen Sie es vom Plugin zurücksetzen.",
  },
  "store-busy": { sentence: "Der Speicher ist beschäftigt.", next: "" },
  "store-unusable": {
    sentence: "Der Speicher ist nicht benutzbar.",
    next: "Starten Sie den Selbsttest (doctor).",
  },
  "store-damaged": {
    sentence: "Der Speicher war beschädigt und musste beiseitegelegt werden.",
    next: "Prüfen Sie die Festplatte und gehen Sie die Liste der Anträge durch; Bestellungen, deren Schlüssel hier liegt, wurden wieder übernommen.",
  },
  "store-newer": {
    sentence: "Der Speicher wurde von einer neueren Version geschrieben.",
    next: "Installieren Sie diese Version oder eine neuere.",
  },
  "disk-full": {
    sentence: "Die Festplatte ist voll; es kann nichts gespeichert werden.",
    next: "Schaffen Sie Platz.",
  },
  "agent-unreachable": {
    sentence: "Der Dienst des Plugins läuft nicht.",
    next: "Starten Sie den Dienst xolphin-ssl.",
  },
  "mail-not-sent": {
    sentence: "Eine Mail konnte nicht gesendet werden.",
    next: "Prüfen Sie sendmail auf dem Server oder notify.smtp in den Einstellungen.",
  },
  parked: {
    sentence: "Diese Arbeit scheiterte fünfmal unerwartet und wurde beiseitegelegt.",
    next: "Lesen Sie das Protokoll mit der genannten Referenz und versuchen Sie es dann von Hand noch einmal.",
  },
  "bus-unreachable": { sentence: "Der Hub der Flotte ist gerade nicht erreichbar.", next: "" },
  "bus-not-durable": {
    sentence: "Der Nachrichtenbus bewahrt Webhooks nicht sicher auf; darum werden keine angenommen.",
    next: "Geben Sie jedem Busserver die Konfiguration, die fleet init geschrieben hat: drei Replikate, immer synchronisiert. Starten Sie einen Server neu, den die anderen nicht sehen.",
  },
  "bus-answer-unreadable": {
    sentence: "Eine Nachricht auf dem Bus der Flotte war nicht zu verstehen.",
    next: "",
  },
  "fleet-refused": {
    sentence: "Der Hub der Flotte erlaubt das diesem Server nicht.",
    next: "Fragen Sie den Verwalter der Flotte, wem diese Bestellung gehört.",
  },
  "server-cloned": {
    sentence: "Eine andere Maschine trägt in der Flotte den Namen dieses Servers; diese schaut darum nur zu.",
    next: "Sagen Sie auf ihr: xolphin-ssl fleet moved, wenn sie jetzt der Server ist, oder xolphin-ssl fleet copy.",
  },
  "handing-over": {
    sentence: "Dieses Konto ist auf dem Weg zu einem anderen Server; solange wird nichts daran getan.",
    next: "Lesen Sie die Datei dort ein, oder sagen Sie hier: xolphin-ssl account take-back KONTO.",
  },
  "handed-over": { sentence: "Ein anderer Server kümmert sich jetzt um dieses Konto.", next: "" },
  "handover-not-yet": {
    sentence: "Für dieses Konto ist noch etwas unterwegs; darum kann es gerade nicht übergeben werden.",
    next: "Versuchen Sie es in einigen Minuten wieder; eine Bestellung, die auf Freigabe wartet, muss erst freigegeben oder abgelehnt werden.",
  },
  "handover-refused": {
    sentence: "Diese Übergabe kann hier nicht angenommen werden.",
    next: "Beginnen Sie neu mit xolphin-ssl account receive auf dem neuen Server, und achten Sie auf das Genannte.",
  },
  "token-refused": {
    sentence: "Das Token zum Beitritt zur Flotte wurde schon benutzt, ist zu alt oder keines.",
    next: "Hat es niemand von Ihnen benutzt, dann jemand anderes: zuerst xolphin-ssl fleet remove NAME --yes. Danach machen Sie auf dem Hub ein neues: xolphin-ssl fleet token NAME.",
  },
  internal: { sentence: "Im Plugin ging etwas unerwartet schief.", next: "Melden Sie die Referenznummer." },
  "setup-failed": {
    sentence: "Der Server konnte nicht eingerichtet werden.",
    next: "Beheben Sie das Genannte und starten Sie erneut; es geht dort weiter, wo es aufhörte.",
  },
  "package-damaged": {
    sentence: "Das Paket ist unvollständig oder wurde nach dem Packen verändert.",
    next: "Laden Sie es erneut herunter und vergleichen Sie Prüfsumme und Signatur.",
  },
  "upgrade-failed": {
    sentence: "Die neue Version lief nicht fehlerfrei an; die vorherige läuft wieder.",
    next: "Behalten Sie die vorherige Version und melden Sie das Genannte.",
  },
  "ca-account-missing": {
    sentence: "Das Konto bei Xolphin ist noch nicht eingetragen.",
    next: "Tragen Sie es auf der Verwaltungsseite ein, oder mit xolphin-ssl setup.",
  },
  "webhook-not-reachable": {
    sentence: "Webhooks erreichen diesen Server nicht unter der Adresse, die Xolphin verwenden würde.",
    next: "Lassen Sie den Namen des Servers auf diesen Server zeigen und öffnen Sie den Webhook-Port in der Firewall; bis dahin findet die regelmäßige Prüfung Änderungen.",
  },
  "webhook-untrusted": {
    sentence:
      "Dem Zertifikat, mit dem Webhooks beantwortet werden, wird für den Namen des Servers nicht vertraut.",
    next: "Geben Sie dem Server im Control Panel ein gültiges Zertifikat, oder nennen Sie eines in webhook.certificateFile.",
  },
  "name-server-silent": {
    sentence: "Kein Nameserver beantwortet die Anfragen dieses Servers.",
    next: "Sehen Sie in /etc/resolv.conf nach, oder nennen Sie Resolver in dns.servers.",
  },
  "sync-implausible": {
    sentence: "Das Laufwerk meldet Daten schneller als gesichert, als ein Laufwerk es kann.",
    next: "Schalten Sie einen Schreibcache ohne Batterie ab, auch den der Virtualisierung; sonst kann ein Stromausfall angenommene Webhooks kosten.",
  },
  "sync-slow": {
    sentence: "Das Laufwerk braucht lange, um Daten zu sichern.",
    next: "Sehen Sie nach, was das Laufwerk beschäftigt; Webhooks werden erst beantwortet, wenn sie gesichert sind.",
  },
  "not-hardened": {
    sentence: "Der Dienst läuft mit mehr Rechten als nötig.",
    next: "Starten Sie ihn mit seinen eigenen systemd-Units: xolphin-ssl setup stellt sie wieder her.",
  },
  "version-mismatch": {
    sentence: "Das Control Panel hat eine andere Version des Plug-ins als der Dienst.",
    next: "Installieren Sie das Paket erneut über das Control Panel.",
  },
};
