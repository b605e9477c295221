import type { StatusReport } from "./operations.ts";

/** The figures of `status` in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function metricsText(status: StatusReport, now: Date): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    kind: "gauge" | "counter",
    help: string,
    samples: readonly (readonly [Readonly<Record<string, string>>, number])[],
  ): void => {
    lines.push(`# HELP xolphin_ssl_${name} ${help}`, `# TYPE xolphin_ssl_${name} ${kind}`);
    for (const [labels, value] of samples) lines.push(`xolphin_ssl_${name}${labelText(labels)} ${value}`);
  };
  const byState = (counts: Readonly<Record<string, number>>): [{ state: string }, number][] =>
    Object.entries(counts).map(([state, count]) => [{ state }, count]);
  metric("info", "gauge", "Version and panel.", [[{ version: status.version, panel: status.panel }, 1]]);
  metric("requests", "gauge", "Requests by state.", byState(status.requests));
  metric("installations", "gauge", "Installations by state.", byState(status.installations));
  metric("queue", "gauge", "Work by what it waits for.", byState(status.queue));
  metric("webhooks_accepted_total", "counter", "Webhooks that were stored.", [
    [{}, status.webhooks.accepted],
  ]);
  metric("webhooks_unmatched_total", "counter", "Accepted webhooks about requests that are not known here.", [
    [{}, status.webhooks.unmatched],
  ]);
  metric("webhooks_refused_total", "counter", "Webhook calls that were refused since the service started.", [
    [{}, status.webhooks.refused],
  ]);
  metric(
    "webhook_age_seconds",
    "gauge",
    "Time since the last webhook; absent when none came.",
    ageOf(status.webhooks.last, {}, now),
  );
  metric(
    "sweep_age_seconds",
    "gauge",
    "Time since a regular check last succeeded; absent when it never did.",
    Object.entries(status.sweeps).flatMap(([part, { last }]) => ageOf(last, { part }, now)),
  );
  metric(
    "sweep_failing",
    "gauge",
    "1 while a regular check does not succeed.",
    Object.entries(status.sweeps).map(([part, { problem }]) => [{ part }, problem === null ? 0 : 1]),
  );
  return `${lines.join("\n")}\n`;
}

function ageOf(
  moment: string | null,
  labels: Readonly<Record<string, string>>,
  now: Date,
): [Readonly<Record<string, string>>, number][] {
  return moment === null
    ? []
    : [[labels, Math.max(0, Math.round((now.getTime() - Date.parse(moment)) / 1000))]];
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
