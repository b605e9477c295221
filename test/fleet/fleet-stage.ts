import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, startAgent } from "../../src/agent/agent.ts";
import { createFleetTools } from "../../src/agent/fleet-tools.ts";
import { type Gateway, startGateway } from "../../src/agent/gateway.ts";
import { type Intake, startIntake } from "../../src/agent/intake.ts";
import type { OrderArguments } from "../../src/agent/operations.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { asCodedError } from "../../src/errors.ts";
import { type Ask, createAsk } from "../../src/fleet/ask.ts";
import type { Bus } from "../../src/fleet/bus.ts";
import type { BusNode } from "../../src/fleet/plan-bus.ts";
import { hintStream, wakeStream } from "../../src/fleet/subjects.ts";
import { type Log, silentLog } from "../../src/logging.ts";
import { readSettings, type Settings } from "../../src/settings.ts";
import { FakePanel, trustingHost } from "../fakes/fake-panel.ts";
import type { WebAddress } from "../labs/ca/dcv-checks.ts";
import { type FakeCa, startFakeCa } from "../labs/ca/fake-ca.ts";
import { createServerCertificates } from "../labs/ca/server-certificates.ts";
import { type DnsServer, startDnsServer } from "../labs/dns/dns-server.ts";
import { zoneLookup } from "../labs/dns/zone-lookup.ts";
import { type Balancer, openBalancer } from "./balancer.ts";
import { BusCluster, eventually, here, type Machine } from "./bus-cluster.ts";

/** A hub replica: the two roles of one machine. */
export interface HubReplica {
  readonly intake: Intake;
  readonly gateway: Gateway;
}

/** A server that has joined the fleet, with a panel of its own. */
export interface JoinedServer {
  readonly node: string;
  readonly folder: string;
  readonly configFile: string;
  readonly settings: Settings;
  readonly panel: FakePanel;
}

/** A server whose agent runs in this process. */
export interface FleetServer extends JoinedServer {
  agent: Agent;
}

/**
 * A whole fleet on loopback: the bus as real processes, everything of ours in this one, in real time because the bus has no
 * other. Servers join with tokens, as their administrators do it.
 */
export class FleetStage {
  readonly cluster: BusCluster;
  readonly ca: FakeCa;
  readonly dns: DnsServer;
  readonly balancer: Balancer;
  readonly hubs: HubReplica[] = [];
  readonly servers: FleetServer[] = [];
  readonly hubSettings: { readonly intake: Settings; readonly gateway: Settings };
  /** Where the panels listen. */
  readonly local: string;
  private readonly zone: { panels: FakePanel[] };
  private readonly hosts: Record<string, WebAddress> = {};
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly buses: Bus[] = [];
  private readonly panels: FakePanel[] = [];

  private constructor(
    parts: Pick<FleetStage, "cluster" | "ca" | "dns" | "balancer" | "hubSettings" | "local">,
    zone: FleetStage["zone"],
    hubs: HubReplica[],
    log: Log,
    clock: Clock,
  ) {
    this.cluster = parts.cluster;
    this.ca = parts.ca;
    this.dns = parts.dns;
    this.balancer = parts.balancer;
    this.hubSettings = parts.hubSettings;
    this.local = parts.local;
    this.zone = zone;
    this.hubs = hubs;
    this.log = log;
    this.clock = clock;
  }

