import type { preflight as English } from "../en/preflight.ts";

export const preflight: typeof English = {
  preflight: {
    "name-not-public": {
      sentence: (name) => `${name} ne peut pas être enregistré ; aucune autorité ne le certifie.`,
      remedy: "Choisissez un nom en dessous qui soit à vous.",
    },
    "name-too-long": {
      sentence: (name) => `${name} dépasse 64 caractères, trop long comme premier nom d'un certificat.`,
      remedy: "Choisissez un nom plus court comme premier.",
    },
    "too-many-names": {
      sentence: (_name, fact) => `Ce produit prend au plus ${fact} noms.`,
      remedy: "Choisissez moins de noms ou un autre produit.",
    },
    "caa-forbids": {
      sentence: (name, fact) => `Le DNS de ${name} n'autorise que d'autres autorités (CAA : ${fact}).`,
      remedy: "Ajoutez un enregistrement CAA qui autorise celle-ci, ou retirez les enregistrements CAA.",
    },
    "dnssec-broken": {
      sentence: (name) =>
        `Les signatures DNS (DNSSEC) de ${name} sont cassées ; les autorités ne peuvent pas lire son DNS.`,
      remedy: "Réparez DNSSEC chez le registraire ou le fournisseur DNS, ou désactivez-le.",
    },
    "file-redirected": {
      sentence: (name, fact) =>
        `${name} redirige tout vers ${fact} ; le fichier de validation ne serait donc pas vu.`,
      remedy:
        "Laissez passer /.well-known/pki-validation/ sans redirection, ou choisissez la validation par DNS.",
    },
    "file-blocked": {
      sentence: (name, fact) => `${name} répond avec le statut ${fact} là où sera le fichier de validation.`,
      remedy:
        "Retirez la connexion, la page de maintenance ou la règle .htaccess pour /.well-known/pki-validation/.",
    },
    "wildcard-by-file": {
      sentence: (name) => `${name} est un joker, qui ne peut pas être validé par un fichier.`,
      remedy: "Choisissez la validation par DNS.",
    },
    "already-secured": {
      sentence: (_name, fact) =>
        `Une de vos commandes a déjà apporté un certificat pour exactement ces noms ; il est valable jusqu'au ${fact} et maintenu valable tout seul.`,
      remedy: "Ne commandez pas de nouveau, sauf si vous en voulez un second.",
    },
    "name-unknown": {
      sentence: (name) => `${name} n'existe pas encore dans le DNS.`,
      remedy: "Enregistrez-le ou ajoutez-le au DNS ; d'ici là, les visiteurs ne trouvent pas le site.",
    },
    "leads-elsewhere": {
      sentence: (name, fact) => `${name} mène à un autre serveur (${fact}).`,
      remedy: "Faites-le pointer vers ce serveur, ou installez-y le certificat vous-même.",
    },
    "some-addresses-elsewhere": {
      sentence: (name, fact) =>
        `Certaines adresses de ${name} ne sont pas de ce serveur (${fact}), et l'autorité peut interroger n'importe laquelle.`,
      remedy: "Corrigez les enregistrements A et AAAA, ou choisissez la validation par DNS.",
    },
    "site-silent": {
      sentence: (name) => `${name} ne répond pas sur le port 80.`,
      remedy: "Veillez à ce que le site réponde, ou choisissez la validation par DNS.",
    },
    "no-site": {
      sentence: (name) =>
        `Aucun site de ce compte ne porte le nom ${name} ; le certificat ne peut donc pas y être installé.`,
      remedy: "Ajoutez le nom au compte, ou laissez-le de côté.",
    },
    "dns-by-hand": {
      sentence: (name) =>
        `Le DNS de ${name} est géré ailleurs ; il faudra y ajouter un enregistrement à la main.`,
      remedy: "Après la commande, vous recevez l'enregistrement à copier.",
    },
    "mail-by-hand": {
      sentence: (name) => `${name} est validé par e-mail, et quelqu'un doit y répondre, à chaque réémission.`,
      remedy: "Choisissez la validation par DNS si possible.",
    },
    "key-elsewhere": {
      sentence: () =>
        "La clé privée n'est pas sur ce serveur ; le certificat peut donc être téléchargé mais ne s'installe pas tout seul.",
      remedy: "Commandez sans CSR à vous s'il doit s'installer tout seul.",
    },
    "not-looked": {
      sentence: (name) => `Le DNS de ${name} n'a pas pu être interrogé à l'instant.`,
      remedy: "Vérifiez à nouveau dans un moment, ou continuez.",
    },
  },
};
