import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { changeSwitches } from "../common/change-switches.ts";
import { AcmeAuthority } from "../common/lab-certificates.ts";
import { startDnsServer } from "../dns/dns-server.ts";
import { zoneLookup } from "../dns/zone-lookup.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import { freePorts } from "../nginx/free-ports.ts";
import { Nginx } from "../nginx/nginx.ts";
import type { NewAccount, NewDomain } from "./account-desk.ts";
import {
  addAccount,
  addAdministrator,
  addDomain,
  isPassword,
  removeAccount,
  removeSite,
  rewrite,
  suspendAccount,
} from "./account-desk.ts";
import { ApiLogin } from "./api-login.ts";
import { CertificatePool } from "./certificate-pool.ts";
import { runPlesk } from "./cli/plesk-command.ts";
import { CommandSocket, type ProgramCall } from "./command-socket.ts";
import { Database } from "./database.ts";
import { EventManager, type PanelEvent } from "./event-manager.ts";
import type { ExtensionHost } from "./extension-host-contract.ts";
import { type Fault, FaultPlan } from "./faults.ts";
import { runFileManager } from "./file-manager.ts";
import type { LabState } from "./lab-state.ts";
import { MailServer } from "./mail-server.ts";
import { type LoggedCall, PanelServer } from "./panel/panel-server.ts";
import type { PlanRow, SiteRow } from "./records.ts";
import { RestServer } from "./rest-api/rest-server.ts";
import { ServerFiles } from "./server-files.ts";
import { layOutServer, makeDefaultCertificate } from "./server-tree.ts";
import { Sessions } from "./sessions.ts";
import { assignMail, assignWebmail } from "./site-desk.ts";
import { SslIt } from "./ssl-it.ts";
import { defaultSwitches, type Switches } from "./switches.ts";
import { defaultCertificateFile, Vhosts } from "./vhosts.ts";
import { WebRestarts } from "./web-restarts.ts";
import { WithoutExtensions } from "./without-extensions.ts";
import { XmlAgent } from "./xml-api/agent.ts";
import { Zones } from "./zones.ts";

export interface PleskLabOptions {
  /** The emulated server is laid out below it; a folder of an earlier lab goes on where that stopped. */
  rootDir: string;
  /** Loopback address of all listeners; 127.0.0.1 when absent. */
  address?: string;
  /** The panel's name, the only one in its certificate; `plesk.lab.test` when absent. */
  hostName?: string;
  /** Stand-ins for 8443, 80, 443 and 993; free ports when 0 or absent. */
  port?: number;
  httpPort?: number;
  httpsPort?: number;
  mailPort?: number;
  /** Password of the account `admin`; `admin-Passw0rd` when absent. */
  adminPassword?: string;
  /** The panel's clock; nginx and TLS follow the real one. */
  now?: () => Date;
  dnsServer?: {
    port?: number;
    address?: string;
    /** Zones of other people's name servers, served where this server isn't the primary one. */
    elsewhere?: ReadonlyMap<string, readonly ZoneRecord[]>;
  };
  switches?: Partial<Switches>;
  /** Real milliseconds of one second of the restart interval; 1000 when absent. */
  secondMs?: number;
  /** The side that runs extensions and their pages; absent: extensions cannot be installed. */
  extensions?: (state: LabState) => Promise<ExtensionHost>;
}

/** One run of a program of the server; words that could be secrets are not part of any. */
export interface LoggedCommand {
  readonly at: Date;
  readonly program: string;
  readonly words: readonly string[];
  /** Undefined while it runs, and for one that hangs. */
  code: number | undefined;
}

