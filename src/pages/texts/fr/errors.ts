import type { ErrorCode } from "../../../errors.ts";

/** What the error catalogue says, in French. */
export const frErrors: Readonly<Record<ErrorCode, { readonly sentence: string; readonly next: string }>> = {
  usage: { sentence: "La commande n'a pas été comprise.", next: "Lisez le mode d'emploi et réessayez." },
  "settings-invalid": {
    sentence: "La configuration contient des erreurs.",
    next: "Corrigez les clés nommées et redémarrez.",
  },
  "input-invalid": {
    sentence: "Quelque chose dans la saisie n'est pas valable.",
    next: "Corrigez ce qui est nommé et réessayez.",
  },
  "host-name-invalid": {
    sentence: "Ce n'est pas un nom d'hôte valable.",
    next: "Vérifiez l'orthographe du nom.",
  },
  "csr-invalid": {
    sentence: "La demande de certificat (CSR) est inutilisable.",
    next: "Créez-en une nouvelle et réessayez.",
  },
  "key-invalid": {
    sentence: "La clé privée est inutilisable.",
    next: "Donnez une clé RSA ou EC non chiffrée en PEM.",
  },
  "key-weak": {
    sentence: "La clé est trop faible pour être sûre.",
    next: "Utilisez RSA de 2048 à 4096 bits, P-256 ou P-384.",
  },
  "nothing-to-do": { sentence: "Il n'y a rien à faire.", next: "" },
  "delivery-malformed": { sentence: "Un appel webhook n'a pas pu être compris.", next: "" },
  "delivery-refused": {
    sentence: "Un appel webhook est venu d'une adresse qui n'est pas sur la liste.",
    next: "Si les adresses de Xolphin ont changé, ajoutez la nouvelle à webhook.allowedSources.",
  },
  "delivery-unmatched": { sentence: "Un webhook nomme une demande encore inconnue ici.", next: "" },
  "ca-unreachable": { sentence: "Xolphin est injoignable pour l'instant.", next: "" },
  "ca-fault": { sentence: "Xolphin a répondu par une panne de son côté.", next: "" },
  "ca-busy": { sentence: "Xolphin demande de ralentir.", next: "" },
  "ca-refused-us": {
    sentence: "Xolphin refuse le nom d'utilisateur ou le mot de passe du compte, ou l'adresse de ce serveur.",
    next: "Vérifiez le compte CA dans les réglages ; les demandes attendent que cela refonctionne.",
  },
  "ca-answer-unreadable": { sentence: "La réponse de Xolphin n'a pas pu être comprise.", next: "" },
  "ca-refused-order": {
    sentence: "Xolphin n'accepte pas la commande.",
    next: "Corrigez ce que Xolphin nomme et commandez de nouveau.",
  },
  "ca-not-found": { sentence: "Xolphin ne connaît pas cette demande.", next: "" },
  "ca-outcome-unknown": {
    sentence: "La commande a été envoyée mais la réponse s'est perdue ; nous cherchons si elle a été passée.",
    next: "",
  },
  "order-lost": {
    sentence: "La commande est introuvable chez Xolphin, ni comme demande ni comme certificat.",
    next: "Demandez au support de Xolphin en donnant le numéro de demande.",
  },
  "order-not-placed": {
    sentence: "La commande n'est pas arrivée chez Xolphin ; rien n'a été acheté.",
    next: "Passez la commande de nouveau.",
  },
  "order-not-allowed": {
    sentence: "Les certificats ne se commandent pas à ce niveau ici.",
    next: "Demandez à votre hébergeur.",
  },
  "product-not-allowed": {
    sentence: "Ce produit n'est pas vendu ici.",
    next: "Choisissez un autre produit ou demandez à votre hébergeur.",
  },
  "order-limit-reached": {
    sentence: "La limite de commandes par jour est atteinte ; rien n'a été commandé.",
    next: "Commandez de nouveau demain ou demandez à votre hébergeur.",
  },
  "approval-needed": {
    sentence: "La commande attend l'accord de votre hébergeur.",
    next: "Approuvez ou refusez la commande sur la page d'administration.",
  },
  "order-declined": {
    sentence: "Votre hébergeur n'a pas approuvé la commande ; rien n'a été acheté.",
    next: "Demandez la raison à votre hébergeur.",
  },
  "dry-run": {
    sentence: "C'était un essai à blanc : la commande a été vérifiée et notée, mais pas envoyée.",
    next: "",
  },
  "already-ordered": {
    sentence: "Une commande pour exactement ces noms est déjà en cours.",
    next: "Suivez celle-là, ou attendez qu'elle soit terminée.",
  },
  "price-changed": {
    sentence: "Le prix a changé depuis que vous l'avez vu ; rien n'a été commandé.",
    next: "Regardez le nouveau prix et commandez de nouveau si vous êtes d'accord.",
  },
  "order-incomplete": {
    sentence: "Il manque encore quelque chose à la commande ; rien n'a été commandé.",
    next: "Complétez ce qui est nommé et commandez de nouveau.",
  },
  "order-would-fail": {
    sentence: "La commande échouerait ; elle n'a donc pas été envoyée.",
    next: "Retirez l'obstacle, comme indiqué, et commandez de nouveau.",
  },
  "not-issued-yet": { sentence: "Le certificat n'a pas encore été émis.", next: "" },
  "renewal-consent-needed": {
    sentence: "La durée payée de ce certificat arrive à sa fin.",
    next: "Renouvelez-le, ou indiquez qu’il peut prendre fin.",
  },
  "reissue-consent-needed": {
    sentence: "Ce certificat arrive à sa fin ; le suivant, dans la durée payée, ne coûte rien.",
    next: "Demandez le certificat suivant.",
  },
  "selection-changed": {
    sentence: "Ce qui correspond a changé depuis que la page a été faite.",
    next: "Regardez de nouveau le nombre et recommencez.",
  },
  "successor-under-way": { sentence: "Le certificat suivant est déjà en route.", next: "" },
  "request-deleted": { sentence: "Xolphin dit que cette demande a été supprimée.", next: "" },
  "request-cancelled": { sentence: "Cette demande a été annulée.", next: "" },
  "dcv-values-missing": { sentence: "Xolphin n'a pas encore dit ce qu'il faut publier.", next: "" },
  "dcv-values-suspicious": {
    sentence:
      "Les valeurs de validation de Xolphin n'appartiennent pas à ce nom ; elles n'ont donc pas été publiées.",
    next: "Demandez au support de Xolphin.",
  },
  "dcv-zone-elsewhere": {
    sentence: "Le DNS de ce nom est géré ailleurs.",
    next: "Ajoutez l'enregistrement affiché chez votre fournisseur DNS.",
  },
  "dcv-not-visible": {
    sentence: "La réponse de validation n'est pas encore visible de l'extérieur.",
    next: "",
  },
  "dcv-record-conflict": {
    sentence: "Un autre enregistrement DNS occupe la place de celui de la validation.",
    next: "Retirez l'ancien enregistrement ou choisissez une autre méthode de validation.",
  },
  "dcv-file-blocked": {
    sentence: "Le site ne sert pas le fichier de validation.",
    next: "Laissez passer /.well-known/pki-validation/ : pas de redirection vers un autre hôte, pas de connexion, pas de page de maintenance.",
  },
  "dcv-email-waiting": {
    sentence: "L'autorité de certification attend la réponse à l'e-mail d'approbation.",
    next: "Ouvrez l'e-mail de l'autorité et suivez son lien.",
  },
  "dcv-method-unsupported": {
    sentence: "Ce nom ne peut pas être validé avec la méthode choisie.",
    next: "Choisissez la validation par DNS.",
  },
  "organization-needed": {
    sentence: "Xolphin a besoin de quelque chose sur l'organisation.",
    next: "Lisez le message de Xolphin et répondez-y.",
  },
  "phone-needed": { sentence: "L'appel de validation n'a pas abouti.", next: "Planifiez un nouvel appel." },
  "phone-delayed": { sentence: "L'appel de validation a été reporté.", next: "" },
  "whois-needed": {
    sentence: "Le propriétaire du nom n'a pas pu être confirmé.",
    next: "Lisez le message de Xolphin et répondez-y.",
  },
  "message-waiting": { sentence: "Il y a un nouveau message de Xolphin.", next: "Lisez-le et répondez-y." },
  "brand-review": {
    sentence: "L'autorité vérifie le nom à la main parce qu'il ressemble à une marque.",
    next: "",
  },
  "csr-refused-by-ca": {
    sentence: "L'autorité n'accepte pas la demande de certificat (CSR).",
    next: "Commandez une réémission.",
  },
  "certificate-unreadable": { sentence: "Le fichier du certificat de Xolphin n'a pas pu être lu.", next: "" },
  "certificate-not-ours": {
    sentence: "Le certificat proposé a été fait pour une autre clé, peut-être la précédente.",
    next: "",
  },
  "key-missing": {
    sentence: "La clé privée de ce certificat n'est pas sur ce serveur.",
    next: "Donnez la clé (reprise), ou commandez une réémission, qui en crée une nouvelle.",
  },
  "key-mismatch": { sentence: "La clé n'appartient pas au certificat.", next: "Commandez une réémission." },
  "key-unreadable": {
    sentence: "Une clé privée conservée ne peut pas être ouverte.",
    next: "Restaurez la clé de la machine depuis la sauvegarde, ou commandez une réémission.",
  },
  "chain-incomplete": {
    sentence: "Les certificats entre celui-ci et une racine de confiance manquent.",
    next: "",
  },
  "chain-expired": { sentence: "Un certificat de la chaîne a expiré.", next: "" },
  "certificate-expired": { sentence: "Le certificat a expiré.", next: "Renouvelez-le." },
  "certificate-expires-soon": {
    sentence: "Le certificat est valable moins d'un jour.",
    next: "Commandez une réémission ou un renouvellement.",
  },
  "certificate-not-yet-valid": {
    sentence: "Le certificat n'est pas encore valable ; il sera installé dès qu'il le sera.",
    next: "",
  },
  "certificate-weak": {
    sentence: "Le certificat utilise une clé ou une signature faible.",
    next: "Commandez une réémission avec une nouvelle clé.",
  },
  "certificate-wrong-use": {
    sentence: "Ce certificat n'est pas fait pour les serveurs web.",
    next: "Demandez au support de Xolphin.",
  },
  "clock-implausible": {
    sentence: "L'horloge de ce serveur est fausse ; rien de ce qui dépend de la date n'est donc fait.",
    next: "Réglez l'horloge (NTP).",
  },
  "no-vhost": {
    sentence: "Aucun site sur ce serveur ne porte un nom de ce certificat.",
    next: "Ajoutez le nom au compte d'hébergement, puis installez de nouveau.",
  },
  "vhost-unknown": {
    sentence: "Le site n'existe plus.",
    next: "Choisissez un autre site, puis installez de nouveau.",
  },
  "owner-changed": {
    sentence: "Le site appartient maintenant à un autre compte que celui qui a commandé.",
    next: "Un administrateur doit décider.",
  },
  "account-suspended": { sentence: "Le compte d'hébergement est suspendu.", next: "Activez le compte." },
  "ssl-not-allowed": {
    sentence: "Le compte d'hébergement n'a pas le droit aux certificats TLS.",
    next: "Activez SSL pour le compte ou son offre.",
  },
  "already-installed": { sentence: "Ce certificat est déjà installé.", next: "" },
  "newer-installed": { sentence: "Un certificat plus récent est déjà installé.", next: "" },
  "covers-less": {
    sentence: "Le nouveau certificat couvre moins de noms que celui en service.",
    next: "Installez quand même, ou commandez-en un avec tous les noms.",
  },
  "names-not-covered": {
    sentence: "Le certificat ne couvre aucun nom de ce site.",
    next: "Choisissez un autre site ou un autre certificat.",
  },
  "policy-keeps-current": {
    sentence: "Les règles du serveur gardent le certificat en service.",
    next: "Installez à la main, ou changez policy.replace.",
  },
  "panel-unreachable": {
    sentence: "Le panneau de contrôle ne répond pas.",
    next: "Vérifiez que le panneau de contrôle fonctionne.",
  },
  "panel-fault": {
    sentence: "Le panneau de contrôle signale une panne de son côté.",
    next: "Voyez ce que dit le panneau.",
  },
  "panel-refused-us": {
    sentence: "Le panneau de contrôle n'accorde pas à ce plugin ce dont il a besoin.",
    next: "Lancez l'autotest (doctor) et rétablissez les droits qu'il nomme.",
  },
  "panel-refused": {
    sentence: "Le panneau de contrôle refuse le certificat.",
    next: "Voyez ce que dit le panneau.",
  },
  "panel-answer-unreadable": {
    sentence: "La réponse du panneau de contrôle n'a pas pu être comprise.",
    next: "",
  },
  "panel-disk-full": { sentence: "Le disque du serveur est plein.", next: "Faites de la place." },
  "panel-feature-missing": {
    sentence: "Cette version du panneau de contrôle ne sait pas faire cela.",
    next: "",
  },
  "panel-not-applied": {
    sentence: "Le panneau de contrôle a dit oui, mais le certificat n'est pas dans ses registres.",
    next: "",
  },
  "account-unknown": {
    sentence: "Ce compte d'hébergement n'existe pas.",
    next: "Vérifiez le nom du compte.",
  },
  "session-refused": {
    sentence: "Le panneau de contrôle n'a pas confirmé votre session.",
    next: "Reconnectez-vous au panneau de contrôle.",
  },
  "form-expired": {
    sentence: "Ce formulaire est trop ancien ou vient d'ailleurs.",
    next: "Rouvrez la page et recommencez.",
  },
  "not-allowed": { sentence: "Vous n'avez pas le droit de faire cela.", next: "Demandez à votre hébergeur." },
  "read-only": {
    sentence:
      "Vous pouvez regarder ici, mais rien modifier : c’est un compte de démonstration, ou votre identifiant n’en a pas le droit.",
    next: "Connectez-vous comme titulaire du compte, ou demandez à votre hébergeur.",
  },
  "not-found": { sentence: "Cette page ou cette demande n'existe pas.", next: "Retournez à la liste." },
  "not-served-yet": {
    sentence: "Installé, mais le serveur web ne sert pas encore le nouveau certificat.",
    next: "",
  },
  "served-old": {
    sentence: "Le serveur web sert encore un autre certificat.",
    next: "Vérifiez la configuration du serveur web et rechargez-la.",
  },
  "served-other": {
    sentence: "Le serveur web a servi un certificat qui n’est ni le nouveau ni l’ancien.",
    next: "Vérifiez si la configuration du serveur web contient un second site portant ce nom.",
  },
  "served-incomplete": {
    sentence: "Le serveur web sert le certificat sans sa chaîne complète.",
    next: "Vérifiez la configuration du serveur web.",
  },
  "tls-unreachable": {
    sentence: "Aucune connexion TLS au site n'a pu être établie.",
    next: "Vérifiez le serveur web.",
  },
  "tls-refused": {
    sentence: "Le serveur web a interrompu le handshake TLS.",
    next: "Vérifiez le serveur web.",
  },
  "web-server-broken": {
    sentence: "La configuration du serveur web est cassée, l'ancien certificat a donc été remis.",
    next: "Réparez la configuration du serveur web, puis installez de nouveau.",
  },
  "replaced-by-other": {
    sentence: "Autre chose a remplacé le certificat.",
    next: "Trouvez quoi, ou laissez le plugin le remettre.",
  },
  "store-busy": { sentence: "Le stockage est occupé.", next: "" },
  "store-unusable": { sentence: "Le stockage est inutilisable.", next: "Lancez l'autotest (doctor)." },
  "store-damaged": {
    sentence: "Le stockage était endommagé et a dû être mis de côté.",
    next: "Vérifiez le disque et parcourez la liste des demandes ; les commandes dont la clé est ici ont été reprises.",
  },
  "store-newer": {
    sentence: "Le stockage a été écrit par une version plus récente.",
    next: "Installez cette version, ou une plus récente.",
  },
  "disk-full": {
    sentence: "Le disque est plein ; rien ne peut être enregistré.",
    next: "Faites de la place.",
  },
  "agent-unreachable": {
    sentence: "Le service du plugin ne tourne pas.",
    next: "Démarrez le service xolphin-ssl.",
  },
  "mail-not-sent": {
    sentence: "Un courriel n’a pas pu être envoyé.",
    next: "Vérifiez sendmail sur le serveur, ou notify.smtp dans les réglages.",
  },
  parked: {
    sentence: "Ce travail a échoué cinq fois de façon inattendue et a été mis de côté.",
    next: "Lisez le journal avec la référence donnée, puis réessayez à la main.",
  },
  "bus-unreachable": { sentence: "Le concentrateur du parc est injoignable pour le moment.", next: "" },
  "bus-not-durable": {
    sentence: "Le bus de messages ne conserve pas les webhooks de façon sûre ; aucun n'est donc accepté.",
    next: "Donnez à chaque serveur du bus la configuration écrite par fleet init : trois répliques, toujours synchronisées. Redémarrez un serveur que les autres ne voient pas.",
  },
  "bus-answer-unreadable": { sentence: "Un message sur le bus du parc n'a pas pu être compris.", next: "" },
  "fleet-refused": {
    sentence: "Le concentrateur du parc ne permet pas cela à ce serveur.",
    next: "Demandez à l'administrateur du parc à qui appartient cette commande.",
  },
  "server-cloned": {
    sentence:
      "Une autre machine porte le nom de ce serveur dans le parc ; celle-ci se contente donc de regarder.",
    next: "Dites sur elle : xolphin-ssl fleet moved, si c'est désormais le serveur, ou xolphin-ssl fleet copy.",
  },
  "handing-over": {
    sentence: "Ce compte est en route vers un autre serveur ; rien n'est fait entre-temps.",
    next: "Importez le fichier là-bas, ou dites ici : xolphin-ssl account take-back COMPTE.",
  },
  "handed-over": { sentence: "Un autre serveur s'occupe maintenant de ce compte.", next: "" },
  "handover-not-yet": {
    sentence: "Quelque chose est encore en cours pour ce compte ; il ne peut pas être remis maintenant.",
    next: "Réessayez dans quelques minutes ; une commande qui attend une approbation doit d'abord être approuvée ou refusée.",
  },
  "handover-refused": {
    sentence: "Cette remise ne peut pas être acceptée ici.",
    next: "Recommencez avec xolphin-ssl account receive sur le nouveau serveur, et regardez ce qui est nommé.",
  },
  "token-refused": {
    sentence: "Le jeton pour rejoindre le parc a déjà servi, est trop ancien ou n'en est pas un.",
    next: "Si personne chez vous ne l'a utilisé, quelqu'un d'autre l'a fait : d'abord xolphin-ssl fleet remove NOM --yes. Ensuite, créez-en un nouveau sur le concentrateur : xolphin-ssl fleet token NOM.",
  },
  internal: {
    sentence: "Quelque chose d'inattendu s'est mal passé dans le plugin.",
    next: "Signalez le numéro de référence.",
  },
  "setup-failed": {
    sentence: "Le serveur n’a pas pu être configuré.",
    next: "Corrigez ce qui est nommé et relancez ; cela reprend où cela s’est arrêté.",
  },
  "package-damaged": {
    sentence: "Le paquet est incomplet ou a été modifié après sa création.",
    next: "Téléchargez-le de nouveau et comparez sa somme de contrôle et sa signature.",
  },
  "upgrade-failed": {
    sentence: "La nouvelle version n’a pas démarré correctement ; la précédente fonctionne de nouveau.",
    next: "Gardez la version précédente et signalez ce qui est nommé.",
  },
  "ca-account-missing": {
    sentence: "Le compte chez Xolphin n’a pas encore été saisi.",
    next: "Saisissez-le sur la page d’administration, ou avec xolphin-ssl setup.",
  },
  "webhook-not-reachable": {
    sentence: "Les webhooks n’atteignent pas ce serveur à l’adresse que Xolphin utiliserait.",
    next: "Faites pointer le nom du serveur vers ce serveur et ouvrez le port des webhooks dans le pare-feu ; d’ici là, le contrôle régulier trouve les changements.",
  },
  "webhook-untrusted": {
    sentence: "Le certificat qui répond aux webhooks n’est pas approuvé pour le nom du serveur.",
    next: "Donnez au serveur un certificat valide dans le panneau, ou nommez-en un dans webhook.certificateFile.",
  },
  "name-server-silent": {
    sentence: "Aucun serveur de noms ne répond aux questions de ce serveur.",
    next: "Vérifiez /etc/resolv.conf, ou nommez des résolveurs dans dns.servers.",
  },
  "sync-implausible": {
    sentence: "Le disque annonce des données enregistrées plus vite qu’un disque ne le peut.",
    next: "Désactivez un cache d’écriture sans batterie, y compris celui de la virtualisation ; sinon une coupure peut coûter des webhooks acceptés.",
  },
  "sync-slow": {
    sentence: "Le disque met longtemps à enregistrer les données.",
    next: "Regardez ce qui occupe le disque ; les webhooks ne reçoivent de réponse qu’une fois enregistrés.",
  },
  "not-hardened": {
    sentence: "Le service fonctionne avec plus de droits que nécessaire.",
    next: "Démarrez-le avec ses propres unités systemd : xolphin-ssl setup les rétablit.",
  },
  "version-mismatch": {
    sentence: "Le panneau a une autre version de l’extension que le service.",
    next: "Installez de nouveau le paquet depuis le panneau.",
  },
};
