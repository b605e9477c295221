import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { domainToASCII } from "node:url";
import { changeSwitches } from "../common/change-switches.ts";
import { type Fault, FaultPlan } from "../common/faults.ts";
import { AcmeAuthority } from "../common/lab-certificates.ts";
import { isPassword } from "../common/passwords.ts";
import { startDnsServer } from "../dns/dns-server.ts";
import { zoneLookup } from "../dns/zone-lookup.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import { freePorts } from "../nginx/free-ports.ts";
import type { NewAccount, NewDomain } from "./account-desk.ts";
import { addAccount, addDomain, removeAccount, removeDomain, suspendAccount } from "./account-desk.ts";
import { renewByNight } from "./acme-daemon.ts";
import type { LoggedCall } from "./call-log.ts";
import { runHook } from "./hooks.ts";
import type { LabState } from "./lab-state.ts";
import { LoginKeys } from "./login-keys.ts";
import { PanelFiles } from "./panel-files.ts";
import { PanelServer } from "./panel-server.ts";
import type { PluginRuntimeFactory } from "./plugin-runtime-contract.ts";
import { serveRootCommand } from "./root-command.ts";
import { layOutServer } from "./server-tree.ts";
import { Sessions } from "./sessions.ts";
import { defaultSwitches, type Profile, type Switches } from "./switches.ts";
import { TaskQueue } from "./task-queue.ts";
import { WebServer } from "./web-server.ts";
import { Zones } from "./zones.ts";

export interface DirectAdminLabOptions {
  /** The emulated server is laid out below it; a folder of an earlier lab goes on where that stopped. */
  rootDir: string;
  /** Loopback address of all listeners; 127.0.0.1 when absent. */
  address?: string;
  /** The panel's name, the only one in its certificate; `panel.lab.test` when absent. */
  hostName?: string;
  /** Ports of the panel and of nginx's sites; free ones when 0 or absent. */
  port?: number;
  httpPort?: number;
  httpsPort?: number;
  /** Password of the account `admin`; `admin-Passw0rd` when absent. */
  adminPassword?: string;
  profile?: Profile;
  /** The panel's clock; nginx and TLS follow the real one. */
  now?: () => Date;
  dnsServer?: {
    port?: number;
    address?: string;
    /** Zones of other people's name servers, served along with the panel's own. */
    elsewhere?: ReadonlyMap<string, readonly ZoneRecord[]>;
  };
  /** Absent: addresses of plugins answer 404. */
  plugins?: PluginRuntimeFactory;
  switches?: Partial<Switches>;
  /** Real milliseconds between two runs of the task queue; without it only {@link DirectAdminLab.runTaskQueue} runs it. */
  taskEveryMs?: number;
}

export interface DirectAdminLab {
  /** `https://<hostName>:<port>`; connect to `address` while verifying that name. */
  readonly url: string;
  readonly hostName: string;
  readonly port: number;
  readonly address: string;
  /** What a client must trust to reach `url`, PEM; the panel's certificate signs itself. */
  readonly panelCaPem: string;
  readonly httpsPort: number;
  readonly httpPort: number;
  /** `address:port` of the name server. */
  readonly dnsAddress: string;
  readonly rootDir: string;
  /** Reloads of the web server so far. */
  readonly reloads: number;
  /** Every call of the panel, oldest first, without secrets. */
  readonly calls: readonly LoggedCall[];
  readonly switches: Readonly<Switches>;

