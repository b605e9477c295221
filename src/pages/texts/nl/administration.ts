import type { administration as English } from "../en/administration.ts";

export const administration: typeof English = {
  failures: "Wat op iemand wacht",
  noFailures: "Niets wacht op iemand.",
  queue: "Wachtrij",
  queueCounts: (due, waiting, parked) =>
    `${due} nu aan de beurt, ${waiting} wachtend, ${parked} terzijde gelegd`,
  webhooks: "Webhooks",
  webhookCounts: (accepted, unmatched, refused) =>
    `${accepted} aangenomen, waarvan ${unmatched} over aanvragen die hier niet bekend zijn, ${refused} geweigerd`,
  lastWebhook: (time) => `De laatste kwam ${time}.`,
  noWebhook: "Er is er nog geen gekomen.",
  webhookColumns: { time: "Tijd", source: "Van", outcome: "Uitkomst", about: "Over" },
  outcomes: { accepted: "Aangenomen", unmatched: "Hier niet bekend", refused: "Geweigerd" },
  sweeps: "Vaste controles",
  sweepParts: {
    pending: "Lopende aanvragen",
    full: "Alles bij Xolphin",
    installed: "Geïnstalleerde certificaten",
    ending: "Certificaten die aflopen",
  },
};
