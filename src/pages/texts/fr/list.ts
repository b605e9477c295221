import type { list as English } from "../en/list.ts";

export const list: typeof English = {
  search: "Rechercher",
  searchLabel: "Nom, compte ou numéro",
  show: "Afficher",
  groups: {
    all: "Tous",
    attention: "Demandent attention",
    busy: "En cours",
    secured: "Sécurisés",
    ended: "Terminés",
  },
  results: (count) => (count === 1 ? "1 demande" : `${count} demandes`),
  resultsCut: (count) => `Les ${count} plus récentes ; saisissez davantage du nom pour en trouver d'autres`,
  emptyAll:
    "Il n'y a pas encore de certificats. Demandez à votre hébergeur d'en commander un, ou commandez-en un avec la ligne de commande.",
  emptySearch: "Aucun résultat. Cherchez une partie du nom, du compte ou du numéro.",
  emptyGroup: "Il n'y a rien dans ce groupe.",
};
