import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { callOperation } from "../../src/control/control-client.ts";
import { freePort } from "../demo/free-port.ts";
import { type FakeCa, startFakeCa } from "../labs/ca/fake-ca.ts";
import { type DirectAdminLab, startDirectAdminLab } from "../labs/directadmin/directadmin-lab.ts";
import { AgentProcess } from "./agent-process.ts";
import type { Answered } from "./invariants.ts";
import type { DeathPoint } from "./process-life.ts";

/** How much faster than the real one the agent's clock runs: ten minutes of looking for a lost order are 20 seconds. */
export const clockFactor = 30;
export const account = "bob";

/**
 * What stays while agents die: a CA and a panel with a real web server. Each run has a domain and a state folder of its
 * own, so that nothing of an earlier run can help or hide.
 */
export class CrashWorld {
  readonly ca: FakeCa;
  readonly lab: DirectAdminLab;
  /** Where the agents of all runs take webhooks, one after the other. */
  private readonly port: number;
  private readonly folder: string;
  private runs = 0;

  private constructor(folder: string, port: number, ca: FakeCa, lab: DirectAdminLab) {
    this.folder = folder;
    this.port = port;
    this.ca = ca;
    this.lab = lab;
  }

  static async open(): Promise<CrashWorld> {
    const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-crash-"));
    chmodSync(folder, 0o755);
    const lab = await startDirectAdminLab({ rootDir: join(folder, "server") });
    await lab.addAccount({ name: account });
    const ca = await startFakeCa({
      dnsServers: [lab.dnsAddress],
      hosts: { "*": { address: lab.address, port: lab.httpPort } },
      switches: { dcvDelayMs: 20, issueDelayMs: 20 },
    });
    const port = await freePort();
    ca.set({
      webhook: { url: `http://127.0.0.1:${port}/webhook`, localAddress: "127.0.0.1", retries: 0 },
    });
    return new CrashWorld(folder, port, ca, lab);
  }

  /** A fresh domain that is served already, with the server's shared certificate. */
  async newRun(): Promise<CrashRun> {
    this.runs += 1;
    const domain = `run${this.runs}.test`;
    await this.lab.addDomain(account, domain);
    await this.lab.runTaskQueue();
    const folder = join(this.folder, `run-${this.runs}`);
    mkdirSync(folder, { mode: 0o755 });
    return new CrashRun(this, domain, folder, this.port);
  }

  async close(): Promise<void> {
    await this.ca.stop();
    await this.lab.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One order on one domain, through as many lives of the agent as it takes. */
export class CrashRun {
  readonly world: CrashWorld;
  readonly domain: string;
  readonly folder: string;
  readonly config: string;
  readonly port: number;
  /** Webhooks that a death made itself; the CA's own are in its books. */
  readonly answered: Answered[] = [];
  agent: AgentProcess | null = null;

  constructor(world: CrashWorld, domain: string, folder: string, port: number) {
    this.world = world;
    this.domain = domain;
    this.folder = folder;
    this.port = port;
    this.config = this.writeConfig();
  }

  get stateDir(): string {
    return join(this.folder, "state");
  }

  get logFile(): string {
    return join(this.folder, "agent.log");
  }

  start(point: DeathPoint | null = null, factor = clockFactor): AgentProcess {
    this.agent = new AgentProcess(this.config, factor, point);
    return this.agent;
  }

  call(operation: string, ...args: unknown[]): Promise<unknown> {
    return callOperation(join(this.folder, "run", "control.sock"), operation, args);
  }

  /** What the person does: one order for the domain. Null when the agent died meanwhile. */
  async order(): Promise<RequestReport | null> {
    const order = {
      account,
      names: [this.domain],
      product: "EssentialSSL",
      years: 1,
      dcv: "dns",
      approver: null,
      key: "ec-p256",
    };
    try {
      return (await this.call("order", order)) as RequestReport;
    } catch {
      return null;
    }
  }

  /** Asks for another certificate in place of one. Null when the agent died meanwhile. */
  async reissue(reference: string): Promise<RequestReport | null> {
    try {
      return (await this.call("reissue", reference)) as RequestReport;
    } catch {
      return null;
    }
  }

  async requests(): Promise<RequestReport[]> {
    return (await this.call("listRequests", { account: null, state: null, limit: 100 })) as RequestReport[];
  }

  /** Changes the list of allowed sources, as an administrator does. */
  allow(addresses: readonly string[]): void {
    const text = readFileSync(this.config, "utf8");
    const list = `allowedSources: [${addresses.join(", ")}]`;
    writeFileSync(this.config, text.replace(/allowedSources: \[[^\]]*\]/, list));
  }

  async clean(): Promise<void> {
    await this.agent?.kill();
    await this.world.lab.removeDomain(account, this.domain);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private writeConfig(): string {
    const { ca, lab } = this.world;
    const place = (name: string, text: string): string => {
      const path = join(this.folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const password = place("ca-password", `${ca.credentials.password}\n`);
    const caTrust = place("ca-roots.pem", ca.tlsRootPem + ca.rootPem);
    const panelTrust = place("panel-root.pem", lab.panelCaPem);
    return place(
      "config.yaml",
      `ca: { baseUrl: "${ca.url}", username: "${ca.credentials.userName}", passwordFile: ${password}, trustFile: ${caTrust} }
webhook: { listen: ["127.0.0.1:${this.port}"], tls: false, allowedSources: [127.0.0.1] }
panel: { kind: directadmin, rootDir: ${lab.rootDir}, apiUrl: "${lab.url}/", trustFile: ${panelTrust}, executor: in-process }
verify: { address: null, httpsPort: ${lab.httpsPort}, httpPort: ${lab.httpPort} }
dns: { servers: ["${lab.dnsAddress}"] }
stateDir: ${this.stateDir}
runDir: ${join(this.folder, "run")}
log: { level: info, file: ${this.logFile} }
`,
    );
  }
}
