import type { Texts } from "../en/index.ts";

/** French: taking certificates over. */
export const takeOver: Texts["takeOver"] = {
  title: "Reprendre un certificat",
  intro:
    "Les certificats de vos sites commandés ailleurs sont désormais suivis, installés et remplacés ici. Rien n’est commandé.",
  number: "Numéro du certificat",
  serial: "Numéro de série",
  inUse: "Utilisé par",
  notInUse: "aucun site de ce compte",
  keyFound: "La clé a été trouvée.",
  keyNotFound:
    "La clé n’a pas été trouvée ici. Donnez-la ci-dessous, ou reprenez le certificat sans elle : un nouveau peut alors être pris dans la durée payée.",
  take: "Reprendre",
  byHand: "Par numéro",
  none: "Aucun n’a été trouvé pour vos sites. Avec son numéro et sa clé, un certificat peut être repris quand même.",
  keyHelp:
    "Si la clé n’est pas trouvée toute seule, donnez-la ici ; ou reprenez le certificat sans elle et prenez-en ensuite un nouveau.",
  key: "Clé privée (PEM)",
  keyFieldHelp: "Vide : elle est cherchée dans le panneau. Elle est gardée scellée et jamais montrée.",
  taken: "Le certificat est repris.",
};
