import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../demo/free-port.ts";
import { startRole, stopRole } from "../demo/program.ts";
import type { BusCluster } from "./bus-cluster.ts";

/** A hub as it runs in production: two processes, which can be killed. Needs the compiled program. */
export class HubProcess {
  readonly name: string;
  readonly webhookPort: number;
  private readonly cluster: BusCluster;
  private readonly intakeConfig: string;
  private roles: ChildProcess[] = [];

  private constructor(name: string, cluster: BusCluster, webhookPort: number) {
    this.name = name;
    this.cluster = cluster;
    this.webhookPort = webhookPort;
    this.intakeConfig = cluster.hub(`${name}-intake.yaml`);
    const text = readFileSync(cluster.hub("intake.yaml"), "utf8");
    writeFileSync(this.intakeConfig, text.replace("127.0.0.1:0", `127.0.0.1:${webhookPort}`));
  }

  static async start(name: string, cluster: BusCluster): Promise<HubProcess> {
    const hub = new HubProcess(name, cluster, await freePort());
    await hub.start();
    return hub;
  }

  async start(): Promise<void> {
    const log = (role: string): { user: null; logFile: string } => ({
      user: null,
      logFile: join(this.cluster.folder, `${this.name}-${role}.log`),
    });
    this.roles = [
      await startRole("gateway", this.cluster.hub("gateway.yaml"), log("gateway")),
      await startRole("intake", this.intakeConfig, log("intake")),
    ];
  }

  /** Ends both roles without a word. */
  async kill(): Promise<void> {
    await Promise.all(
      this.roles.splice(0).map(async (role) => {
        if (role.exitCode !== null || role.signalCode !== null) return;
        const gone = once(role, "exit");
        role.kill("SIGKILL");
        await gone;
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.roles.splice(0).map(stopRole));
  }

  /** Whether it takes webhooks now. */
  async isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.webhookPort}/healthz`).then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