export interface PleskLab {
  /** `https://<hostName>:<port>`; connect to `address` while verifying that name. */
  readonly url: string;
  readonly hostName: string;
  readonly address: string;
  readonly port: number;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly mailPort: number;
  /** `address:port` of the name server. */
  readonly dnsAddress: string;
  readonly rootDir: string;
  /** The program `plesk`. */
  readonly command: string;
  /** Restarts of the web servers so far. */
  readonly restarts: number;
  /** Every run of a program of the server, oldest first. */
  readonly commands: readonly LoggedCommand[];
  /** Every call of the panel's HTTPS server, oldest first. */
  readonly calls: readonly LoggedCall[];
  readonly events: readonly PanelEvent[];
  /** What a client must trust to reach `url`, PEM; the panel's first certificate signs itself. */
  readonly panelCaPem: string;
  /** The extension side: hooks, long tasks, the scheduler. */
  readonly extensions: ExtensionHost;
  /** A session as a browser's login makes it, for the cookie `PLESKSESSID`; as whom, and who acts for them. */
  login(login: string, impersonatedBy?: string): { id: string; forgeryToken: string };
  readonly switches: Readonly<Switches>;

  has(login: string, domain?: string): boolean;
  addAccount(account: NewAccount): Promise<void>;
  removeAccount(login: string): Promise<void>;
  suspend(login: string, on: boolean): Promise<void>;
  addPlan(name: string, permissions?: Readonly<Record<string, boolean>>): void;
  /** A subscription of the account, with its main domain and what belongs to it. */
  addDomain(login: string, domain: string, options?: NewDomain): Promise<void>;
  removeDomain(domain: string): Promise<void>;
  /** Furnishes the server with many things and one restart. */
  inOneRestart(work: () => Promise<void>): Promise<void>;
  /** What stands before a site's document root, or other marks that no command here sets. */
  changeSite(
    domain: string,
    change: Partial<Pick<SiteRow, "front" | "keepSecured" | "hosting" | "mail">>,
  ): Promise<void>;
  /** A person's choice in Mail Settings; empty for none. */
  chooseMailCertificate(domain: string, name: string): void;
  chooseWebmailCertificate(domain: string, name: string): Promise<void>;
  /** The hourly keep-secured run of Let's Encrypt: what it looks after gets a new certificate; the sites it replaced. */
  keepSecured(): Promise<string[]>;
  /** Does now what waits for the restart interval, and waits for handlers of events. */
  settle(): Promise<void>;
  set(switches: Partial<Switches>): void;
  fault(fault: Fault): void;
  /** Also brings nginx back. */
  clearFaults(): void;
  /** Resolves when nginx is in the state the faults ask for. */
  nginxSettled(): Promise<void>;
  checkPassword(login: string, password: string): boolean;
  stop(): Promise<void>;
}

