import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import { join } from "node:path";
import { connect } from "node:tls";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { callOperation } from "../../src/control/control-client.ts";
import { startControlServer } from "../../src/control/control-server.ts";
import { executorVerbs } from "../../src/executor/executor-server.ts";
import type { Bus } from "../../src/fleet/bus.ts";
import { hintStream, wakeStream } from "../../src/fleet/subjects.ts";
import { silentLog } from "../../src/logging.ts";
import { startProgram } from "../demo/program.ts";
import type { Machine } from "./bus-cluster.ts";
import { FleetStage, type JoinedServer, wishFor } from "./fleet-stage.ts";
import { HubProcess } from "./hub-process.ts";
import { writeTime } from "./movable-clock.ts";
import { localAddress, Network, wideAddress } from "./network.ts";

/** A server's agent; its arguments are said there. */
export const agentProgram = join(import.meta.dirname, "drill-agent.ts");

/** Where a server's agent runs, and in which time. */
interface DrillPlace {
  /** What stands before a command that is to run there. */
  readonly before: readonly string[];
  /** What says how far ahead its clock is. */
  readonly timeFile: string;
}

/** A server of the drill: its agent is a process that may be killed, its panel stays. */
export class DrillServer {
  readonly joined: JoinedServer;
  private readonly place: DrillPlace;
  private readonly executor: Server;
  private child: ChildProcess | null = null;

  private constructor(joined: JoinedServer, place: DrillPlace, executor: Server) {
    this.joined = joined;
    this.place = place;
    this.executor = executor;
  }

  static async open(joined: JoinedServer, place: DrillPlace): Promise<DrillServer> {
    const executor = await startControlServer(socketOf(joined), executorVerbs(joined.panel), silentLog);
    return new DrillServer(joined, place, executor);
  }

  /** Starts its agent; resolves when that takes orders. */
  async start(): Promise<void> {
    const { folder, configFile, node } = this.joined;
    const { before, timeFile } = this.place;
    const program = ["--disable-warning=ExperimentalWarning", agentProgram];
    const words = [...program, configFile, socketOf(this.joined), node, "1", timeFile];
    const child = startProgram(words, { user: null, logFile: join(folder, "agent.log"), before });
    this.child = child;
    await Promise.race([once(child.stdout ?? child, "data"), once(child, "exit")]);
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  async order(domain: string): Promise<string> {
    return ((await this.ask("order", wishFor(domain))) as RequestReport).reference;
  }

  async show(reference: string): Promise<RequestReport> {
    return (await this.ask("showRequest", reference)) as RequestReport;
  }

  /** Everything that was ordered for a name here. */
  async listFor(domain: string): Promise<RequestReport[]> {
    const all = (await this.ask("listRequests", {
      account: null,
      state: null,
      limit: 1_000,
    })) as RequestReport[];
    return all.filter(({ names }) => names.includes(domain));
  }

  private ask(operation: string, argument: unknown): Promise<unknown> {
    return callOperation(join(this.joined.folder, "run/control.sock"), operation, [argument]);
  }

  /** The serial number of the certificate that a visitor of the website gets; null when none comes. */
  served(domain: string): Promise<string | null> {
    return new Promise((resolve) => {
      const socket = connect({
        host: localAddress,
        port: this.joined.panel.httpsPort,
        servername: domain,
        rejectUnauthorized: false,
        timeout: 5_000,
      });
      const end = (serial: string | null): void => {
        socket.destroy();
        resolve(serial);
      };
      socket.once("secureConnect", () => end(socket.getPeerCertificate().serialNumber ?? null));
      socket.once("error", () => end(null));
      socket.once("timeout", () => end(null));
    });
  }

  async close(): Promise<void> {
    await this.kill();
    this.executor.close();
    this.executor.closeAllConnections();
  }
}

/** Where a server's root side is asked. */
export function socketOf({ folder }: JoinedServer): string {
  return join(folder, "panel.sock");
}

/**
 * The fleet of the drill: bus servers, hubs and groups of servers are processes on machines of their own (network namespaces)
 * on one switch; CA, name server and panels stay whatever happens. Hubs and servers have a clock that the drill moves.
 */
export class DrillFleet {
  readonly network: Network;
  readonly stage: FleetStage;
  readonly hubs: readonly HubProcess[];
  readonly servers: readonly DrillServer[];
  readonly groups: readonly string[];
  private readonly bus: Bus;
  private readonly timeFile: string;
  private ahead = 0;

  private constructor(
    parts: Pick<DrillFleet, "network" | "stage" | "hubs" | "servers" | "groups">,
    bus: Bus,
    timeFile: string,
  ) {
    this.bus = bus;
    this.timeFile = timeFile;
    this.network = parts.network;
    this.stage = parts.stage;
    this.hubs = parts.hubs;
    this.servers = parts.servers;
    this.groups = parts.groups;
  }

  static async open(serverCount: number): Promise<DrillFleet> {
    const network = Network.open();
    const machine = (name: string): Machine => ({ address: network.add(name), command: network.on(name) });
    const machines = new Map(["bus1", "bus2", "bus3", "hub1", "hub2"].map((name) => [name, machine(name)]));
    const machineOf = (name: string): Machine => {
      const found = machines.get(name);
      if (found === undefined) throw new Error(`there is no machine ${name}`);
      return found;
    };
    const hubs: HubProcess[] = [];
    const stage = await FleetStage.open({
      hubs: 0,
      intakes: () => hubs.map(({ webhookAddress }) => webhookAddress),
      machineOf,
      // The CA is in this process, and a round over a thousand orders takes a while.
      pollMs: 5_000,
      addresses: { wide: wideAddress, local: localAddress },
    });
    // Of a busy day: the CA's own limit an hour would only make the drill longer.
    stage.ca.set({ rateLimit: { limit: 1_000_000 } });
    const timeFile = join(stage.cluster.folder, "time");
    writeTime(timeFile, 0);
    for (const name of ["hub1", "hub2"]) {
      hubs.push(await HubProcess.start(name, stage.cluster, { machine: machineOf(name), timeFile }));
    }
    for (const hub of hubs) await hub.untilReady();
    const groups = Array.from({ length: Math.min(4, serverCount) }, (_unused, index) => `group${index + 1}`);
    const commands = new Map(groups.map((name) => [name, machine(name).command]));
    const servers: DrillServer[] = [];
    for (let count = 0; count < serverCount; count += 1) {
      const group = groups[count % groups.length] ?? "";
      const joined = await stage.joinServer(`web${count + 1}`);
      servers.push(await DrillServer.open(joined, { before: commands.get(group) ?? [], timeFile }));
    }
    // When all have joined, so that no start is in the way of a person at a command line.
    for (const server of servers) await server.start();
    return new DrillFleet({ network, stage, hubs, servers, groups }, await stage.gatewayBus(), timeFile);
  }

  /** Has so many milliseconds pass for every hub and server at once; CA and panels keep the real time. */
  passTime(ms: number): void {
    this.ahead += ms;
    writeTime(this.timeFile, this.ahead);
  }

  /** Deletes everything that waits on the bus, where the bus can be told. */
  async loseStreams(): Promise<void> {
    await Promise.all(
      [hintStream, wakeStream].map(async (name) => this.bus.now().manager.streams.delete(name)),
    ).catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.close()));
    await Promise.all(this.hubs.map((hub) => hub.kill()));
    await this.stage.close();
  }
}