  static async open(
    options: {
      hubs?: number;
      gatewaySettings?: string;
      log?: Log;
      clock?: Clock;
      /** `HOST:PORT` of the intakes, where they are not started here. */
      intakes?: () => readonly string[];
      machineOf?: (name: string) => Machine;
      /** What is different in the bus servers' configuration. */
      changeBus?: (text: string, node: BusNode) => string;
      /** Milliseconds between two rounds of the CA over all orders that wait. */
      pollMs?: number;
      /** Where CA and balancer are, and where panels and name server are. */
      addresses?: { readonly wide: string; readonly local: string };
    } = {},
  ): Promise<FleetStage> {
    const addresses = options.addresses ?? { wide: here.address, local: here.address };
    const cluster = await BusCluster.open({
      machineOf: options.machineOf ?? (() => here),
      ...(options.changeBus === undefined ? {} : { change: options.changeBus }),
    });
    const log = options.log ?? silentLog;
    const zone: FleetStage["zone"] = { panels: [] };
    const dns = await startDnsServer({
      address: addresses.local,
      lookup: (name, type) =>
        zoneLookup(new Map([["test", zone.panels.flatMap(({ records }) => records)]]))(name, type),
    });
    const ca = await startFakeCa({
      address: addresses.wide,
      dnsServers: [dns.server],
      hosts: {},
      pollMs: options.pollMs ?? 500,
    });
    const place = (name: string, text: string): string => {
      writeFileSync(cluster.hub(name), text, { mode: 0o600 });
      return cluster.hub(name);
    };
    const common = `servers: ${JSON.stringify(cluster.servers)}, trustFile: ${cluster.hub("bus-ca.pem")}`;
    const roots = place("ca-roots.pem", ca.tlsRootPem + ca.rootPem);
    const hubSettings = {
      intake: readSettings(
        place(
          "intake.yaml",
          `fleet: { role: hub, credentialFile: ${cluster.hub("intake.creds")}, ${common} }
webhook: { listen: ["127.0.0.1:0"], tls: false, allowedSources: [${addresses.wide}] }
`,
        ),
        [],
      ),
      gateway: readSettings(
        place(
          "gateway.yaml",
          `ca: { baseUrl: "${ca.url}", username: "${ca.credentials.userName}", passwordFile: ${place("ca-password", `${ca.credentials.password}\n`)}, trustFile: ${roots} }
fleet: { role: hub, credentialFile: ${cluster.hub("gateway.creds")}, signingKeyFile: ${cluster.hub("signing-key")}, revocationKeyFile: ${cluster.hub("revocation-key")}, ${common} }
webhook: { tls: false }
runDir: ${cluster.folder}/run
sweep: { pendingMinutes: 1 }
${options.gatewaySettings ?? ""}
`,
        ),
        [],
      ),
    };
    const hubs: HubReplica[] = [];
    const balancer = await openBalancer(
      options.intakes ??
        (() => hubs.flatMap(({ intake }) => intake.webhookPorts.map((port) => `127.0.0.1:${port}`))),
    );
    const stage = new FleetStage(
      { cluster, ca, dns, balancer, hubSettings, local: addresses.local },
      zone,
      hubs,
      log,
      options.clock ?? systemClock,
    );
    ca.set({
      webhook: {
        url: `http://127.0.0.1:${balancer.port}/webhook`,
        localAddress: "127.0.0.1",
        retries: 20,
        retryDelayMs: 500,
      },
    });
    try {
      for (let count = 0; count < (options.hubs ?? 1); count += 1) await stage.startHub();
    } catch (thrown) {
      await stage.close();
      throw thrown;
    }
    return stage;
  }

  async startHub(): Promise<HubReplica> {
    const gateway = await startGateway({
      settings: this.hubSettings.gateway,
      version: "test",
      log: this.log,
      clock: this.clock,
    });
    const intake = await startIntake({ settings: this.hubSettings.intake, log: this.log });
    const hub = { gateway, intake };
    this.hubs.push(hub);
    await eventually("the hub is ready", () => gateway.ready && intake.ready);
    return hub;
  }

  async stopHub(hub: HubReplica): Promise<void> {
    this.hubs.splice(this.hubs.indexOf(hub), 1);
    await Promise.all([hub.intake.stop(), hub.gateway.stop()]);
  }

  /** A new server with one account and its domain, joined with a token. */
  async addServer(node: string, domain = `${node}.test`): Promise<FleetServer> {
    const joined = await this.joinServer(node, domain);
    const server = { ...joined, agent: await this.startServerAgent(joined.settings, joined.panel, node) };
    this.servers.push(server);
    await eventually(`${node} has said hello`, () => server.agent.fleet?.connected === true);
    return server;
  }

  /** The same, without an agent. */
  async joinServer(node: string, domain = `${node}.test`): Promise<JoinedServer> {
    const folder = join(this.cluster.folder, `server-${node}`);
    mkdirSync(folder);
    const certificates = createServerCertificates(this.local);
    const panel = new FakePanel(certificates.contextFor("valid") as { cert: string; key: string });
    await panel.listen(this.local);
    this.zone.panels.push(panel);
    panel.addAccount("bob");
    this.addDomain(panel, domain);
    writeFileSync(join(folder, "roots.pem"), this.ca.tlsRootPem + this.ca.rootPem);
    const configFile = join(folder, "config.yaml");
    writeFileSync(
      configFile,
      `ca: { username: account, passwordFile: /nowhere, trustFile: ${folder}/roots.pem }
panel: { kind: fake, executor: in-process }
verify: { httpsPort: ${panel.httpsPort}, httpPort: ${panel.httpPort} }
dns: { servers: ["${this.dns.server}"] }
stateDir: ${folder}/state
runDir: ${folder}/run
sweep: { pendingMinutes: 1 }
`,
    );
    const tools = createFleetTools(this.clock);
    // A bus that was just started does not answer everything yet; a person would try again as well.
    await eventually(`${node} has joined`, async () => {
      try {
        await tools.join(configFile, (await tools.token(this.hubSettings.gateway, node)).reveal());
        return true;
      } catch (thrown) {
        if (asCodedError(thrown).code !== "bus-unreachable") throw thrown;
        return false;
      }
    });
    this.panels.push(panel);
    return { node, folder, configFile, settings: readSettings(configFile, ["fake"]), panel };
  }

