import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../src/clock.ts";
import { Bus, type BusSession, readBusFile } from "../../src/fleet/bus.ts";
import { type BusNode, planBus } from "../../src/fleet/plan-bus.ts";
import { hintInfoSubject, hintStream, wakeInfoSubject, wakeStream } from "../../src/fleet/subjects.ts";
import { ensureStreams } from "../../src/fleet/topology.ts";
import { silentLog } from "../../src/logging.ts";
import { freePorts } from "../labs/nginx/free-ports.ts";

/** A machine of its own for a process: its address, and what stands before a command that is to run there. */
export interface Machine {
  readonly address: string;
  readonly command: readonly string[];
}

/** This machine's own loopback. */
export const here: Machine = { address: "127.0.0.1", command: [] };

/** A real bus: nats-server processes with exactly what `fleet init` plans, on loopback or each on a machine of its own. */
export class BusCluster {
  readonly folder: string;
  readonly nodes: readonly BusNode[];
  private readonly processes = new Map<string, ChildProcess>();
  private readonly machineOf: (name: string) => Machine;

  private constructor(folder: string, nodes: readonly BusNode[], machineOf: (name: string) => Machine) {
    this.folder = folder;
    this.nodes = nodes;
    this.machineOf = machineOf;
  }

  static async open(
    options: { change?: (text: string, node: BusNode) => string; machineOf?: (name: string) => Machine } = {},
  ): Promise<BusCluster> {
    const machineOf = options.machineOf ?? (() => here);
    const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-bus-"));
    chmodSync(folder, 0o755);
    const ports = await freePorts("127.0.0.1", [0, 0, 0, 0, 0, 0]);
    const nodes: BusNode[] = ["bus1", "bus2", "bus3"].map((name, index) => ({
      name,
      host: machineOf(name).address,
      clientPort: ports[2 * index] ?? 0,
      clusterPort: ports[2 * index + 1] ?? 0,
      storeDir: join(folder, name, "store"),
      folder: join(folder, name),
    }));
    for (const { path, content, mode } of await planBus(nodes, new Date())) {
      const place = join(folder, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, typeof content === "string" ? content : content.reveal(), { mode });
    }
    const cluster = new BusCluster(folder, nodes, machineOf);
    for (const node of nodes) {
      const file = join(node.folder, "nats-server.conf");
      if (options.change !== undefined) writeFileSync(file, options.change(readFileSync(file, "utf8"), node));
    }
    for (const node of nodes) {
      cluster.startNode(node.name);
      await cluster.untilListening(node);
    }
    await cluster.untilWhole();
    return cluster;
  }

  get servers(): string[] {
    return this.nodes.map(({ host, clientPort }) => `${host}:${clientPort}`);
  }

  /** A file of the hub, such as `gateway.creds`. */
  hub(name: string): string {
    return join(this.folder, "hub", name);
  }

  /** A connection as a part of the hub has it, or with the credential of a server. */
  connect(
    participant: string,
    { credentialFile = this.hub(`${participant}.creds`), servers = this.servers } = {},
  ): Bus {
    const bus = new Bus(
      {
        servers,
        credentials: () => readBusFile(credentialFile),
        authority: readBusFile(this.hub("bus-ca.pem")),
        participant,
        probe: ["gateway", "intake"].includes(participant) ? hintInfoSubject : wakeInfoSubject(participant),
      },
      systemClock,
      silentLog,
    );
    bus.start();
    return bus;
  }

  startNode(name: string): void {
    const folder = join(this.folder, name);
    const [program = "", ...args] = [
      ...this.machineOf(name).command,
      "nats-server",
      "-c",
      join(folder, "nats-server.conf"),
    ];
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    const log = join(folder, "log");
    // The stream makes it when it comes to it, and it may be read before.
    appendFileSync(log, "");
    child.stderr.pipe(createWriteStream(log, { flags: "a" }));
    this.processes.set(name, child);
  }

  private async untilListening({ name, host, clientPort }: BusNode): Promise<void> {
    await eventually(`${name} listens`, async () => {
      const ended = this.processes.get(name)?.exitCode ?? null;
      if (ended === null) return isListening(host, clientPort);
      throw new Error(`${name} ended with ${ended}: ${this.logOf(name)}`);
    });
  }

  /** Starts all that were killed, one after the other, until they are one group again. */
  async startAgain(): Promise<void> {
    for (const node of this.nodes) {
      this.startNode(node.name);
      await this.untilListening(node);
    }
    await this.untilOneGroup(async ({ manager }) => void (await manager.streams.info(hintStream)));
  }

  /** Until streams find a place on all three. */
  private async untilWhole(): Promise<void> {
    await this.untilOneGroup(async ({ manager }) => {
      await ensureStreams(manager);
      for (const name of [hintStream, wakeStream]) await manager.streams.delete(name);
    });
  }

  /** Until this succeeds. One that was left outside when they formed a group is let in by a restart, as the guide says. */
  private async untilOneGroup(attempt: (session: BusSession) => Promise<void>): Promise<void> {
    const bus = this.connect("gateway");
    const succeeds = async (): Promise<boolean> => {
      try {
        await attempt(bus.now());
        return true;
      } catch {
        return false;
      }
    };
    try {
      for (const node of this.nodes.toReversed()) {
        if (await within(15_000, succeeds)) return;
        await this.killNode(node.name);
        this.startNode(node.name);
        await this.untilListening(node);
      }
      await eventually("the bus servers are one group", succeeds);
    } finally {
      await bus.close();
    }
  }

  private logOf(name: string): string {
    return readFileSync(join(this.folder, name, "log"), "utf8");
  }

  /** Ends it without a word. */
  async killNode(name: string): Promise<void> {
    const child = this.processes.get(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** Lets it hang, or go on: to its peers a stopped process is one behind a cut cable. */
  signalNode(name: string, signal: "SIGSTOP" | "SIGCONT"): void {
    this.processes.get(name)?.kill(signal);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map(({ name }) => this.killNode(name)));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Waits until something is true; the bus keeps its own time. */
export async function eventually(what: string, reached: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await within(120_000, reached))) throw new Error(`never: ${what}`);
}

/** Whether it becomes true before so many milliseconds have passed in looking, at least. */
async function within(ms: number, reached: () => boolean | Promise<boolean>): Promise<boolean> {
  const rest = 50;
  for (let turn = 0; turn < ms / rest; turn += 1) {
    if (await reached()) return true;
    await pause(rest);
  }
  return false;
}
