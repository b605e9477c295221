/** English: words of the administrator's page. */
export const administration = {
  failures: "What needs somebody",
  noFailures: "Nothing needs anybody.",
  queue: "Queue",
  queueCounts: (due: number, waiting: number, parked: number) =>
    `${due} due now, ${waiting} waiting, ${parked} set aside`,
  webhooks: "Webhooks",
  webhookCounts: (accepted: number, unmatched: number, refused: number) =>
    `${accepted} accepted, ${unmatched} of them about requests that are not known here, ${refused} refused`,
  lastWebhook: (time: string) => `The last one came ${time}.`,
  noWebhook: "None has come yet.",
  webhookColumns: { time: "Time", source: "From", outcome: "Outcome", about: "About" },
  outcomes: { accepted: "Accepted", unmatched: "Not known here", refused: "Refused" },
  sweeps: "Regular checks",
  sweepParts: {
    pending: "Pending requests",
    full: "Everything at Xolphin",
    installed: "Installed certificates",
    ending: "Certificates that come to their end",
  },
};
