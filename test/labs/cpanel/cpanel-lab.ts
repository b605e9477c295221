import { X509Certificate } from "node:crypto";
import { appendFileSync } from "node:fs";
import { domainToASCII } from "node:url";
import { changeSwitches } from "../common/change-switches.ts";
import { type Fault, FaultPlan } from "../common/faults.ts";
import { isPassword, setPassword } from "../common/passwords.ts";
import { startDnsServer } from "../dns/dns-server.ts";
import { zoneLookup } from "../dns/zone-lookup.ts";
import type { ZoneRecord } from "../dns/zone-record.ts";
import { freePorts } from "../nginx/free-ports.ts";
import {
  addAccount,
  type NewAccount,
  removeAccount,
  renameAccount,
  setResellerAcls,
  suspendAccount,
} from "./account-desk.ts";
import { Apache } from "./apache.ts";
import { apiCommands } from "./api-commands.ts";
import { ApiTokens } from "./api-tokens.ts";
import { AutoSsl } from "./autossl.ts";
import type { LoggedCall } from "./call-log.ts";
import { trustRoots } from "./certificate-trust.ts";
import { serveCommands } from "./command-server.ts";
import { Cpsrvd } from "./cpsrvd.ts";
import { DeferredInstaller } from "./deferred-installer.ts";
import { addDomain, type NewDomain, removeDomain } from "./domain-desk.ts";
import { Hooks } from "./hooks.ts";
import type { LabState } from "./lab-state.ts";
import { cookieOf } from "./login-routes.ts";
import { PerlEngine } from "./perl-engine.ts";
import { pluginCommands } from "./plugin-commands.ts";
import { domainsOf, ServerFiles } from "./server-files.ts";
import { ServerShell, type ShellOptions, type ShellResult } from "./server-shell.ts";
import { layOutServer } from "./server-tree.ts";
import { serviceCommands } from "./service-commands.ts";
import { Sessions } from "./sessions.ts";
import { defaultSwitches, type Switches } from "./switches.ts";
import { WebServer } from "./web-server.ts";
import { Zones } from "./zones.ts";

export interface CpanelLabOptions {
  /** The emulated server is laid out below it; a folder of an earlier lab goes on where that stopped. */
  rootDir: string;
  /** Loopback address of all listeners; 127.0.0.1 when absent. */
  address?: string;
  /** The server's name, the only one in cpsrvd's own certificate; `server.lab.test` when absent. */
  hostName?: string;
  /** What 2083, 2087, 80 and 443 are here; free ports when 0 or absent. */
  cpanelPort?: number;
  whmPort?: number;
  httpPort?: number;
  httpsPort?: number;
  /** `root-Passw0rd` when absent. */
  rootPassword?: string;
  /** The server's clock; nginx and TLS follow the real one. */
  now?: () => Date;
  dnsServer?: {
    port?: number;
    address?: string;
    /** Zones of other people's name servers; a domain of an account among them has no local authority. */
    elsewhere?: ReadonlyMap<string, readonly ZoneRecord[]>;
  };
  /** Roots of the server's certificate store, PEM. */
  trustedRoots?: string;
  switches?: Partial<Switches>;
  /** Real milliseconds between a change and Apache's restart; none when absent. */
  restartDelayMs?: number;
  /** Real milliseconds between two runs of the deferred installer; without it only {@link CpanelLab.runDeferred} runs it. */
  deferredEveryMs?: number;
  /** Real milliseconds that a page's LiveAPI socket may stay open after the page has ended; 1000 when absent. */
  pageGraceMs?: number;
}

