import type { HandoverReport } from "../agent/account-mover.ts";
import type { InstallationReport, ReasonReport, RequestReport } from "../agent/describe-request.ts";
import type { DoctorReport } from "../agent/doctor.ts";
import type { StatusReport } from "../agent/operations.ts";

/** Text for people; `--json` is for programs. */
export function printRequests(requests: readonly RequestReport[]): string {
  if (requests.length === 0) return "There are no requests.";
  return columns([
    ["ID", "STATE", "ACCOUNT", "VALID UNTIL", "NAMES"],
    ...requests.map((request) => [
      String(request.id ?? request.reference),
      request.state,
      request.account ?? "-",
      request.notAfter?.slice(0, 10) ?? "-",
      request.names.join(" "),
    ]),
  ]);
}

export function printRequest(request: RequestReport): string {
  const facts = [
    ["Request", String(request.id ?? "not known yet")],
    ["Reference", request.reference],
    ["Names", request.names.join(" ")],
    ["Account", request.account ?? "-"],
    ["Product", request.product ?? "-"],
    ["State", request.state],
    ...reasonLines(request.reason),
    ...(request.notAfter === null ? [] : [["Valid until", request.notAfter]]),
    ...request.dcv.map((name) => ["Validation", `${name.name}: ${name.state} (${name.method ?? "-"})`]),
    ...request.dcv
      .filter(({ state, record }) => state === "needs-you" && record !== null)
      .map(({ record }) => ["Add this", `${record?.owner}. ${record?.type} ${record?.value}`]),
    ...request.installations.flatMap(installationLines),
  ];
  const events = request.timeline.map(({ at, kind, source, data }) => [
    at,
    kind,
    source,
    Object.entries(data)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  ]);
  return [columns(facts), "", columns(events)].join("\n");
}

export function printStatus(status: StatusReport): string {
  const counts = (numbers: Readonly<Record<string, number>>): string =>
    Object.entries(numbers)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  return columns([
    ["Version", `${status.version} on ${status.panel}`],
    ["Requests", counts(status.requests)],
    ["Installations", counts(status.installations)],
    ["Queue", `${status.queue.due} due, ${status.queue.waiting} waiting, ${status.queue.parked} set aside`],
    [
      "Webhooks",
      `${status.webhooks.accepted} accepted (${status.webhooks.unmatched} unmatched), ${status.webhooks.refused} refused`,
    ],
    ["Last webhook", status.webhooks.last ?? "never"],
    ...Object.entries(status.sweeps).map(([part, { last, problem }]) => [
      `Sweep ${part}`,
      `${last ?? "never"}${problem === null ? "" : ` (${problem})`}`,
    ]),
  ]);
}

export function printDoctor(report: DoctorReport): string {
  const marks = { good: "ok  ", warn: "note", bad: "BAD " } as const;
  return report.findings
    .map(({ level, what, next, owner }) =>
      [`${marks[level]} ${what}`, ...(next === "" ? [] : [`     ${owner}: ${next}`])].join("\n"),
    )
    .join("\n");
}

function installationLines(installation: InstallationReport): string[][] {
  return [
    ["Installation", `${installation.vhost}: ${installation.state}`],
    ...reasonLines(installation.reason),
    ...installation.served.map(({ name, address, fingerprint, complete }) => [
      "Served",
      `${name} at ${address}: ${fingerprint?.slice(0, 16) ?? "no handshake"}${complete ? ", full chain" : ""}`,
    ]),
  ];
}

function reasonLines(reason: ReasonReport | null): string[][] {
  if (reason === null) return [];
  const detail = reason.detail === "" ? "" : ` (${reason.detail})`;
  return [
    ["Why", `${reason.sentence}${detail}`],
    ...(reason.next === "" ? [] : [["Next", `${reason.owner}: ${reason.next}`]]),
  ];
}

export function columns(table: readonly (readonly string[])[]): string {
  const rows = table.map((row) => row.map((cell) => cell.replaceAll(/\s*\n\s*/g, ", ")));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
        .join("  "),
    )
    .join("\n");
}

/** Accounts on their way between servers. */
export function printHandovers(reports: readonly HandoverReport[]): string {
  const rows = reports.map(({ account, direction, peer, state, orders }) => [
    account,
    direction === "out" ? `to ${peer ?? "-"}` : `from ${peer ?? "-"}`,
    state,
    String(orders),
  ]);
  return columns([["ACCOUNT", "MOVES", "STATE", "ORDERS"], ...rows]);
}