  /** Is there such an account, and has it that domain? */
  has(account: string, domain?: string): boolean;
  addAccount(account: NewAccount): Promise<void>;
  removeAccount(name: string): Promise<void>;
  suspend(account: string, on: boolean): Promise<void>;
  /** Its sites are served after the next run of the task queue. */
  addDomain(account: string, domain: string, options?: NewDomain): Promise<void>;
  removeDomain(account: string, domain: string): Promise<void>;
  /** A browser session; the password is checked when it is given. */
  login(account: string, password?: string): Promise<{ id: string; key: string }>;
  /** What the panel's minute timer does. */
  runTaskQueue(): Promise<void>;
  set(switches: Partial<Switches>): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Resolves when nginx is in the state the faults ask for. */
  settled(): Promise<void>;
  /** The ACME client's night: what it looks after gets a new certificate; the hosts it replaced. */
  nightlyAcme(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts the stand-in for a DirectAdmin server (spec directadmin §7). */
export async function startDirectAdminLab(options: DirectAdminLabOptions): Promise<DirectAdminLab> {
  const address = options.address ?? "127.0.0.1";
  const hostName = options.hostName ?? "panel.lab.test";
  const now = options.now ?? (() => new Date());
  const files = new PanelFiles(options.rootDir);
  const [port, httpPort, httpsPort] = await freePorts(address, [
    options.port ?? 0,
    options.httpPort ?? 0,
    options.httpsPort ?? 0,
  ]);
  layOutServer(files, { hostName, port, httpPort, httpsPort, now: new Date() });
  const switches = defaultSwitches();
  changeSwitches(switches, {
    ...options.switches,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  });
  const faults = new FaultPlan();
  const webServer = new WebServer(files, { httpPort, httpsPort, address });
  const zones = new Zones(files, options.dnsServer?.elsewhere ?? new Map());
  const foreignCertificates = new Map<string, { cert: string; key: string }>();
  const publishZones = (): void => zones.publish(files.everyDomain().map(({ domain }) => domain));
  publishZones();
  const state: LabState = {
    files,
    switches,
    faults,
    loginKeys: new LoginKeys(),
    sessions: new Sessions(files),
    zones,
    tasks: new TaskQueue({ files, switches, faults, webServer, foreignCertificates, address, publishZones }),
    acme: new AcmeAuthority(),
    foreignCertificates,
    hostName,
    address,
    port,
    now,
    runHook: (name, environment) => runHook(files, name, environment),
    storeForeignCertificate: (name, pair) => storeForeignCertificate(files, name, pair),
    showHostCertificate: () => panel.showHostCertificate(),
  };
  if (files.account("admin") === undefined) {
    const password = options.adminPassword;
    await addAccount(state, {
      name: "admin",
      role: "admin",
      ...(password === undefined ? {} : { password }),
    });
  }
  const plugins = options.plugins?.({
    rootDir: options.rootDir,
    get profile() {
      return switches.profile;
    },
    config: (key) => files.config(key),
    now,
    runHook: state.runHook,
    checkPassword: (login, password) => isPassword(files, login.name, password),
  });
  const panel = new PanelServer(state, plugins);
  const dns = await startDnsServer({
    address: options.dnsServer?.address ?? address,
    port: options.dnsServer?.port ?? 0,
    lookup: zoneLookup(zones.served),
  });
  await panel.listen(address, port);
  const command = await serveRootCommand(state);
  // The sites of an earlier lab in this folder were written for other ports.
  state.tasks.rewriteAll();
  const started = await webServer.start();
  if (!started.ok) throw new Error(`nginx does not start: ${started.output}`);
  const timer =
    options.taskEveryMs === undefined
      ? undefined
      : setInterval(() => void state.tasks.run(), options.taskEveryMs);
  let settled: Promise<unknown> = Promise.resolve();

  return {
    url: `https://${hostName}:${port}`,
    hostName,
    port,
    address,
    get panelCaPem() {
      return readFileSync(files.panel("conf/cacert.pem"), "utf8");
    },
    httpPort,
    httpsPort,
    dnsAddress: dns.server,
    rootDir: options.rootDir,
    get reloads() {
      return state.tasks.reloads;
    },
    calls: panel.calls,
    switches,
    has: (account, domain) =>
      files.account(account) !== undefined &&
      (domain === undefined || files.domainsOf(account).includes(domainToASCII(domain))),
    addAccount: (account) => addAccount(state, account),
    removeAccount: (name) => removeAccount(state, name),
    suspend: (account, on) => suspendAccount(state, account, on),
    addDomain: (account, domain, domainOptions) => addDomain(state, account, domain, domainOptions ?? {}),
    removeDomain: (account, domain) => removeDomain(state, account, domainToASCII(domain)),
    async login(account, password) {
      if (files.login(account) === undefined) throw new Error(`There is no account ${account}.`);
      if (password !== undefined && !isPassword(files, account, password)) {
        throw new Error(`That is not the password of ${account}.`);
      }
      return state.sessions.create(account, address, false);
    },
    async runTaskQueue() {
      await state.tasks.run();
    },
    set: (changes) => changeSwitches(switches, changes),
    fault(fault) {
      faults.add(fault);
      if (fault.kind === "nginxDown") settled = webServer.stop();
    },
    clearFaults() {
      faults.clear();
      settled = webServer.start();
    },
    async settled() {
      await settled;
    },
    nightlyAcme: () => renewByNight(state),
    async stop() {
      clearInterval(timer);
      await state.tasks.stop();
      await Promise.all([plugins?.stop(), panel.stop(), command.stop(), dns.stop(), webServer.stop()]);
    },
  };
}

function storeForeignCertificate(
  files: PanelFiles,
  name: string,
  pair: { cert: string; key: string },
): { cert: string; key: string } {
  const folder = files.path("var/lib/lab");
  mkdirSync(folder, { recursive: true });
  const paths = { cert: `${folder}/${name}.cert`, key: `${folder}/${name}.key` };
  writeFileSync(paths.cert, pair.cert);
  writeFileSync(paths.key, pair.key, { mode: 0o600 });
  return paths;
}