export interface CpanelLab {
  /** `https://<hostName>:<port>`; connect to `address` while verifying that name. */
  readonly cpanelUrl: string;
  readonly whmUrl: string;
  readonly hostName: string;
  readonly address: string;
  readonly cpanelPort: number;
  readonly whmPort: number;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** What a client must trust to reach the two addresses, PEM; the certificate signs itself. */
  readonly panelCaPem: string;
  /** `address:port` of the name server. */
  readonly dnsAddress: string;
  readonly rootDir: string;
  /** Restarts of Apache so far. */
  readonly reloads: number;
  /** Every call over HTTPS, oldest first, without secrets. */
  readonly calls: readonly LoggedCall[];
  readonly switches: Readonly<Switches>;
  /** What hooks answered, oldest first. */
  readonly hookAnswers: readonly { hook: string; answer: string }[];

  /** Is there such an account, and has it that domain? */
  has(account: string, domain?: string): boolean;
  addAccount(account: NewAccount): Promise<void>;
  removeAccount(name: string): Promise<void>;
  renameAccount(name: string, newName: string): Promise<void>;
  suspend(account: string, on: boolean): Promise<void>;
  addDomain(account: string, domain: string, options: NewDomain): Promise<void>;
  removeDomain(account: string, domain: string): Promise<void>;
  setFeature(account: string, feature: string, on: boolean): void;
  setResellerAcls(account: string, acls: readonly string[]): void;
  /** An API token: of WHM for root or a reseller (bound to `acls` when given), else of an account. */
  createToken(service: "cpanel" | "whm", owner: string, acls?: readonly string[]): string;
  /** A browser session; the password is checked when it is given. `login` makes it one of a team user. */
  login(
    service: "cpanel" | "whm",
    account: string,
    options?: { password?: string; login?: string },
  ): { cookie: string; token: string };
  /** AutoSSL for one account, or for all; the websites that got a certificate. */
  runAutossl(account?: string): Promise<string[]>;
  /** Works off `enqueue_deferred_ssl_installations`. */
  runDeferred(): void;
  /** Restarts Apache now. */
  restartApache(): Promise<void>;
  /** Resolves when no restart is under way and nginx is in the state the faults ask for. */
  settled(): Promise<void>;
  set(switches: Partial<Switches>): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Adds roots to the server's certificate store. */
  trust(pem: string): void;
  /** Runs a program on the server, with its `/` at the root folder. Needs root. */
  run(command: readonly string[], options?: ShellOptions): Promise<ShellResult>;
  stop(): Promise<void>;
}

