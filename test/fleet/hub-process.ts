import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../demo/free-port.ts";
import { startRole, stopRole } from "../demo/program.ts";
import { type BusCluster, here, type Machine } from "./bus-cluster.ts";

const hubRoles = ["gateway", "intake"] as const;
type HubRole = (typeof hubRoles)[number];

/** A hub as it runs in production: two processes, which can be killed. Needs the compiled program. */
export class HubProcess {
  readonly name: string;
  /** `HOST:PORT` of its webhook listener. */
  readonly webhookAddress: string;
  private readonly cluster: BusCluster;
  private readonly machine: Machine;
  private readonly roles = new Map<HubRole, ChildProcess>();

  private constructor(name: string, cluster: BusCluster, machine: Machine, port: number) {
    this.name = name;
    this.cluster = cluster;
    this.machine = machine;
    this.webhookAddress = `${machine.address}:${port}`;
    for (const role of hubRoles) {
      const text = readFileSync(cluster.hub(`${role}.yaml`), "utf8")
        .replace("127.0.0.1:0", this.webhookAddress)
        .replace(`${cluster.folder}/run`, `${cluster.folder}/run-${name}`);
      writeFileSync(this.config(role), text);
    }
  }

  static async start(name: string, cluster: BusCluster, machine = here): Promise<HubProcess> {
    const hub = new HubProcess(name, cluster, machine, await freePort());
    await hub.start();
    return hub;
  }

  /** Starts what does not run. */
  async start(): Promise<void> {
    for (const role of hubRoles) {
      if (this.roles.has(role)) continue;
      const logFile = join(this.cluster.folder, `${this.name}-${role}.log`);
      const child = await startRole(role, this.config(role), {
        user: null,
        logFile,
        before: this.machine.command,
      });
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

  /** Whether it takes webhooks now. */
  async isReady(): Promise<boolean> {
    return fetch(`http://${this.webhookAddress}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  private config(role: HubRole): string {
    return this.cluster.hub(`${this.name}-${role}.yaml`);
  }
}
