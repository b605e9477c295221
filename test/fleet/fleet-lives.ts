import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callOperation } from "../../src/control/control-client.ts";
import { freePort } from "../demo/free-port.ts";
import { type DeathPoint, ProcessLife } from "../proof/process-life.ts";
import { agentProgram, DrillServer, socketOf } from "./drill-fleet.ts";
import { FleetStage } from "./fleet-stage.ts";
import { hubProgram, hubRoles } from "./hub-process.ts";
import { writeTime } from "./movable-clock.ts";

/**
 * A fleet of one hub and some servers whose every part is a process of the compiled program and may be killed, on a real bus;
 * panels, CA and name server stay. A part is `gateway`, `intake`, or a server by its name.
 */
export class FleetLives {
  readonly stage: FleetStage;
  private readonly factor: number;
  private readonly timeFile: string;
  private ahead = 0;
  private readonly servers = new Map<string, DrillServer>();
  private readonly lives = new Map<string, ProcessLife>();

  private constructor(stage: FleetStage, factor: number) {
    this.stage = stage;
    this.factor = factor;
    this.timeFile = join(stage.cluster.folder, "time");
    writeTime(this.timeFile, this.ahead);
  }

  /** `factor`: how much faster than the real one the servers' clocks run. */
  static async open(nodes: readonly string[], factor: number): Promise<FleetLives> {
    const address = `127.0.0.1:${await freePort()}`;
    const stage = await FleetStage.open({ hubs: 0, intakes: () => [address] });
    const fleet = new FleetLives(stage, factor);
    await using opened = new AsyncDisposableStack();
    opened.defer(() => fleet.close());
    const intake = readFileSync(stage.cluster.hub("intake.yaml"), "utf8").replace("127.0.0.1:0", address);
    writeFileSync(fleet.configOf("intake"), intake);
    for (const role of hubRoles) await fleet.startWell(role);
    for (const node of nodes) {
      const joined = await stage.joinServer(node);
      fleet.servers.set(node, await DrillServer.open(joined, { before: [], timeFile: fleet.timeFile }));
      await fleet.startWell(node);
    }
    opened.move();
    return fleet;
  }

  server(node: string): DrillServer {
    const server = this.servers.get(node);
    if (server === undefined) throw new Error(`there is no server ${node}`);
    return server;
  }

  stateDir(node: string): string {
    return join(this.server(node).joined.folder, "state");
  }

  /** One operation of a server's agent, as its command line calls it. */
  call(node: string, operation: string, ...args: unknown[]): Promise<unknown> {
    return callOperation(join(this.server(node).joined.folder, "run/control.sock"), operation, args);
  }

  /** Begins a life of a part; the one before has to be over. */
  start(part: string, point: DeathPoint | null = null): ProcessLife {
    const server = this.servers.get(part);
    const log = join(this.stage.cluster.folder, `${part}.log`);
    let life: ProcessLife;
    if (server === undefined) {
      life = new ProcessLife(hubProgram, [part, this.configOf(part), this.timeFile], point, log);
    } else {
      const { configFile, node } = server.joined;
      const args = [configFile, socketOf(server.joined), node, String(this.factor), this.timeFile];
      life = new ProcessLife(agentProgram, args, point, log);
    }
    this.lives.set(part, life);
    return life;
  }

  /** The same; throws with its words when it does not come up. */
  async startWell(part: string, point: DeathPoint | null = null): Promise<ProcessLife> {
    const life = this.start(part, point);
    if ((await life.ready) === null) throw new Error(`${part} does not start: ${life.words}`);
    return life;
  }

  /** The latest life of a part. */
  life(part: string): ProcessLife {
    const life = this.lives.get(part);
    if (life === undefined) throw new Error(`there is no ${part}`);
    return life;
  }

  /** Ends a part in peace and begins a life that dies at a point. */
  async restart(part: string, point: DeathPoint | null = null): Promise<ProcessLife> {
    await this.life(part).stop();
    return this.startWell(part, point);
  }

  /** Has so many milliseconds pass for every part at once; CA and panels keep the real time. */
  passTime(ms: number): void {
    this.ahead += ms;
    writeTime(this.timeFile, this.ahead);
  }

  async close(): Promise<void> {
    await Promise.all([...this.lives.values()].map((life) => life.kill()));
    await Promise.all([...this.servers.values()].map((server) => server.close()));
    await this.stage.close();
  }

  private configOf(role: string): string {
    return this.stage.cluster.hub(role === "intake" ? "crash-intake.yaml" : `${role}.yaml`);
  }
}