/** Starts the stand-in for a cPanel & WHM server (spec cpanel §9). */
export async function startCpanelLab(options: CpanelLabOptions): Promise<CpanelLab> {
  const address = options.address ?? "127.0.0.1";
  const hostName = options.hostName ?? "server.lab.test";
  const now = options.now ?? (() => new Date());
  const files = new ServerFiles(options.rootDir);
  layOutServer(files, { hostName, address, now: new Date() });
  if (!isPassword(files, "root", options.rootPassword ?? "root-Passw0rd")) {
    setPassword(files, "root", options.rootPassword ?? "root-Passw0rd");
  }
  if (options.trustedRoots !== undefined) trustRoots(files, options.trustedRoots);
  const [cpanelPort, whmPort, httpPort, httpsPort] = await freePorts(address, [
    options.cpanelPort ?? 0,
    options.whmPort ?? 0,
    options.httpPort ?? 0,
    options.httpsPort ?? 0,
  ]);
  const switches = defaultSwitches();
  changeSwitches(switches, options.switches ?? {});
  const faults = new FaultPlan();
  const webServer = new WebServer(files, { address, httpPort, httpsPort });
  const shell = new ServerShell(files);
  const state: LabState = {
    files,
    switches,
    faults,
    apache: new Apache({ webServer, faults, switches, delayMs: options.restartDelayMs ?? 0 }),
    zones: new Zones(files, options.dnsServer?.elsewhere ?? new Map()),
    tokens: new ApiTokens(files, now),
    sessions: new Sessions(),
    hooks: new Hooks(files, shell),
    shell,
    engine: new PerlEngine(() => state),
    deferred: new DeferredInstaller(() => state),
    autossl: new AutoSsl(() => state),
    hostName,
    address,
    cpanelPort,
    whmPort,
    httpPort,
    pageGraceMs: options.pageGraceMs ?? 1000,
    now,
    errorLog: (text) =>
      appendFileSync(files.cpanel("logs/error_log"), text.endsWith("\n") ? text : `${text}\n`),
  };
  const calls: LoggedCall[] = [];
  const cpanel = new Cpsrvd(state, "cpanel", calls);
  const whm = new Cpsrvd(state, "whm", calls);
  const dns = await startDnsServer({
    address: options.dnsServer?.address ?? address,
    port: options.dnsServer?.port ?? 0,
    lookup: zoneLookup(state.zones.served),
  });
  await cpanel.listen(address, cpanelPort);
  await whm.listen(address, whmPort);
  const commands = await serveCommands(state, { ...apiCommands, ...pluginCommands, ...serviceCommands });
  const started = await webServer.start();
  if (!started.ok) throw new Error(`nginx does not start: ${started.output}`);
  const every = options.deferredEveryMs;
  const timer = every === undefined ? undefined : setInterval(() => state.deferred.run(), every);
  let settled: Promise<unknown> = Promise.resolve();

  return {
    cpanelUrl: `https://${hostName}:${cpanelPort}`,
    whmUrl: `https://${hostName}:${whmPort}`,
    hostName,
    address,
    cpanelPort,
    whmPort,
    httpPort,
    httpsPort,
    get panelCaPem() {
      return new X509Certificate(files.serviceCertificate()).toString();
    },
    dnsAddress: dns.server,
    rootDir: options.rootDir,
    get reloads() {
      return state.apache.reloads;
    },
    calls,
    switches,
    hookAnswers: state.hooks.answers,
    has: (account, domain) =>
      files.account(account) !== undefined &&
      (domain === undefined || domainsOf(files.domainMap(account)).includes(asciiName(domain))),
    addAccount: (account) => addAccount(state, account),
    removeAccount: (name) => removeAccount(state, name),
    renameAccount: (name, newName) => renameAccount(state, name, newName),
    suspend: (account, on) => suspendAccount(state, account, on),
    addDomain: (account, domain, domainOptions) => addDomain(state, account, domain, domainOptions),
    removeDomain: (account, domain) => removeDomain(state, account, asciiName(domain)),
    setFeature: (account, feature, on) =>
      files.setAccount(account, { [`FEATURE-${feature.toUpperCase()}`]: on ? "1" : "0" }),
    setResellerAcls: (account, acls) => setResellerAcls(state, account, acls),
    createToken(service, owner, acls) {
      const name = `lab${calls.length}-${Math.random().toString(36).slice(2)}`;
      const kind = service === "whm" ? "whostmgr" : "cpanel";
      return state.tokens.create(kind, owner, name, acls === undefined ? {} : { acls }).token;
    },
    login(service, account, { password, login } = {}) {
      if (password !== undefined && !isPassword(files, account, password)) {
        throw new Error(`That is not the password of ${account}.`);
      }
      const session = state.sessions.create(service, account, login === undefined ? {} : { login });
      return { cookie: cookieOf(service, session).split(";")[0] ?? "", token: session.token };
    },
    async runAutossl(account) {
      const accounts = account === undefined ? files.accounts() : [account];
      const changed = [];
      for (const name of accounts) changed.push(...(await state.autossl.run(name)));
      return changed;
    },
    runDeferred: () => state.deferred.run(),
    restartApache: () => state.apache.restart(),
    async settled() {
      await settled;
      await state.apache.idle();
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
    trust: (pem) => trustRoots(files, pem),
    run: (command, shellOptions) => shell.run(command, shellOptions),
    async stop() {
      clearInterval(timer);
      await state.apache.stop();
      await Promise.all([cpanel.stop(), whm.stop(), commands.stop(), dns.stop(), webServer.stop()]);
      await shell.stop();
    },
  };
}

function asciiName(domain: string): string {
  return domain.startsWith("*.") ? `*.${domainToASCII(domain.slice(2))}` : domainToASCII(domain);
}
