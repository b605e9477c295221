import type { FleetOverview, ServerOverview } from "../fleet/overview.ts";
import type { ReissueChoice, ReissueOffer, ReissuePart, ReissueRun } from "../fleet/reissues.ts";

const states: Readonly<Record<ServerOverview["state"], string>> = {
  alive: "Well",
  silent: "Silent",
  disputed: "Two machines with this name",
  joined: "Joined, not heard yet",
  removed: "Removed",
};
const runStates: Readonly<Record<ReissueRun["state"], string>> = {
  "under-way": "Under way",
  done: "Done",
  stopped: "Stopped",
};
const partStates: Readonly<Record<ReissuePart["state"], string>> = {
  waiting: "Waits for the server",
  "under-way": "Under way",
  done: "Done",
  stopped: "Stopped",
};
const day = 86_400_000;

/** What the first page shows. */
export function overviewView(overview: FleetOverview, now: Date): Record<string, unknown> {
  const alive = overview.servers.filter(({ state }) => state === "alive");
  const sum = (of: (report: NonNullable<ServerOverview["report"]>) => number): number =>
    overview.servers.reduce((total, { report }) => total + (report === null ? 0 : of(report)), 0);
  return {
    at: time(now.toISOString()),
    figures: [
      { term: "Servers well", text: `${alive.length} of ${overview.servers.length}` },
      { term: "Installed", text: String(sum(({ requests }) => requests["installed"] ?? 0)) },
      { term: "Need somebody", text: String(sum(({ failed }) => failed)) },
      { term: "End within 30 days, without successor", text: String(sum(({ ending }) => ending)) },
      { term: "Orders looked through", text: time(overview.walks.pending) },
    ],
    servers: overview.servers.map(({ node, state, lastSeen, report }) => ({
      node,
      state,
      stateText: states[state],
      lastSeen: time(lastSeen),
      version: report?.version ?? "–",
      panel: report?.panel ?? "–",
      hostName: report?.hostName ?? "–",
      installed: report?.requests["installed"] ?? "–",
      due: report?.queue.due ?? "–",
      failed: report?.failed ?? "–",
      ending: report?.ending ?? "–",
    })),
    disputes: overview.disputes.map(
      ({ requestId, owner, claimedBy }) =>
        `Order ${requestId} is ${owner ?? "nobody"}'s, and ${claimedBy} claims it: xolphin-ssl fleet give ${requestId} NAME.`,
    ),
    runs: overview.reissues.map((run) => ({
      id: run.id,
      title: `Asked for ${time(run.wantedAt)} by ${run.by}`,
      what: describeChoice(run),
      reason: run.reason,
      state: run.state,
      stateText: runStates[run.state],
      pace: run.urgent ? "Urgent" : "Calm",
      all: run.all,
      done: run.done,
      stuck: run.stuck,
      finishAt: run.finishAt === null ? null : time(run.finishAt),
      canStop: run.state === "under-way",
      servers: run.servers.map((part) => ({ ...part, stateText: partStates[part.state] })),
    })),
  };
}

/** What the page shows on which certificates are chosen to be made anew. */
export function chooseView(choice: ReissueChoice, offer: ReissueOffer, now: Date): Record<string, unknown> {
  const { count, forecast } = offer;
  return {
    issuers: offer.issuers.map((name) => ({ name, chosen: name === choice.issuer })),
    nodes: offer.nodes.map((name) => ({ name, chosen: choice.nodes?.includes(name) ?? false })),
    before: choice.endsBefore?.toISOString().slice(0, 10) ?? "",
    hidden: [
      { name: "issuer", value: choice.issuer ?? "" },
      { name: "before", value: choice.endsBefore?.toISOString().slice(0, 10) ?? "" },
      ...(choice.nodes ?? []).map((value) => ({ name: "server", value })),
    ],
    count,
    unknown: offer.unknown,
    forecast:
      forecast === null
        ? "How long it takes is not known until Xolphin has told its limit."
        : `Within Xolphin's limit it takes about ${duration(forecast)}, until ${time(
            new Date(now.getTime() + forecast).toISOString(),
          )}.`,
  };
}

function describeChoice({ issuer, endsBefore, servers }: ReissueRun): string {
  return [
    issuer === null ? "Of every issuer" : `Issued by ${issuer}`,
    ...(endsBefore === null ? [] : [`ending before ${endsBefore.slice(0, 10)}`]),
    servers.length === 1 ? "on one server" : `on ${servers.length} servers`,
  ].join(", ");
}

function duration(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 120) return minutes === 1 ? "a minute" : `${minutes} minutes`;
  if (ms < 2 * day) return `${Math.ceil(minutes / 60)} hours`;
  return `${Math.ceil(ms / day)} days`;
}

function time(iso: string | null): string {
  return iso === null ? "–" : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
