import { readFileSync } from "node:fs";
import type { FleetTools } from "../agent/fleet-tools.ts";
import { CodedError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { FleetCommand, Invocation } from "./arguments.ts";
import { exitCodes } from "./exit-codes.ts";
import { columns } from "./print.ts";

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
      const token = await fleet.token(await settings(), first);
      // It goes to a file or a pipe; whoever prints it to a screen asked for it.
      return print({ node: first, token: token.reveal() }, token.reveal());
    }
    case "fleet join": {
      const token = readFileSync(invocation.text("token") ?? 0, "utf8");
      const joined = await fleet.join(invocation.config, token);
      return print(
        joined,
        `Joined the fleet as ${joined.node}. Restart the service: systemctl restart xolphin-ssl`,
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
      return print(overview, columns([head, ...rows]));
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
