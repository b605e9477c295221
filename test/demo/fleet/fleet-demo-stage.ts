import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stringify } from "yaml";
import { type Balancer, openBalancer } from "../../fleet/balancer.ts";
import { BusCluster } from "../../fleet/bus-cluster.ts";
import { type FakeCa, startFakeCa } from "../../labs/ca/fake-ca.ts";
import { answers } from "../demo-stage.ts";
import { freePort } from "../free-port.ts";
import { command, commandWith, makeServiceUser, startRole, type UnixUser } from "../program.ts";
import { openStageFolder } from "../stage-folder.ts";
import { runDirOf, writeSettings } from "../stage-settings.ts";
import { type FleetDemoServer, fleetServers, openWorldDns } from "./fleet-servers.ts";

/** The two roles of one hub, as processes. */
export interface HubProcesses {
  readonly name: string;
  readonly webhookPort: number;
  /** What commands on this hub read. */
  readonly gatewayConfig: string;
  readonly roles: readonly ChildProcess[];
}

/** A server with its own executor and agent. */
export interface RunningServer extends FleetDemoServer {
  readonly config: string;
  command(...args: string[]): Promise<unknown>;
}

/** The demo's fleet: everything is a process of its own, except the labs, which are the world around it. */
export interface FleetDemoStage {
  readonly folder: string;
  readonly cluster: BusCluster;
  readonly ca: FakeCa;
  readonly balancer: Balancer;
  readonly hubs: readonly HubProcesses[];
  readonly servers: readonly RunningServer[];
  /** Ends a hub without a word. */
  killHub(hub: HubProcesses): Promise<void>;
  close(): Promise<void>;
}

