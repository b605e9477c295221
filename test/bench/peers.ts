import { X509Certificate } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DemoStage } from "../demo/demo-stage.ts";
import type { DemoServer } from "../demo/servers/demo-server.ts";
import { look } from "../proof/watch-served.ts";
import { atMost, type Figure, plain } from "./aim.ts";
import type { BenchPanel } from "./bench-panels.ts";
import { acmeFolder, carryAcme, type DeployHook } from "./deploy-hooks.ts";
import { installMany, type ManyCost } from "./many.ts";
import { median } from "./measure.ts";
import { orderBare, quiet } from "./orders.ts";

export const peerNotes = `
\`acme.sh\` is given the numbers of the certificates at the CA and their keys as files, since it can't order from this CA; it collects with
curl, one after the other, and looks at no handshake. The agent starts from the CA's webhooks and has looked at every handshake when
its time ends. Not raced: \`lego\` and Debian's \`certbot\` have no way to put a certificate on any of the three panels; the one that is
published for \`certbot\` and cPanel (certbot-dns-cpanel 0.4.0) calls a function of the old API 2 that the lab does not have; \`acme.sh\` has
no hook for Plesk. The agent's memory can't be that of a shell: a runtime and a store stay there to take webhooks at any time.
`;

/**
 * Many certificates for new websites of one account, in turn: the agent, from webhooks to handshakes, and acme.sh's deploy
 * hook for the panel, which is given the numbers at the CA and looks at nothing afterwards. Nothing where the panel has no hook.
 */
export async function benchPeers<Server extends DemoServer>(
  panel: BenchPanel<Server>,
  stage: DemoStage<Server>,
  turns: number,
  sites: number,
): Promise<Figure[]> {
  const hook = panel.deployHook;
  if (hook === null || acmeFolder === null) {
    return [
      {
        what: hook === null ? "acme.sh has no hook for this panel" : "acme.sh was not to be had",
        value: "–",
      },
    ];
  }
  const [ours, theirs]: [ManyCost[], ManyCost[]] = [[], []];
  for (let turn = 0; turn < turns; turn += 1) {
    const names = (who: string): string[] =>
      Array.from({ length: sites }, (_, index) => `${who}-${turn}-${index}.test`);
    ours.push(await installMany(panel, stage, names("race")));
    theirs.push(await installWithHook({ panel, hook, stage, acme: acmeFolder, turn }, names("acme")));
  }
  const of = (costs: readonly ManyCost[], what: keyof ManyCost): number =>
    median(costs.map((cost) => cost[what]));
  const ratio = (what: keyof ManyCost): number => of(ours, what) / of(theirs, what);
  const name = `acme.sh's \`${hook.name}\``;
  return [
    plain(
      `${sites} certificates collected, installed and proven by the agent`,
      of(ours, "wall") / 1000,
      " s",
    ),
    plain(
      `${sites} collected with curl and installed by ${name}, not proven`,
      of(theirs, "wall") / 1000,
      " s",
    ),
    atMost("agent : acme.sh, wall time", ratio("wall"), 1, ""),
    plain("processor time of agent and root side", of(ours, "cpu") / 1000, " s"),
    plain("the same with the panel's commands that they start", of(ours, "familyCpu") / 1000, " s"),
    plain("processor time of acme.sh with what it starts", of(theirs, "cpu") / 1000, " s"),
    atMost("agent : acme.sh, processor time with what they start", ratio("familyCpu"), 1, ""),
    plain("peak memory of agent and root side together", of(ours, "peakMb"), " MB"),
    plain("peak memory of acme.sh's largest process", of(theirs, "peakMb"), " MB"),
    plain("reloads caused by the agent", of(ours, "reloads"), ""),
    plain("reloads caused by acme.sh", of(theirs, "reloads"), ""),
    atMost("agent : acme.sh, reloads", ratio("reloads"), 1, ""),
  ];
}

interface HookRun<Server extends DemoServer> {
  readonly panel: BenchPanel<Server>;
  readonly hook: DeployHook<Server>;
  readonly stage: DemoStage<Server>;
  readonly acme: string;
  readonly turn: number;
}

async function installWithHook<Server extends DemoServer>(
  { panel, hook, stage, acme, turn }: HookRun<Server>,
  names: readonly string[],
): Promise<ManyCost> {
  const { ca, server } = stage;
  await panel.addSites(server, names);
  const folder = hook.folder(server, stage.folder, turn);
  const carried = carryAcme(hook, server, folder, acme);
  const webhook = ca.switches.webhook.url;
  // The agent knows nothing of these orders, and is not to look for them now.
  ca.set({ webhook: { url: null } });
  const wanted: string[] = [];
  const fingerprints = new Map<string, string>();
  for (const name of names) {
    mkdirSync(join(folder, name));
    const id = await orderBare(stage, name, join(folder, name));
    const { fingerprint256 } = new X509Certificate(ca.issue(id).issued.pem);
    fingerprints.set(name, fingerprint256.replaceAll(":", "").toLowerCase());
    wanted.push(`${name}=${id}`);
  }
  await quiet(stage);
  const place = (file: string, text: string): string => {
    writeFileSync(join(folder, file), text, { mode: 0o600 });
    return hook.seen(server, join(folder, file));
  };
  const seen = hook.seen(server, folder);
  const before = { reloads: panel.reloads(server), at: performance.now() };
  const timed = ["/usr/bin/time", "--format=%U %S %M", "/bin/sh", carried.script, ...wanted];
  const { stderr } = await hook.run(server, timed, {
    HOME: seen,
    ACME: carried.acme,
    LE_WORKING_DIR: carried.acme,
    LE_CONFIG_HOME: `${seen}/home`,
    CA_URL: ca.url,
    CA_LOGIN: `${ca.credentials.userName}:${ca.credentials.password}`,
    CA_ROOT: place("ca-root.pem", ca.tlsRootPem),
    HOOK: hook.name,
    FOLDER: seen,
  });
  // The panel is spared the wait for its next minute.
  await panel.takeUp(server);
  const wall = performance.now() - before.at;
  for (const [name, fingerprint] of fingerprints) {
    const shown = await look(server.address, server.httpsPort, name, ca.rootPem);
    if (shown.fingerprint !== fingerprint) throw new Error(`acme.sh did not install ${name}`);
  }
  ca.set({ webhook: { url: webhook } });
  const [user = 0, system = 0, kib = 0] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  const cpu = (user + system) * 1000;
  return {
    wall,
    cpu,
    familyCpu: cpu,
    peakMb: (kib * 1024) / 1e6,
    reloads: panel.reloads(server) - before.reloads,
  };
}