/** Starts the stand-in for a Plesk server (spec plesk §7). */
export async function startPleskLab(options: PleskLabOptions): Promise<PleskLab> {
  const address = options.address ?? "127.0.0.1";
  const hostName = options.hostName ?? "plesk.lab.test";
  const now = options.now ?? (() => new Date());
  mkdirSync(options.rootDir, { recursive: true });
  // As on a server, everybody may pass through; what is secret has its own mode.
  chmodSync(options.rootDir, 0o755);
  const files = new ServerFiles(options.rootDir);
  layOutServer(files);
  const database = new Database(files.psa("var/psa.json"));
  const switches = defaultSwitches();
  changeSwitches(switches, options.switches ?? {});
  const faults = new FaultPlan();
  const pool = new CertificatePool(database, files, switches);
  makeDefaultCertificate(database, pool, files, { hostName, address, now: new Date() });
  const [port, httpPort, httpsPort, mailPort] = await freePorts(address, [
    options.port ?? 0,
    options.httpPort ?? 0,
    options.httpsPort ?? 0,
    options.mailPort ?? 0,
  ]);
  const foreignCertificates = new Map<string, string>();
  const extensionLines = new Map<string, string>();
  const vhosts = new Vhosts(database, files, { httpPort, httpsPort, foreignCertificates, extensionLines });
  const nginx = makeNginx(files, database, vhosts, { address, httpPort, httpsPort });
  const restarts = new WebRestarts(nginx, faults, {
    interval: () => Number(database.tables.preferences["restart-apache"]),
    secondMs: options.secondMs ?? 1000,
    nginxAtOnce: () => switches.tlsFollows === "nginx-at-once",
  });
  const sessions = new Sessions(database);
  const state: Mutable<Omit<LabState, "sslIt">> & { sslIt: SslIt } = {
    get sslIt() {
      return sslIt;
    },
    files,
    database,
    switches,
    faults,
    pool,
    zones: new Zones(database, options.dnsServer?.elsewhere ?? new Map()),
    vhosts,
    restarts,
    events: new EventManager(database, files),
    extensions: new WithoutExtensions(),
    acme: new AcmeAuthority(),
    foreignCertificates,
    hostName,
    address,
    port,
    now,
    showPanelCertificate: () => undefined,
    callXml: () => Promise.reject(new Error("The panel is not up yet.")),
    async refreshExtensionLines(name) {
      const site = database.site(name);
      if (site !== undefined) extensionLines.set(site.name, await state.extensions.webServerLines(site.id));
    },
    loginLink: (login) => `https://${hostName}:${port}/login?secret=${sessions.createLink(login)}`,
  };
  const sslIt = new SslIt(state);
  if (database.tables.clients.length === 0) {
    addAdministrator(state, options.adminPassword ?? "admin-Passw0rd");
  }
  if (options.extensions !== undefined) state.extensions = await options.extensions(state);
  const dns = await startDnsServer({
    address: options.dnsServer?.address ?? address,
    port: options.dnsServer?.port ?? 0,
    lookup: zoneLookup(state.zones.served),
  });
  const login = new ApiLogin(database, switches, now);
  const xml = new XmlAgent(state, login, sessions);
  const rest = new RestServer(state, login);
  state.callXml = (packet, version, onBehalf) => xml.callInside(packet, version, onBehalf);
  const panel = new PanelServer(state, sessions, async (call) => {
    const { pathname } = call.url;
    if (pathname === "/enterprise/control/agent.php") await xml.answer(call);
    else if (pathname.startsWith("/api/v2/")) await rest.answer(call);
    else return false;
    return true;
  });
  state.showPanelCertificate = () => panel.showCertificate();
  await panel.listen(address, port);
  const mail = new MailServer(database, pool);
  await mail.listen(address, mailPort);
  const commands: LoggedCommand[] = [];
  const socket = new CommandSocket(files, (call) => runProgram(state, commands, call));
  await socket.listen();
  const command = files.path("usr/sbin/plesk");
  socket.writeProgram(command, "plesk", false);
  socket.writeProgram(files.psa("admin/bin/filemng"), "filemng", false);
  socket.writeProgram(files.psa("admin/sbin/mod_wrapper"), "mod_wrapper", true);
  // The sites of an earlier lab in this folder were written for other ports and another address.
  for (const site of database.tables.sites) {
    if (database.tables.ips[site.ip] === undefined) site.ip = address;
    vhosts.write(site);
  }
  const started = await nginx.start();
  if (!started.ok) throw new Error(`nginx does not start: ${started.output}`);
  let settled: Promise<unknown> = Promise.resolve();

  return {
    url: `https://${hostName}:${port}`,
    hostName,
    address,
    port,
    httpPort,
    httpsPort,
    mailPort,
    dnsAddress: dns.server,
    rootDir: options.rootDir,
    command,
    get restarts() {
      return restarts.count;
    },
    commands,
    calls: panel.calls,
    events: state.events.fired,
    get panelCaPem() {
      const text = readFileSync(files.psa("admin/conf/httpsd.pem"), "utf8");
      return text.slice(text.indexOf("-----BEGIN CERTIFICATE-----"));
    },
    extensions: state.extensions,
    login(login, impersonatedBy) {
      clientOf(state, login);
      const id = sessions.create(login, impersonatedBy);
      return { id, forgeryToken: sessions.find(id)?.forgeryToken ?? "" };
    },
    switches,
    has(login, domain) {
      const client = database.client(login);
      if (client === undefined || domain === undefined) return client !== undefined;
      return database.site(domain)?.clientId === client.id;
    },
    async addAccount(account) {
      addAccount(state, account);
    },
    removeAccount: async (login) => removeAccount(state, clientOf(state, login)),
    suspend: async (login, on) => suspendAccount(state, clientOf(state, login), on),
    addPlan: (name, permissions) => addPlan(state, name, permissions ?? {}),
    async addDomain(login, domain, domainOptions) {
      await addDomain(state, clientOf(state, login), domain, domainOptions);
    },
    inOneRestart: (work) => restarts.once(work),
    removeDomain: async (domain) => removeSite(state, siteOf(state, domain)),
    async changeSite(domain, change) {
      const site = siteOf(state, domain);
      Object.assign(site, change);
      database.save();
      await rewrite(state, [site]);
    },
    chooseMailCertificate: (domain, name) => assignMail(state, siteOf(state, domain), name),
    chooseWebmailCertificate: async (domain, name) => assignWebmail(state, siteOf(state, domain), name),
    keepSecured: () => sslIt.keepSecured(),
    async settle() {
      await restarts.flush();
      await state.events.settled();
    },
    set: (changes) => changeSwitches(switches, changes),
    fault(fault) {
      faults.add(fault);
      if (fault.kind === "nginxDown") settled = nginx.stop();
    },
    clearFaults() {
      faults.clear();
      settled = nginx.start();
    },
    async nginxSettled() {
      await settled;
    },
    checkPassword: (login, password) => isPassword(clientOf(state, login), password),
    async stop() {
      await restarts.stop();
      await state.events.settled();
      await Promise.all([
        panel.stop(),
        state.extensions.stop(),
        socket.stop(),
        dns.stop(),
        mail.stop(),
        nginx.stop(),
      ]);
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function makeNginx(
  files: ServerFiles,
  database: Database,
  vhosts: Vhosts,
  ports: { address: string; httpPort: number; httpsPort: number },
): Nginx {
  return new Nginx({
    ...ports,
    configFile: files.path("etc/nginx/nginx.conf"),
    workFolder: files.path("var/lib/nginx"),
    pidFile: files.path("run/nginx.pid"),
    errorLog: files.path("var/log/nginx/error.log"),
    addresses: () => [...new Set([ports.address, ...Object.keys(database.tables.ips)])],
    defaultCertificate: () => {
      const own = database.certificateById(database.tables.ips[ports.address]);
      const file =
        own === undefined ? defaultCertificateFile(database, files) : files.certificateFile(own.keyFile);
      return { cert: file, key: file };
    },
    httpLines: () => vhosts.includes(),
  });
}

const programs: Readonly<
  Record<string, (state: LabState, call: ProgramCall) => ReturnType<typeof runPlesk>>
> = {
  plesk: runPlesk,
  filemng: ({ files }, call) => runFileManager(files, call),
  // The script it stands for is told by the name it was called by (spec plesk §1.6).
  mod_wrapper: ({ extensions }, { called, words, env, stdin }) =>
    extensions.runSbin(basename(dirname(called)), basename(called), words, env, stdin),
};

async function runProgram(
  state: LabState,
  commands: LoggedCommand[],
  call: ProgramCall,
): ReturnType<typeof runPlesk> {
  const logged: LoggedCommand = {
    at: state.now(),
    program: call.program,
    words: call.words,
    code: undefined,
  };
  commands.push(logged);
  const end = await programs[call.program]?.(state, call);
  logged.code = end?.code;
  return end;
}

function addPlan(state: LabState, name: string, permissions: Readonly<Record<string, boolean>>): void {
  const id = state.database.nextId();
  const plan: PlanRow = {
    id,
    guid: `plan-${id}`,
    name,
    ownerId: state.database.admin.id,
    permissions: { ...permissions },
    limits: {},
    items: [],
  };
  state.database.tables.plans.push(plan);
  state.database.save();
}

function clientOf(state: LabState, login: string): ReturnType<typeof addAccount> {
  const client = state.database.client(login);
  if (client === undefined) throw new Error(`There is no account ${login}.`);
  return client;
}

function siteOf(state: LabState, domain: string): SiteRow {
  const site = state.database.site(domain);
  if (site === undefined) throw new Error(`There is no site ${domain}.`);
  return site;
}
