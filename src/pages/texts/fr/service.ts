import type { service as English } from "../en/service.ts";

export const service: typeof English = {
  title: "Paramètres",
  account: "Compte chez Xolphin",
  accountMissing:
    "Saisissez le compte chez Xolphin avec lequel ce serveur commande et récupère les certificats. Rien ne peut être commandé avant.",
  username: "Nom d’utilisateur",
  password: "Mot de passe",
  system: "Système",
  systems: {
    live: "Xolphin",
    test: "Système de test de Xolphin",
    other: "Comme dans le fichier de configuration",
  },
  save: "Essayer et enregistrer",
  keptWhere:
    "Le compte est d’abord essayé. Le mot de passe est gardé dans un fichier que seuls root et le service peuvent lire, et n’est plus jamais affiché.",
  saved:
    "La connexion a été acceptée et le compte est enregistré. Le service redémarre avec lui ; cela prend quelques secondes.",
  savedUntried: (sentence) => `Le compte est enregistré, mais n’a pas pu être essayé : ${sentence}`,
  tellXolphin: "Informer Xolphin",
  tellHow:
    "Donnez cette adresse de webhooks à Xolphin, dans les paramètres de votre compte. Sans elle, les certificats arrivent aussi, quelques minutes plus tard.",
  selfTest: "Autotest",
  selfTestWhat:
    "Essaie chaque chemin dont dépendent les certificats : connexion, webhooks, droits dans le panneau, serveurs de noms, horloge, disque et ce qui est servi.",
  runTest: "Lancer l’autotest",
  runAgain: "Relancer",
  testedHeadline: (wrong) =>
    wrong === 0
      ? "Tout fonctionne"
      : wrong === 1
        ? "Une chose ne fonctionne pas"
        : `${wrong} choses ne fonctionnent pas`,
  levels: {
    good: "Bon",
    warn: "Remarque",
    bad: "En panne",
  },
  columns: {
    check: "Quoi",
    outcome: "Résultat",
    found: "Constat",
  },
};
