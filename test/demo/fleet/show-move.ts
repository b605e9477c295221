import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fingerprint, openssl } from "../openssl.ts";
import { account } from "../servers/demo-server.ts";
import type { PleskServer } from "../servers/plesk.ts";
import type { FleetDemoStage, RunningServer } from "./fleet-demo-stage.ts";

const patience = 120_000;

interface Report {
  readonly reference: string;
  readonly state: string;
  readonly fingerprint: string | null;
}

/**
 * Moves the account of the first server, with DirectAdmin, to the one with Plesk, by the commands that root types there, and
 * proves by a handshake that the same certificate is served there. Returns whether the proof holds.
 */
export async function showMove(
  stage: FleetDemoStage,
  reference: string,
  say: (line: string) => void,
): Promise<boolean> {
  const from = stage.servers.find(({ server }) => server.panel === "directadmin");
  const to = stage.servers.find(({ server }) => server.panel === "plesk");
  if (from === undefined || to === undefined) throw new Error("both panels are needed");
  const { domain } = from;
  // What a migration tool does: the website exists on the new server, with another certificate.
  await (to.server as PleskServer).lab.addDomain(account, domain);
  await (to.server as PleskServer).lab.settle();
  say(`\nMoving ${account} with ${domain} from ${from.node} (DirectAdmin) to ${to.node} (Plesk) …`);
  const before = await servedBy(stage, to, domain);
  const { invitation } = (await to.command("account", "receive", account)) as { invitation: string };
  const file = join(stage.folder, "account.move");
  await from.command("account", "export", account, "--to", invitation, "--file", file);
  const mode = (statSync(file).mode & 0o777).toString(8);
  await to.command("account", "import", file);
  const end = Date.now() + patience;
  let report = await show(to, reference);
  while (report.state !== "installed" && Date.now() < end) {
    await pause(500);
    report = await show(to, reference);
  }
  const after = await servedBy(stage, to, domain);
  const left = await show(from, reference);
  say(`  file of mode ${mode}; on ${to.node} ${reference} is ${report.state}, on ${from.node} ${left.state}`);
  say(`  ${to.node} served ${before.slice(0, 23)}…, now ${after}`);
  const refused = await from.command("reissue", reference).then(
    () => "done",
    (thrown: Error) => thrown.message.trim().split("\n")[0] ?? "",
  );
  say(`  reissue on ${from.node}: ${refused}`);
  return (
    mode === "600" &&
    report.state === "installed" &&
    after === report.fingerprint &&
    after !== before &&
    refused !== "done"
  );
}

async function show(server: RunningServer, reference: string): Promise<Report> {
  return (await server.command("request", "show", reference)) as Report;
}

async function servedBy(stage: FleetDemoStage, { server }: RunningServer, domain: string): Promise<string> {
  const look = await openssl(
    ...["s_client", "-connect", `${server.address}:${server.httpsPort}`, "-servername", domain],
    ...["-CAfile", join(stage.folder, "issued-by.pem"), "-no-CApath", "-no-CAstore", "-showcerts"],
  );
  return fingerprint(look);
}