export async function openFleetDemoStage(say: (line: string) => void): Promise<FleetDemoStage> {
  const user = await makeServiceUser();
  if (user === null) throw new Error("only root can install plugins and run their parts as their own users");
  const { folder, roles, closers, close } = openStageFolder("xolphin-ssl-fleet-");
  try {
    say("Starting three bus servers, three panel servers and the CA …");
    const cluster = await BusCluster.open();
    closers.push(() => cluster.close());
    const labs: FleetDemoServer[] = [];
    for (const { node, open } of fleetServers) {
      const place = join(folder, node);
      mkdirSync(place, { mode: 0o755 });
      const lab = await open(place);
      closers.push(() => lab.server.stop());
      labs.push(lab);
    }
    const dns = await openWorldDns(labs);
    closers.push(() => dns.stop());
    const ca = await startFakeCa({ dnsServers: [dns.server], pollMs: 500 });
    closers.push(() => ca.stop());
    for (const { server } of labs) server.trustCa?.(ca.rootPem);
    ca.setHosts(
      Object.fromEntries(
        labs.flatMap(({ domain, server: { address, httpPort } }) =>
          [domain, `www.${domain}`].map((name) => [name, { address, port: httpPort }]),
        ),
      ),
    );
    const settings = writeHubSettings(folder, cluster, ca, user);
    const hubs: HubProcesses[] = [];
    for (const name of ["hub1", "hub2"]) {
      const webhookPort = await freePort();
      const gatewayConfig = settings.gatewayConfig(name);
      const started = [
        await startRole("gateway", gatewayConfig, { user, logFile: join(folder, `${name}-gateway.log`) }),
        await startRole("intake", settings.intakeConfig(name, webhookPort), {
          user,
          logFile: join(folder, `${name}-intake.log`),
        }),
      ];
      roles.push(...started);
      hubs.push({ name, webhookPort, gatewayConfig, roles: started });
    }
    for (const { webhookPort } of hubs) await healthy(webhookPort);
    const balancer = await openBalancer(() => hubs.map(({ webhookPort }) => `127.0.0.1:${webhookPort}`));
    closers.push(() => balancer.close());
    ca.set({
      webhook: {
        url: `http://127.0.0.1:${balancer.port}/webhook`,
        localAddress: "127.0.0.1",
        retries: 20,
        retryDelayMs: 500,
      },
    });
    say(`One webhook address for all: http://127.0.0.1:${balancer.port}/webhook, two hubs behind it.`);
    const servers: RunningServer[] = [];
    const gatewayConfig = hubs[0]?.gatewayConfig ?? "";
    for (const lab of labs) {
      servers.push(await joinServer({ folder, lab, ca, user, gatewayConfig, dnsServer: dns.server }, roles));
      say(`${lab.node} (${lab.server.panel}) has joined with a one-time token and has no CA password.`);
    }
    return {
      folder,
      cluster,
      ca,
      balancer,
      hubs,
      servers,
      async killHub({ roles: both }) {
        await Promise.all(
          both.map(async (role) => {
            const gone = once(role, "exit");
            role.kill("SIGKILL");
            await gone;
          }),
        );
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Hands a file to the service's own user. */
function give(path: string, user: UnixUser): string {
  chownSync(path, user.uid, user.gid);
  return path;
}

function writeHubSettings(
  folder: string,
  cluster: BusCluster,
  ca: FakeCa,
  user: UnixUser,
): { gatewayConfig(name: string): string; intakeConfig(name: string, port: number): string } {
  const place = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return give(join(folder, name), user);
  };
  chmodSync(join(cluster.folder, "hub"), 0o755);
  for (const name of ["gateway.creds", "intake.creds", "signing-key", "revocation-key"])
    give(cluster.hub(name), user);
  const fleet = { role: "hub", servers: cluster.servers, trustFile: cluster.hub("bus-ca.pem") };
  const gatewaySettings = {
    ca: {
      baseUrl: ca.url,
      username: ca.credentials.userName,
      passwordFile: place("ca-password", `${ca.credentials.password}\n`),
      trustFile: place("ca-roots.pem", ca.tlsRootPem + ca.rootPem),
    },
    webhook: { tls: false },
    sweep: { pendingMinutes: 1 },
    fleet: {
      ...fleet,
      credentialFile: cluster.hub("gateway.creds"),
      signingKeyFile: cluster.hub("signing-key"),
      revocationKeyFile: cluster.hub("revocation-key"),
    },
  };
  return {
    // Two machines in truth: neither finds the other's sockets in its way.
    gatewayConfig(name) {
      const runDir = join(folder, `${name}-run`);
      mkdirSync(runDir, { mode: 0o750 });
      return place(`${name}-gateway.yaml`, stringify({ ...gatewaySettings, runDir: give(runDir, user) }));
    },
    intakeConfig: (name, port) =>
      place(
        `${name}-intake.yaml`,
        stringify({
          webhook: { listen: [`127.0.0.1:${port}`], tls: false, allowedSources: ["127.0.0.1"] },
          fleet: { ...fleet, credentialFile: cluster.hub("intake.creds") },
        }),
      ),
  };
}

async function joinServer(
  parts: {
    readonly folder: string;
    readonly lab: FleetDemoServer;
    readonly ca: FakeCa;
    readonly user: UnixUser;
    readonly gatewayConfig: string;
    readonly dnsServer: string;
  },
  roles: ChildProcess[],
): Promise<RunningServer> {
  const { lab, ca, user, gatewayConfig } = parts;
  const folder = join(parts.folder, lab.node);
  const runDir = runDirOf(folder, lab.server);
  await lab.server.installPlugin({ folder, runDir });
  const config = writeSettings({
    folder,
    server: lab.server,
    ca,
    webhookPort: await freePort(),
    executor: "socket",
    owner: user,
  });
  rmSync(join(folder, "ca-password"));
  const { token } = (await command(gatewayConfig, "fleet", "token", lab.node)) as { token: string };
  await commandWith(token, config, "fleet", "join");
  roles.push(await startRole("executor", config, { user: null, logFile: join(folder, "executor.log") }));
  await answers(join(runDir, "executor.sock"));
  roles.push(await startRole("agent", config, { user, logFile: join(folder, "agent.log") }));
  // A command would do its own work while no agent runs, and be in the agent's way.
  await answers(join(runDir, "pages.sock"));
  const server = { ...lab, config, command: (...args: string[]) => command(config, ...args) };
  for (let turn = 0; turn < 200; turn += 1) {
    const report = (await server.command("doctor").catch(() => null)) as {
      findings: { check: string; level: string }[];
    } | null;
    if (report?.findings.some(({ check, level }) => check === "Fleet" && level === "good") === true) {
      return server;
    }
    await pause(100);
  }
  throw new Error(`${lab.node} does not reach its hub`);
}

async function healthy(port: number): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    const status = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await pause(100);
  }
  throw new Error(`the hub's intake on ${port} takes no webhooks`);
}
