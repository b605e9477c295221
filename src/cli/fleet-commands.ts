import { readFileSync } from "node:fs";
import type { FleetTools } from "../agent/fleet-tools.ts";
import { CodedError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { FleetCommand, Invocation } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { columns } from "./print.ts";
import { refuseExisting, writePrivateFile } from "./private-file.ts";

const clientPort = 4222;
const clusterPort = 6222;

export async function runFleetCommand(
  command: FleetCommand,
  invocation: Invocation,
  services: {
    openFleet(): Promise<FleetTools>;
    readSettings(path: string): Promise<Settings>;
    out(text: string): void;
    err(text: string): void;
  },
): Promise<number> {
  const fleet = await services.openFleet();
  const settings = (): Promise<Settings> => services.readSettings(invocation.config);
  const print = (result: unknown, human: string): number => {
    services.out(invocation.json ? JSON.stringify(result, null, 2) : human);
    return exitCodes.done;
  };
  const [first = "", second = ""] = invocation.positionals;
  switch (command) {
    case "fleet init": {
      const out = invocation.text("out");
      if (out === null) throw new CodedError("usage", { detail: "--out is missing" });
      const files = await fleet.init(out, invocation.texts("host"), { clientPort, clusterPort });
      return print({ files }, `${files.join("\n")}\nWritten. docs/guide-fleet.md says where each goes.`);
    }
    case "fleet token": {
      const out = invocation.text("out");
      if (out !== null) refuseExisting(out);
      const token = await fleet.token(await settings(), first);
      if (out !== null) {
        writePrivateFile(out, `${token.reveal()}\n`);
        return print({ node: first, file: out }, `Written to ${out}. It is good once and for a day.`);
      }
      // It goes to a file or a pipe; whoever prints it to a screen asked for it.
      return print({ node: first, token: token.reveal() }, token.reveal());
    }
    case "fleet join": {
      const token = readFileSync(invocation.text("token") ?? 0, "utf8");
      const joined = await fleet.join(invocation.config, token);
      return print(
        joined,
        [
          `Joined the fleet as ${joined.node}. Restart the service: systemctl restart xolphin-ssl`,
          ...(joined.passwordLeft === null
            ? []
            : [`The hub has the account at Xolphin now: take its password away from ${joined.passwordLeft}`]),
        ].join("\n"),
      );
    }
    case "fleet status": {
      const overview = await fleet.overview(await settings());
      const rows = overview.servers.map(({ node, state, lastSeen, report }) => [
        node,
        state,
        lastSeen ?? "-",
        report?.version ?? "-",
        report?.panel ?? "-",
        String(report?.queue.due ?? "-"),
        String(report?.failed ?? "-"),
        String(report?.ending ?? "-"),
      ]);
      const head = ["SERVER", "STATE", "LAST SEEN", "VERSION", "PANEL", "DUE", "FAILED", "ENDING"];
      const runs = overview.reissues.map(
        ({ id, state, done, all, stuck, finishAt }) =>
          `Reissue ${id}: ${state}, ${done} of ${all} replaced, ${stuck} need somebody${finishAt === null ? "" : `, done about ${finishAt}`}`,
      );
      const disputes = overview.disputes.map(
        ({ requestId, owner, claimedBy }) =>
          `Order ${requestId} is ${owner ?? "nobody"}'s, and ${claimedBy} claims it: fleet give ${requestId} NAME`,
      );
      return print(overview, [columns([head, ...rows]), ...runs, ...disputes].join("\n"));
    }
    case "fleet reissue":
      return reissue(fleet, await settings(), invocation, print);
    case "fleet stop": {
      await fleet.stopReissue(await settings(), first);
      return print({ id: first }, "What has not been ordered yet is not ordered any more.");
    }
    case "fleet give": {
      if (!/^[1-9]\d{0,9}$/.test(first)) throw new CodedError("usage", { detail: "ID is the CA's number" });
      await fleet.give(await settings(), Number(first), second);
      return print({ id: Number(first), node: second }, `Order ${first} belongs to ${second} now.`);
    }
    case "fleet remove": {
      if (!invocation.flag("yes")) {
        throw new CodedError("usage", { detail: "the server loses its way to the CA; say so with --yes" });
      }
      await fleet.remove(await settings(), first);
      return print({ node: first }, `${first} is not in the fleet any more.`);
    }
  }
}

/** First the number and how long it takes; with `--yes` it begins. */
async function reissue(
  fleet: FleetTools,
  settings: Settings,
  invocation: Invocation,
  print: (result: unknown, human: string) => number,
): Promise<number> {
  const before = invocation.text("before");
  if (before !== null && !/^\d{4}-\d{2}-\d{2}$/.test(before)) {
    throw new CodedError("usage", { detail: "--before takes a date, such as 2026-12-31" });
  }
  const choice = {
    issuer: invocation.text("issuer"),
    endsBefore: before === null ? null : new Date(`${before}T00:00:00Z`),
    nodes: invocation.texts("server").length === 0 ? null : invocation.texts("server"),
  };
  if (!invocation.flag("all") && Object.values(choice).every((value) => value === null)) {
    throw new CodedError("usage", { detail: "say which: --issuer, --before, --server, or --all" });
  }
  const offer = await fleet.offerReissue(settings, choice);
  const hours = offer.forecast === null ? "unknown" : `${(offer.forecast / 3_600_000).toFixed(1)} hours`;
  if (!invocation.flag("yes")) {
    return print(
      offer,
      [
        `${offer.count} certificates; within the CA's limit about ${hours}.`,
        ...(offer.unknown.length === 0 ? [] : [`Not counted yet: ${offer.unknown.join(", ")}.`]),
        `Issuers: ${offer.issuers.join("; ")}`,
        "Begin with --yes.",
      ].join("\n"),
    );
  }
  const id = await fleet.reissue(settings, choice, {
    reason: invocation.text("reason") ?? "",
    urgent: invocation.flag("urgent"),
    count: offer.count,
  });
  return print({ id, ...offer }, `Begun as ${id}: ${offer.count} certificates, about ${hours}.`);
}
