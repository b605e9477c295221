import type { administration as English } from "../en/administration.ts";

export const administration: typeof English = {
  failures: "Ce qui attend quelqu'un",
  noFailures: "Rien n'attend personne.",
  queue: "File d'attente",
  queueCounts: (due, waiting, parked) =>
    `${due} à traiter maintenant, ${waiting} en attente, ${parked} mis de côté`,
  webhooks: "Webhooks",
  webhookCounts: (accepted, unmatched, refused) =>
    `${accepted} acceptés, dont ${unmatched} sur des demandes inconnues ici, ${refused} refusés`,
  lastWebhook: (time) => `Le dernier est arrivé le ${time}.`,
  noWebhook: "Aucun n'est encore arrivé.",
  webhookColumns: { time: "Heure", source: "De", outcome: "Résultat", about: "À propos de" },
  outcomes: { accepted: "Accepté", unmatched: "Inconnu ici", refused: "Refusé" },
  sweeps: "Contrôles réguliers",
  sweepParts: {
    pending: "Demandes en cours",
    full: "Tout chez Xolphin",
    installed: "Certificats installés",
    ending: "Certificats qui arrivent à leur fin",
  },
};
