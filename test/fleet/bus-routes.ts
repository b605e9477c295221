import { connect, createServer, type Server, type Socket } from "node:net";
import type { BusNode } from "../../src/fleet/plan-bus.ts";
import { freePorts } from "../labs/nginx/free-ports.ts";

/** The way from one bus server to another, as the first one opens it. */
interface Way {
  readonly server: Server;
  readonly port: number;
  readonly sockets: Set<Socket>;
  /** Name of who goes it, and the port that it leads to. */
  ends: { readonly from: string; readonly to: number } | null;
  cut: boolean;
}

/** Between three servers, in both directions. */
const wayCount = 6;
/** Nobody listens there. What a server tells of itself would let its peers go round the ways. */
const nowhere = "127.0.0.1:1";

/**
 * The ways between the bus servers of a test. One that is cut loses what is said on it and says nothing of that, as a network
 * does; its server is there for everybody else. Also tells which server somebody is connected to.
 */
export class BusRoutes {
  private readonly ways: readonly Way[];
  private readonly clusterPorts = new Map<string, number>();
  private readonly monitorPorts = new Map<string, number>();
  private readonly spare: number[];

  private constructor(ways: readonly Way[], spare: number[]) {
    this.ways = ways;
    this.spare = spare;
  }

  static async open(): Promise<BusRoutes> {
    return new BusRoutes(await Promise.all(Array.from({ length: wayCount }, openWay)), [
      ...(await freePorts("127.0.0.1", [0, 0, 0])),
    ]);
  }

  /** The configuration of a bus server whose peers are at the other ends of these ways. */
  readonly change = (text: string, { name, clusterPort }: BusNode): string => {
    this.clusterPorts.set(name, clusterPort);
    const monitorPort = this.spare.pop() ?? 0;
    this.monitorPorts.set(name, monitorPort);
    const routed = text.replace(/(?<=nats-route:\/\/127\.0\.0\.1:)\d+/g, (port) =>
      Number(port) === clusterPort ? port : String(this.wayTo(name, Number(port))),
    );
    return routed
      .replace('name: "xolphin-ssl"', `name: "xolphin-ssl"\n    advertise: "${nowhere}"`)
      .concat(`http: "127.0.0.1:${monitorPort}"\n`);
  };

  /** Cuts one server off from its peers. */
  cutOff(name: string): void {
    const port = this.clusterPorts.get(name);
    for (const way of this.ways) {
      if (way.ends?.from !== name && way.ends?.to !== port) continue;
      way.cut = true;
      for (const socket of way.sockets) socket.unpipe().pause();
    }
  }

  /** All are together again. */
  mend(): void {
    for (const way of this.ways.filter(({ cut }) => cut)) {
      way.cut = false;
      for (const socket of way.sockets) socket.destroy();
    }
  }

  /** The bus server that a participant is connected to; null: none. */
  async serverOf(participant: string): Promise<string | null> {
    for (const [name, port] of this.monitorPorts) {
      const answer = await fetch(`http://127.0.0.1:${port}/connz`);
      const { connections } = (await answer.json()) as { connections: { name?: string }[] };
      if (connections.some((one) => one.name === participant)) return name;
    }
    return null;
  }

  close(): void {
    for (const { server, sockets } of this.ways) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  }

  private wayTo(from: string, to: number): number {
    const way = this.ways.find(({ ends }) => ends === null);
    if (way === undefined) throw new Error("there is no way left");
    way.ends = { from, to };
    return way.port;
  }
}

async function openWay(): Promise<Way> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("it has no port");
  const way: Way = { server, port: bound.port, sockets: new Set(), ends: null, cut: false };
  const keep = (socket: Socket): Socket => {
    way.sockets.add(socket);
    return socket.on("error", () => undefined).on("close", () => way.sockets.delete(socket));
  };
  server.on("connection", (socket) => {
    keep(socket);
    if (way.ends === null || way.cut) return;
    const onward = keep(connect({ host: "127.0.0.1", port: way.ends.to }));
    socket.pipe(onward).pipe(socket);
    // Either end ends both.
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  });
  return way;
}
