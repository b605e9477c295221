import type { Texts } from "../en/index.ts";

/** Dutch: mails. */
export const mail: Texts["mail"] = {
  greeting: "Hallo,",
  names: "Namen",
  account: "Account",
  next: "Volgende stap",
  subject: {
    installed: (name) => `${name} is beveiligd`,
    action: (name) => `Er is iets nodig voor ${name}`,
    failed: (name) => `Het certificaat voor ${name} is mislukt`,
    reminder: (name) => `Het certificaat voor ${name} loopt binnenkort af`,
    deleted: (name) => `De aanvraag voor ${name} is verwijderd`,
  },
  about: {
    installed: (name, until) =>
      `${name} is beveiligd: het certificaat is geïnstalleerd en wordt getoond, tot ${until}.`,
    action: (name) => `Het certificaat voor ${name} wacht op u.`,
    failed: (name) => `Het certificaat voor ${name} is er niet gekomen.`,
    reminder: (name, until) =>
      `Het certificaat voor ${name} loopt af op ${until}, en het volgende kan nog niet komen.`,
    deleted: (name) => `De aanvraag voor ${name} is bij Xolphin verwijderd. Wat geïnstalleerd is, blijft.`,
  },
  subjectMany: (count) => `${count} berichten over uw certificaten`,
  more: (count) => `En nog ${count}.`,
  where: (brand) => `U vindt alles onder ${brand} in uw controlepaneel.`,
};
