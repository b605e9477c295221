import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callOperation } from "../../src/control/control-client.ts";
import { freePort } from "../demo/free-port.ts";
import { type CpanelServer, openCpanelServer } from "../demo/servers/cpanel.ts";
import { account, type DemoServer } from "../demo/servers/demo-server.ts";
import { type DirectAdminServer, openDirectAdminServer } from "../demo/servers/directadmin.ts";
import { openPleskServer, type PleskServer } from "../demo/servers/plesk.ts";
import { openCaFor, runDirOf, writeSettings } from "../demo/stage-settings.ts";
import type { FakeCa } from "../labs/ca/fake-ca.ts";
import { AgentProcess } from "./agent-process.ts";
import { clockFactor } from "./crash-world.ts";
import { issuedFor } from "./issued-for.ts";
import type { DeathPoint } from "./process-life.ts";

/** What the three labs have in common when they are to go wrong. */
interface FaultyLab {
  fault(fault: never): void;
  clearFaults(): void;
}

interface Kind<Server extends DemoServer & { readonly lab: FaultyLab }> {
  open(folder: string): Promise<Server>;
  addSite(server: Server, name: string): Promise<void>;
  /** Has the web server take up new sites. */
  settle(server: Server): Promise<unknown>;
}

const directadmin: Kind<DirectAdminServer> = {
  open: (folder) => openDirectAdminServer(folder, { taskEveryMs: 1_000 }),
  addSite: ({ lab }, name) => lab.addDomain(account, name),
  settle: ({ lab }) => lab.runTaskQueue(),
};
const cpanel: Kind<CpanelServer> = {
  open: (folder) => openCpanelServer(folder),
  addSite: ({ lab }, name) => lab.addDomain(account, name, { kind: "addon" }),
  settle: ({ lab }) => lab.settled(),
};
const plesk: Kind<PleskServer> = {
  open: (folder) => openPleskServer(folder),
  addSite: ({ lab }, name) => lab.addDomain(account, name),
  settle: ({ lab }) => lab.settle(),
};
const kinds = { directadmin, cpanel, plesk } as const;
export type PanelName = keyof typeof kinds;
export const panelNames = Object.keys(kinds) as PanelName[];

/** A panel's server with many websites of one account, a CA, and an agent process that may be killed at any time. */
export class PanelWorld {
  readonly name: PanelName;
  readonly folder: string;
  readonly server: DemoServer & { readonly lab: FaultyLab };
  readonly ca: FakeCa;
  readonly port: number;
  readonly config: string;
  agent: AgentProcess;
  /** How much faster than the real one the agent's clock runs. */
  private readonly factor: number;

  private constructor(
    parts: Pick<PanelWorld, "name" | "folder" | "server" | "ca" | "port" | "config">,
    factor: number,
  ) {
    this.name = parts.name;
    this.folder = parts.folder;
    this.server = parts.server;
    this.ca = parts.ca;
    this.port = parts.port;
    this.config = parts.config;
    this.factor = factor;
    this.agent = this.start();
  }

  static async open(
    name: PanelName,
    sites: readonly string[],
    factor: number = clockFactor,
  ): Promise<PanelWorld> {
    const folder = mkdtempSync(join(tmpdir(), `xolphin-ssl-${name}-`));
    chmodSync(folder, 0o755);
    await using opened = new AsyncDisposableStack();
    const kind = kinds[name] as Kind<PanelWorld["server"]>;
    const server = await kind.open(folder);
    opened.defer(() => server.stop());
    for (const site of sites) await kind.addSite(server, site);
    await kind.settle(server);
    const ca = await openCaFor(server);
    opened.defer(() => ca.stop());
    // On Plesk the adapter works through the extension.
    if (name === "plesk") await server.installPlugin({ folder, runDir: runDirOf(folder, server) });
    const port = await freePort();
    ca.set({
      dcvDelayMs: 20,
      issueDelayMs: 20,
      webhook: { url: `http://127.0.0.1:${port}/webhook`, localAddress: "127.0.0.1", retries: 0 },
    });
    const config = writeSettings({
      folder,
      server,
      ca,
      webhookPort: port,
      executor: "in-process",
      owner: null,
    });
    opened.move();
    return new PanelWorld({ name, folder, server, ca, port, config }, factor);
  }

  get stateDir(): string {
    return join(this.folder, "state");
  }

  /** Starts the agent; the one before has to be gone. */
  start(point: DeathPoint | null = null): AgentProcess {
    this.agent = new AgentProcess(this.config, this.factor, point);
    return this.agent;
  }

  call(operation: string, ...args: unknown[]): Promise<unknown> {
    return callOperation(join(runDirOf(this.folder, this.server), "control.sock"), operation, args);
  }

  /** Fingerprints of what the CA issued for a name, oldest first. */
  issuedFor(name: string): string[] {
    return issuedFor(this.ca, name);
  }

  get log(): string {
    try {
      return readFileSync(join(this.folder, "agent.log"), "utf8");
    } catch {
      return "";
    }
  }

  async close(): Promise<void> {
    await this.agent.kill();
    await this.ca.stop();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
