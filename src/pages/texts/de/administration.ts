import type { administration as English } from "../en/administration.ts";

export const administration: typeof English = {
  failures: "Was auf jemanden wartet",
  noFailures: "Nichts wartet auf jemanden.",
  queue: "Warteschlange",
  queueCounts: (due, waiting, parked) => `${due} jetzt fällig, ${waiting} wartend, ${parked} beiseitegelegt`,
  webhooks: "Webhooks",
  webhookCounts: (accepted, unmatched, refused) =>
    `${accepted} angenommen, davon ${unmatched} zu Anträgen, die hier nicht bekannt sind, ${refused} abgelehnt`,
  lastWebhook: (time) => `Der letzte kam ${time}.`,
  noWebhook: "Bisher kam keiner.",
  webhookColumns: { time: "Zeit", source: "Von", outcome: "Ergebnis", about: "Über" },
  outcomes: { accepted: "Angenommen", unmatched: "Hier nicht bekannt", refused: "Abgelehnt" },
  sweeps: "Regelmäßige Kontrollen",
  sweepParts: {
    pending: "Laufende Anträge",
    full: "Alles bei Xolphin",
    installed: "Installierte Zertifikate",
    ending: "Zertifikate, die ablaufen",
  },
};
