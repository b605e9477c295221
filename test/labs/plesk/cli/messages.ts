import type { Switches } from "../switches.ts";

/** Texts of the utilities in other languages; what is not in the list stays English, as on a real server. */
const translations: Readonly<Record<"de" | "nl", readonly (readonly [RegExp, string])[]>> = {
  de: [
    [/Unable to find domain with name '(.*?)'/g, "Die Domain mit dem Namen '$1' wurde nicht gefunden"],
    [/Unable to (create|update|remove) certificate/g, "Das Zertifikat konnte nicht bearbeitet werden"],
    [/Certificate does not exist\./g, "Das Zertifikat existiert nicht."],
    [/Unable to find certificate/g, "Das Zertifikat wurde nicht gefunden"],
    [
      /Unable to update hosting preferences\./g,
      "Die Hosting-Einstellungen konnten nicht aktualisiert werden.",
    ],
    [/was successfully (created|updated|removed)\./g, "wurde erfolgreich bearbeitet."],
    [/^SUCCESS: .*$/gm, "ERFOLG: Der Vorgang wurde abgeschlossen"],
  ],
  nl: [
    [/Unable to find domain with name '(.*?)'/g, "Het domein met de naam '$1' is niet gevonden"],
    [/Unable to (create|update|remove) certificate/g, "Het certificaat kon niet worden verwerkt"],
    [/Certificate does not exist\./g, "Het certificaat bestaat niet."],
    [/Unable to find certificate/g, "Het certificaat is niet gevonden"],
    [/Unable to update hosting preferences\./g, "De hostinginstellingen konden niet worden bijgewerkt."],
    [/was successfully (created|updated|removed)\./g, "is met succes verwerkt."],
    [/^SUCCESS: .*$/gm, "GELUKT: De bewerking is voltooid"],
  ],
};

export function localize(text: string, language: Switches["language"]): string {
  if (language === "en") return text;
  return translations[language].reduce((said, [pattern, other]) => said.replaceAll(pattern, other), text);
}
