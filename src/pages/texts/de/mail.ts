import type { Texts } from "../en/index.ts";

/** German: mails. */
export const mail: Texts["mail"] = {
  greeting: "Guten Tag,",
  names: "Namen",
  account: "Konto",
  next: "Nächster Schritt",
  subject: {
    installed: (name) => `${name} ist gesichert`,
    action: (name) => `Für ${name} wird etwas gebraucht`,
    failed: (name) => `Das Zertifikat für ${name} ist fehlgeschlagen`,
    reminder: (name) => `Das Zertifikat für ${name} läuft bald ab`,
    deleted: (name) => `Der Antrag für ${name} wurde gelöscht`,
  },
  about: {
    installed: (name, until) =>
      `${name} ist gesichert: Das Zertifikat ist installiert und wird gezeigt, bis ${until}.`,
    action: (name) => `Das Zertifikat für ${name} wartet auf Sie.`,
    failed: (name) => `Das Zertifikat für ${name} ist nicht zustande gekommen.`,
    reminder: (name, until) =>
      `Das Zertifikat für ${name} läuft am ${until} ab, und das nächste kann noch nicht kommen.`,
    deleted: (name) => `Der Antrag für ${name} wurde bei Xolphin gelöscht. Was installiert ist, bleibt.`,
  },
  subjectMany: (count) => `${count} Nachrichten zu Ihren Zertifikaten`,
  more: (count) => `Und ${count} weitere.`,
  where: (brand) => `Sie finden alles unter ${brand} in Ihrem Control Panel.`,
};