  addDomain(panel: FakePanel, domain: string): void {
    panel.addVhost("bob", domain, [], { addresses: [this.local] });
    this.addDomainOf(panel, domain);
  }

  /** The world finds a domain of this panel. */
  addDomainOf(panel: FakePanel, domain: string): void {
    for (const name of [domain, `www.${domain}`]) {
      this.hosts[name] = { address: this.local, port: panel.httpPort };
    }
    this.ca.setHosts(this.hosts);
  }

  startServerAgent(
    settings: Settings,
    panel: FakePanel,
    machineId: string,
    clock: Clock = systemClock,
  ): Promise<Agent> {
    return startAgent({
      settings,
      clock,
      version: "test",
      log: this.log,
      panel: { panel, host: trustingHost },
      machineId,
      role: "service",
    });
  }

  /** Deletes everything that waits on the bus. */
  async loseStreams(): Promise<void> {
    const { manager } = (await this.gatewayBus()).now();
    await Promise.all([hintStream, wakeStream].map((name) => manager.streams.delete(name)));
  }

  /** The common name of every order that the CA has, once per order. */
  namesOrdered(): string[] {
    const { requests } = this.ca.describe() as { requests: { names: string[] }[] };
    return requests.map(({ names }) => names[0] ?? "");
  }

  /** The same disk in a second machine: started on a copy of the state, with the same machine id. */
  async cloneServer({ folder, panel, node }: FleetServer): Promise<Agent> {
    const place = `${folder}-copy`;
    cpSync(folder, place, { recursive: true, filter: (path) => !path.endsWith(".sock") });
    const config = join(place, "config.yaml");
    writeFileSync(config, readFileSync(config, "utf8").replaceAll(folder, place));
    return this.startServerAgent(readSettings(config, ["fake"]), panel, node);
  }

  /** The hub's own connection, to look at what lies on the bus and to break it. */
  gatewayBus(): Promise<Bus> {
    return this.openBus("gateway", this.cluster.hub("gateway.creds"));
  }

  /** Asks as somebody does who has all of a server: its real credential, and the session that it speaks in. */
  async askAs({ node, settings, agent }: FleetServer): Promise<Ask> {
    const bus = await this.openBus(node, settings.fleet.credentialFile ?? "");
    const { store } = agent.context;
    return createAsk(bus, node, systemClock, () => ({
      id: store.readMeta("fleet.session") ?? "",
      previous: [],
      machine: store.readMeta("fleet.machine") ?? "",
      at: new Date().toISOString(),
    }));
  }

  private async openBus(participant: string, credentialFile: string): Promise<Bus> {
    const bus = this.cluster.connect(participant, { credentialFile });
    this.buses.push(bus);
    await eventually("it is connected", () => bus.connected);
    return bus;
  }

  async order(server: FleetServer, name = `${server.node}.test`): Promise<string> {
    const { reference } = await server.agent.operations.order(wishFor(name));
    return reference;
  }

  async untilInstalled(server: FleetServer, reference: string): Promise<void> {
    let last: unknown;
    try {
      await eventually(`${reference} of ${server.node} is installed`, async () => {
        const request = await server.agent.operations.showRequest(reference);
        last = request;
        return request.state === "installed";
      });
    } catch (cause) {
      throw new Error(`it stays ${JSON.stringify(last, null, 1)}`, { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.buses.map((bus) => bus.close()));
    await Promise.all(this.servers.map(({ agent }) => agent.stop()));
    await Promise.all(this.hubs.splice(0).flatMap(({ intake, gateway }) => [intake.stop(), gateway.stop()]));
    await Promise.all([
      ...this.panels.map((panel) => panel.stop()),
      this.balancer.close(),
      this.ca.stop(),
      this.dns.stop(),
    ]);
    await this.cluster.close();
  }
}

/** What somebody asks for who wants a certificate for a domain. */
export function wishFor(domain: string, account = "bob"): OrderArguments {
  return {
    account,
    names: [domain],
    product: "EssentialSSL",
    years: 1,
    dcv: "dns",
    approver: null,
    key: "ec-p256",
  };
}
