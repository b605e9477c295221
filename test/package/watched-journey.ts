import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CaOnServer, startCaOn } from "./ca-on-server.ts";
import { eventually } from "./eventually.ts";
import { hostingUsers, inHostingPlace } from "./hosting-places.ts";
import { command } from "./lab-process.ts";
import type { PanelOnServer } from "./panel-server.ts";
import { type RootTrace, type RootWatch, watchRoot } from "./root-trace.ts";

interface ShownRequest {
  readonly id: number | null;
  readonly reference: string;
  readonly state: string;
}

/** The CA lab as Xolphin, and what differs between this server and one on the internet; the account is left to the page. */
export async function joinCa({ machine, trust }: PanelOnServer): Promise<CaOnServer> {
  const ca = await startCaOn(machine, "127.0.0.1:53", "/etc/xolphin-ssl/host-certificate.pem");
  await trust(readFileSync(join(machine.root, ca.trustFile), "utf8"));
  const answers = {
    settings: {
      ca: { baseUrl: ca.url, trustFile: ca.trustFile },
      webhook: { allowedSources: ["127.0.0.1"] },
      dns: { servers: ["127.0.0.1:53"] },
      verify: { address: "127.0.0.1" },
    },
  };
  writeFileSync(join(machine.root, "tmp/answers.yaml"), JSON.stringify(answers));
  await command(machine, "xolphin-ssl", "setup", "--answers", "/tmp/answers.yaml");
  return ca;
}

/**
 * The whole way of certificates, with whatever runs as root watched: ordered with a file and with a DNS record as proof,
 * announced by a webhook, collected, installed, served, shown to account and administrator, and issued anew; and a change
 * in the panel that wakes the agent. `begin`: what comes before all of it.
 */
export async function watchJourney(
  server: PanelOnServer,
  ca: CaOnServer,
  begin: () => Promise<void> = async () => undefined,
): Promise<RootTrace> {
  const { machine, account, domain, second } = server;
  const watch = await watchRoot(machine, server.lab.pid);
  const order = (name: string, dcv: string): Promise<ShownRequest> =>
    ask(
      watch,
      ...["order", "--account", account, "--name", name, "--product", "EssentialSSL", "--years", "1"],
      ...["--dcv", dcv],
    );
  const served = (name: string): Promise<string> => handshake(server, ca, name);
  await begin();

  const byFile = await order(domain, "file");
  const byDns = await order(second, "dns");
  for (const { reference } of [byFile, byDns]) await untilInstalled(watch, reference);
  const before = await served(domain);
  expect(await served(second)).not.toBe(before);
  const { webhooks } = await ask<{ webhooks: { accepted: number } }>(watch, "status");
  expect(webhooks.accepted).toBeGreaterThan(0);

  expect(await server.page("account")).toContain(domain);
  expect(await server.page("administrator", "settings")).toContain("https://server.lab.test:9770/webhook");

  const { id } = await ask<ShownRequest>(watch, "request", "show", byFile.reference);
  const anew = await ask<ShownRequest>(watch, "reissue", String(id));
  await untilInstalled(watch, anew.reference);
  expect(await served(domain)).not.toBe(before);

  await server.addDomain("later.test");
  return watch.finish();
}

async function ask<T>(watch: RootWatch, ...words: string[]): Promise<T> {
  return JSON.parse(await watch.run("xolphin-ssl", ...words, "--json")) as T;
}

async function untilInstalled(watch: RootWatch, reference: string): Promise<void> {
  await eventually(async () => {
    const { state } = await ask<ShownRequest>(watch, "request", "show", reference);
    expect(state).toBe("installed");
  }, 120_000);
}

/** The fingerprint of what a website shows to a client that trusts the CA; throws where that client would turn away. */
export async function handshake({ machine }: PanelOnServer, ca: CaOnServer, name: string): Promise<string> {
  const client = ["openssl", "s_client", "-connect", "127.0.0.1:443", "-servername", name];
  const judged = await machine.run([...client, "-CAfile", ca.trustFile, "-verify_hostname", name]);
  expect(judged.out).toMatch(/Verify return code: 0 \(ok\)/);
  const read = ["openssl", "x509", "-noout", "-fingerprint", "-sha256"];
  return (await machine.run(read, { input: judged.out })).out;
}

/** Everything of ours that runs as root, and what it starts in turn. */
const rootPrograms = [
  // The root side.
  /(?:\/bin\/xolphin-ssl|\/main\.js) executor$/,
  // The administrator's own commands.
  /(?:^xolphin-ssl|\/main\.js) (?:order|request show|reissue|status) /,
  /^readlink -f -- \/\S+\/xolphin-ssl$/,
  // Pages on cPanel, which hand over what they are asked, and on WHM.
  /\/admin-module XolphinSSL Bridge$/,
  /\/xolphin_ssl\/index\.cgi$/,
  // What a change in the panel starts: it wakes the agent.
  /\/xolphin_ssl\/(?:hooks\/\w+\.sh|hooks\/\.\.\/lib\/wake|wake)$/,
  /\/xolphin-ssl\/xolevents(?: wake)?$/,
  /^cat$/,
  /^(?:env -i PATH=\/usr\/bin:\/bin )?curl -q .* http:\/\/localhost\/operations\/panelChanged$/,
];

/** That root named no place of an account, and that the watch would have known one and has seen something. */
export function expectRootKeptAway({ machine: { root }, home }: PanelOnServer, trace: RootTrace): void {
  const users = hostingUsers(root);
  for (const path of [`${home}/x`, `${home}/.well-known/pki-validation/x.txt`, "/tmp/x"]) {
    expect([path, inHostingPlace(root, users, { name: "openat", path })]).toEqual([path, true]);
  }
  expect(trace.inHostingPlaces).toEqual([]);
  expect(trace.calls).toBeGreaterThan(1_000);
  for (const words of [/ executor$/, /^xolphin-ssl order /, /\bpanelChanged$/]) {
    expect(trace.programs).toContainEqual(expect.stringMatching(words));
  }
  expect(trace.programs.filter((program) => !rootPrograms.some((known) => known.test(program)))).toEqual([]);
}
