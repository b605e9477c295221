import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../demo/free-port.ts";
import { restingOptions, startProgram, startRole, stopRole } from "../demo/program.ts";
import { type BusCluster, eventually, here, type Machine } from "./bus-cluster.ts";

export const hubRoles = ["gateway", "intake"] as const;
type HubRole = (typeof hubRoles)[number];
/** The same roles with a clock that can be moved; its arguments are said there. */
export const hubProgram = join(import.meta.dirname, "../proof/crash-hub.ts");

interface HubOptions {
  readonly machine?: Machine;
  /** What says how far ahead its clock is; null: it has the real time. */
  readonly timeFile?: string | null;
}

/** A hub as it runs in production: two processes, which can be killed. Needs the compiled program. */
export class HubProcess {
  readonly name: string;
  /** `HOST:PORT` of its webhook listener. */
  readonly webhookAddress: string;
  private readonly cluster: BusCluster;
  private readonly machine: Machine;
  private readonly timeFile: string | null;
  private readonly roles = new Map<HubRole, ChildProcess>();

  private constructor(name: string, cluster: BusCluster, options: HubOptions, port: number) {
    const { machine = here, timeFile = null } = options;
    this.name = name;
    this.cluster = cluster;
    this.machine = machine;
    this.timeFile = timeFile;
    this.webhookAddress = `${machine.address}:${port}`;
    for (const role of hubRoles) {
      const text = readFileSync(cluster.hub(`${role}.yaml`), "utf8")
        .replace("127.0.0.1:0", this.webhookAddress)
        .replace(`${cluster.folder}/run`, `${cluster.folder}/run-${name}`);
      writeFileSync(this.config(role), text);
    }
  }

  static async start(name: string, cluster: BusCluster, options: HubOptions = {}): Promise<HubProcess> {
    const hub = new HubProcess(name, cluster, options, await freePort());
    await hub.start();
    return hub;
  }

  /** Starts what does not run. */
  async start(): Promise<void> {
    for (const role of hubRoles) {
      if (this.roles.has(role)) continue;
      const options = { user: null, logFile: this.logFile(role), before: this.machine.command };
      const child =
        this.timeFile === null
          ? await startRole(role, this.config(role), options)
          : startProgram([...restingOptions, hubProgram, role, this.config(role), this.timeFile], options);
      this.roles.set(role, child);
    }
  }

  /** Ends roles without a word; both when none is named. */
  async kill(...which: HubRole[]): Promise<void> {
    await Promise.all(
      (which.length === 0 ? hubRoles : which).map(async (name) => {
        const role = this.roles.get(name);
        this.roles.delete(name);
        if (role === undefined || role.exitCode !== null || role.signalCode !== null) return;
        const gone = once(role, "exit");
        role.kill("SIGKILL");
        await gone;
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.roles.values()].map(stopRole));
    this.roles.clear();
  }

  /** Until it takes webhooks. One that has ended by itself never will, and its log says why. */
  async untilReady(): Promise<void> {
    await eventually(`${this.name} takes webhooks`, () => {
      for (const [role, { exitCode }] of this.roles) {
        if (exitCode === null) continue;
        const log = readFileSync(this.logFile(role), "utf8");
        throw new Error(`${role} of ${this.name} ended with ${exitCode}: ${log}`);
      }
      return this.isReady();
    });
  }

  /** Whether it takes webhooks now. */
  async isReady(): Promise<boolean> {
    return fetch(`http://${this.webhookAddress}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  private logFile(role: HubRole): string {
    return join(this.cluster.folder, `${this.name}-${role}.log`);
  }

  private config(role: HubRole): string {
    return this.cluster.hub(`${this.name}-${role}.yaml`);
  }
}
