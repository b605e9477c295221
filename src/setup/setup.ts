import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { hostname } from "node:os";
import { panelHere, panelKinds, panelModule } from "../../panels/index.ts";
import type { PanelModule } from "../../panels/panel-factory.ts";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { silentLog } from "../logging.ts";
import type { Secret } from "../secret.ts";
import { parseSettings, type Settings } from "../settings.ts";
import { changeConfig, changesOf, firstConfig, readConfig, type SettingChange } from "./config-text.ts";
import { type FirewallHint, firewallHint } from "./firewall.ts";
import { takeHostCertificate } from "./host-certificate.ts";
import { places } from "./places.ts";
import { makeFolder, readOrNull, writeRootFile } from "./root-files.ts";
import { ensureServiceAccount, type ServiceAccount } from "./service-account.ts";
import { requireSystemd, writeUnits } from "./services.ts";
import type { SetupAnswers } from "./setup-answers.ts";
import type { UnitFacts } from "./units.ts";

/** What came out, for the person who runs `setup`, and for the page that tells the administrator. */
export interface SetupReport {
  readonly panel: string;
  /** What has to be given to Xolphin as the address for webhooks. */
  readonly webhookUrl: string;
  readonly caUsername: string | null;
  /** Null: nothing was tried, because no account has been entered. */
  readonly caLogin: "accepted" | "refused" | "not-reached" | null;
  readonly firewall: Pick<FirewallHint, "firewall" | "commands"> | null;
  readonly firewallOpened: boolean;
  readonly notes: readonly string[];
}

export interface SetupTools {
  readonly clock: Clock;
  /** Logs in at the CA once with these settings; the password is the one in the file when null. Throws what the CA says. */
  tryCa(settings: Settings, password: Secret | null): Promise<void>;
}

/** IPv6 may be switched off in the kernel; an address of it could not be opened then. */
const everyAddress = (port: number): string[] => [
  `0.0.0.0:${port}`,
  ...(existsSync("/proc/net/if_inet6") ? [`[::]:${port}`] : []),
];
const usualPort = 9770;

/**
 * Makes everything that the service needs on this server: user, folders, configuration, tokens, a certificate to answer
 * webhooks with, and units. May be run again at any time: what is there stays, what is missing is made, what `answers` say
 * is changed. Throws `setup-failed`, `settings-invalid` or `ca-refused-us`; nothing is started here.
 */
export async function setUp(answers: SetupAnswers, tools: SetupTools): Promise<SetupReport> {
  requireRoot();
  requireSystemd();
  const account = await ensureServiceAccount();
  makeFolders(account);
  const notes: string[] = [];
  const before = readOrNull(places.configFile)?.toString("utf8") ?? (await beginConfig());
  const kind = String(readConfig(before, ["panel", "kind"]));
  const module = await panelModule(kind);
  const rootDir = String(readConfig(before, ["panel", "rootDir"]) ?? "/");
  const owner = { mode: 0o640, gid: account.gid };
  const found = [
    ...findListen(before),
    ...findPanel(module, rootDir, before, owner),
    ...(await findCertificate(module, rootDir, before, notes)),
    ...keepToken(answers, before, owner),
    ...(await findMailServer(before)),
  ];
  const text = changeConfig(before, [...found, ...changesOf(answers.settings)]);
  const settings = parseSettings(text, places.configFile, panelKinds);
  const caLogin = await tryLogin(settings, answers, tools, notes);
  if (answers.caPassword !== null) {
    writeRootFile(settings.ca.passwordFile, `${answers.caPassword.reveal()}\n`, owner);
  }
  writeRootFile(places.configFile, text, owner);
  await writeUnits(unitFacts(settings, module, rootDir));
  const port = portOf(settings);
  const hint = await firewallHint(port, settings.webhook.allowedSources);
  const open = hint !== null && answers.openFirewall ? hint.apply : null;
  await open?.();
  if (answers.openFirewall && hint !== null && open === null) {
    notes.push(`The rules of ${hint.firewall} are your own; put these into your own file of rules as well.`);
  }
  return {
    panel: kind,
    webhookUrl: webhookUrl(settings, hostname()),
    caUsername: settings.ca.username,
    caLogin,
    firewall: hint === null ? null : { firewall: hint.firewall, commands: hint.commands },
    firewallOpened: open !== null,
    notes,
  };
}

/** Takes the panel's certificate over again after its renewal; 'nothing-to-do' when the administrator chose another one. */
export async function renewHostCertificate(settings: Settings): Promise<boolean> {
  requireRoot();
  if (settings.webhook.certificateFile !== places.hostCertificate) throw new CodedError("nothing-to-do");
  const pair = hostPair(await panelModule(settings.panel.kind), settings.panel.rootDir);
  if (pair === null) throw new CodedError("setup-failed", { detail: "the panel has no certificate now" });
  return takeHostCertificate(pair);
}

/** The address to give to Xolphin. The token stays out of it: it is read where it is kept. */
export function webhookUrl({ webhook }: Settings, host: string): string {
  const token = webhook.tokenFile === null ? "" : `/<the token in ${webhook.tokenFile}>`;
  const [listen = ""] = webhook.listen;
  return `${webhook.tls ? "https" : "http"}://${host}:${listen.slice(listen.lastIndexOf(":") + 1)}${webhook.path}${token}`;
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new CodedError("setup-failed", { detail: "run this as root" });
}

async function beginConfig(): Promise<string> {
  const panel = await panelHere("/");
  if (panel === null) {
    throw new CodedError("setup-failed", { detail: `none of ${panelKinds.join(", ")} is installed here` });
  }
  return firstConfig(panel.id, places.caPassword);
}

