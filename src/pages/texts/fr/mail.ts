import type { Texts } from "../en/index.ts";

/** French: mails. */
export const mail: Texts["mail"] = {
  greeting: "Bonjour,",
  names: "Noms",
  account: "Compte",
  next: "Étape suivante",
  subject: {
    installed: (name) => `${name} est sécurisé`,
    action: (name) => `Il faut quelque chose pour ${name}`,
    failed: (name) => `Le certificat de ${name} a échoué`,
    reminder: (name) => `Le certificat de ${name} prend bientôt fin`,
    deleted: (name) => `La demande pour ${name} a été supprimée`,
  },
  about: {
    installed: (name, until) =>
      `${name} est sécurisé : le certificat est installé et présenté, jusqu’au ${until}.`,
    action: (name) => `Le certificat de ${name} vous attend.`,
    failed: (name) => `Le certificat de ${name} n’a pas abouti.`,
    reminder: (name, until) =>
      `Le certificat de ${name} prend fin le ${until}, et le suivant ne peut pas encore venir.`,
    deleted: (name) => `La demande pour ${name} a été supprimée chez Xolphin. Ce qui est installé reste.`,
  },
  subjectMany: (count) => `${count} messages sur vos certificats`,
  more: (count) => `Et ${count} de plus.`,
  where: (brand) => `Vous trouverez tout sous ${brand} dans votre panneau de contrôle.`,
};
