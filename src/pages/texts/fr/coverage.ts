import type { coverage as English } from "../en/coverage.ts";

export const coverage: typeof English = {
  coverage: {
    title: "Sites web",
    searchLabel: "Partie d'un nom ou d'un compte",
    searchOwn: "Partie d'un nom",
    columns: { site: "Site web", issuer: "Émis par", action: "Ce que vous pouvez faire" },
    groups: { all: "Tous", problems: "Non sécurisés", "under-way": "En cours", secured: "Sécurisés" },
    badges: { good: "Sécurisé", act: "Demande votre attention", busy: "En cours", ended: "–" },
    results: (count) => (count === 1 ? "1 site" : `${count} sites`),
    emptyAll: "Ce compte n'a pas encore de site. Ajoutez un domaine dans le panneau ; il apparaîtra ici.",
    emptySearch: "Aucun résultat. Cherchez une partie du nom ou choisissez un autre groupe.",
    lookAgain: "Vérifier à nouveau",
    lookingAgain: "Les sites sont vérifiés à nouveau. Cette page change quand les réponses arrivent.",
    lookedAt: (time) => `Vérifié le ${time}`,
    notCovered: "non couvert",
    ownOrder: "Voir la commande",
    secure: "Sécuriser",
    goOn: "Continuer",
    see: "Voir quoi faire",
    nextSecure: "Choisissez un certificat ; il est installé et maintenu valable tout seul.",
    nextSee: "Ouvrez la commande et faites ce qu'elle dit.",
    nextAsk: "Demandez à votre hébergeur de commander un certificat.",
    notSecured: (count, total, name) =>
      count === 1 ? `${name} n'est pas sécurisé` : `${count} sites sur ${total} ne sont pas sécurisés`,
    waiting: (count, name) =>
      count === 1 ? `Le certificat pour ${name} vous attend` : `${count} certificats vous attendent`,
    held: (count) =>
      count === 1 ? "Un site attend votre hébergeur" : `${count} sites attendent votre hébergeur`,
    underWay: (count) =>
      count === 1 ? "Un site est en cours de sécurisation" : `${count} sites sont en cours de sécurisation`,
    looking: "Vos sites sont en cours de vérification",
    allSecured: (count) => (count === 1 ? "Votre site est sécurisé" : `Les ${count} sites sont sécurisés`),
    states: {
      expired: "Expiré",
      unprotected: "Non sécurisé",
      "self-signed": "Auto-signé",
      untrusted: "Pas de confiance",
      "other-name": "Autre nom",
      incomplete: "En partie sécurisé",
      waiting: "Vous attend",
      ending: "Expire bientôt",
      held: "Attend votre hébergeur",
      "under-way": "En cours de sécurisation",
      unknown: "En cours de vérification",
      free: "Sécurisé, certificat gratuit",
      secured: "Sécurisé",
    },
    explanations: {
      expired: "Les visiteurs voient un avertissement : le certificat a expiré.",
      unprotected: "Il n'y a pas de connexion sécurisée à ce site.",
      "self-signed": "Les visiteurs voient un avertissement : le certificat ne vient pas d'une autorité.",
      untrusted:
        "Les visiteurs voient peut-être un avertissement : il manque un maillon vers une racine de confiance.",
      "other-name": "Les visiteurs voient un avertissement : le certificat est pour un autre nom.",
      incomplete: "Certains noms de ce site ne sont pas dans le certificat.",
      waiting: "Une commande pour ce site attend quelque chose que vous seul pouvez faire.",
      ending: "Le certificat expire dans moins de deux semaines et rien n'est en cours.",
      held: "Une commande pour ce site attend votre hébergeur.",
      "under-way": "Une commande pour ce site est en cours.",
      unknown:
        "La première vérification de ce site est en cours et sera là dans la minute. Sur un serveur occupé, cela peut prendre un peu plus.",
      free: "Un certificat gratuit, renouvelé par le panneau.",
      secured: "Les visiteurs ont une connexion sécurisée.",
    },
  },
};