function makeFolders({ uid, gid }: ServiceAccount): void {
  makeFolder(places.config, 0o750, 0, gid);
  makeFolder(places.state, 0o700, uid, gid);
}

function findListen(config: string): SettingChange[] {
  if (readConfig(config, ["webhook", "listen"]) !== undefined) return [];
  return [{ keys: ["webhook", "listen"], value: everyAddress(usualPort) }];
}

/** Root reads the panel's settings, so that the agent need not be able to. */
function findPanel(
  module: PanelModule,
  rootDir: string,
  config: string,
  owner: { mode: number; gid: number },
): SettingChange[] {
  const { apiUrl, trust } = module.server.findAddress(rootDir);
  const changes: SettingChange[] = [];
  const unset = (key: string): boolean => (readConfig(config, ["panel", key]) ?? null) === null;
  const { credentialFile } = module.server;
  if (credentialFile !== null && unset("credentialFile")) {
    changes.push({ keys: ["panel", "credentialFile"], value: credentialFile });
  }
  if (apiUrl !== null && unset("apiUrl")) changes.push({ keys: ["panel", "apiUrl"], value: apiUrl });
  const ours = readConfig(config, ["panel", "trustFile"]) === places.panelTrust;
  if (trust !== null && (ours || unset("trustFile"))) {
    writeRootFile(places.panelTrust, trust, owner);
    changes.push({ keys: ["panel", "trustFile"], value: places.panelTrust });
  }
  return changes;
}

async function findCertificate(
  module: PanelModule,
  rootDir: string,
  config: string,
  notes: string[],
): Promise<SettingChange[]> {
  const chosen = readConfig(config, ["webhook", "certificateFile"]) ?? null;
  const tls = readConfig(config, ["webhook", "tls"]);
  if (tls === false || (chosen !== null && chosen !== places.hostCertificate)) return [];
  const pair = hostPair(module, rootDir);
  if (pair === null) {
    notes.push("The panel has no certificate for the host's name, so webhooks come in without TLS.");
    return [{ keys: ["webhook", "tls"], value: false }];
  }
  takeHostCertificate(pair);
  return [
    { keys: ["webhook", "certificateFile"], value: places.hostCertificate },
    { keys: ["webhook", "keyFile"], value: places.hostKey },
  ];
}

function hostPair(module: PanelModule, rootDir: string): ReturnType<PanelModule["hostCertificate"]> {
  return module.hostCertificate({
    rootDir,
    runDir: places.run,
    apiUrl: null,
    credentialFile: null,
    trust: [],
    clock: { now: () => new Date(0), monotonic: () => 0, after: () => () => undefined },
    log: silentLog,
  });
}

const mailGreeting = 2_000;

/**
 * The server's own mail server on the loopback address, when one greets there: the service can't gain the rights that
 * `sendmail` takes, so that way is closed to it. No TLS, because nothing leaves the machine.
 */
async function findMailServer(config: string): Promise<SettingChange[]> {
  if (readConfig(config, ["notify", "smtp"]) !== undefined) return [];
  const greets = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: 25, timeout: mailGreeting });
    const end = (found: boolean) => (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.once("data", (greeting: Buffer) => end(greeting.toString("latin1").startsWith("220"))());
    socket.once("timeout", end(false));
    socket.once("error", end(false));
    socket.once("close", end(false));
  });
  return greets ? [{ keys: ["notify", "smtp"], value: "smtp://127.0.0.1:25?ignoreTLS=true" }] : [];
}

const tokenBytes = 32;

function keepToken(
  { webhookPathToken }: SetupAnswers,
  config: string,
  owner: { mode: number; gid: number },
): SettingChange[] {
  const file = readConfig(config, ["webhook", "tokenFile"]) ?? null;
  if (webhookPathToken === null || webhookPathToken === (file !== null)) return [];
  if (!webhookPathToken) {
    rmSync(places.token, { force: true });
    return [{ keys: ["webhook", "tokenFile"], value: null }];
  }
  writeRootFile(places.token, `${randomBytes(tokenBytes).toString("base64url")}\n`, owner);
  return [{ keys: ["webhook", "tokenFile"], value: places.token }];
}

/** An account that was entered just now and is refused is not kept; a CA that can't be reached is only said. */
async function tryLogin(
  settings: Settings,
  { caPassword, settings: answered }: SetupAnswers,
  tools: SetupTools,
  notes: string[],
): Promise<SetupReport["caLogin"]> {
  if (settings.ca.username === null) return null;
  if (caPassword === null && !existsSync(settings.ca.passwordFile)) return null;
  try {
    await tools.tryCa(settings, caPassword);
    return "accepted";
  } catch (thrown) {
    const error = asCodedError(thrown);
    if (error.code === "ca-refused-us" && (caPassword !== null || "ca" in answered)) throw error;
    notes.push(`Xolphin: ${error.message} ${error.detail}`.trim());
    return error.code === "ca-refused-us" ? "refused" : "not-reached";
  }
}

function unitFacts(settings: Settings, module: PanelModule, rootDir: string): UnitFacts {
  const watched =
    settings.webhook.certificateFile === places.hostCertificate ? hostPair(module, rootDir) : null;
  return {
    listen: settings.webhook.listen,
    pagesGroup: module.server.pagesGroup,
    watchedFiles: watched === null ? [] : [...new Set([watched.certificateFile, watched.keyFile])],
  };
}

function portOf({ webhook }: Settings): number {
  const [listen = ""] = webhook.listen;
  return Number(listen.slice(listen.lastIndexOf(":") + 1));
}
