import { join } from "node:path";
import { panelModule } from "../../panels/index.ts";
import type { PanelOptions } from "../../panels/panel-factory.ts";
import { type CaDeadlines, type CaTransport, createCaTransport } from "../ca/ca-transport.ts";
import { getCertificate } from "../ca/get-certificate.ts";
import { getRequest } from "../ca/get-request.ts";
import { type Clock, systemClock } from "../clock.ts";
import { startControlServer } from "../control/control-server.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { createRemotePanel } from "../executor/remote-panel.ts";
import type { FleetMember } from "../fleet/member.ts";
import { createAdvanceHandler, createEchoHandler } from "../jobs/advance-request.ts";
import type { JobContext } from "../jobs/context.ts";
import { giveUp } from "../jobs/give-up.ts";
import { createInstallHandler } from "../jobs/install-certificates.ts";
import { KeyedLock } from "../jobs/keyed-lock.ts";
import { createLookHandler } from "../jobs/look-at-sites.ts";
import { createMailHandler, noticeAfter } from "../jobs/notify.ts";
import { recoverIntents } from "../jobs/recover.ts";
import { createRenewHandler } from "../jobs/renew-certificate.ts";
import { createSweepHandler, planSweeps, type SweepIntervals } from "../jobs/sweep.ts";
import { createVerifyHandler } from "../jobs/verify-installation.ts";
import { Worker } from "../jobs/worker.ts";
import { makeCertificateRequest } from "../keys/certificate-request.ts";
import { openKeyStore } from "../keys/key-store.ts";
import type { Log } from "../logging.ts";
import { trustedRoots } from "../model/certificate.ts";
import type { PageHost, Panel } from "../panel.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { RefusalLog } from "../webhook/refusal-log.ts";
import { openWebhookListener, type WebhookListener } from "../webhook/webhook-listener.ts";
import type { AccountMover } from "./account-mover.ts";
import { createOperations } from "./agent-operations.ts";
import { createCaPort } from "./ca-port.ts";
import { checksOf } from "./checks.ts";
import { type DoctorReport, examine } from "./doctor.ts";
import { guardPanel } from "./guard-panel.ts";
import type { InheritedSockets } from "./inherited-sockets.ts";
import { createMailPort } from "./mail-port.ts";
import { openStore } from "./open-store.ts";
import type { Operations } from "./operations.ts";
import { openPages } from "./pages.ts";
import { createProbePort } from "./probe-port.ts";
import { readStatus } from "./read-status.ts";
import { saveCa } from "./save-ca.ts";
import { readSecretFile, readTrustFile } from "./secret-file.ts";
import { tryCaLogin, tryConfiguredCa } from "./try-ca.ts";

export interface AgentOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Instead of the panel that the settings name. */
  readonly panel?: { readonly panel: Panel; readonly host: PageHost };
  readonly caDeadlines?: Partial<CaDeadlines>;
  /** Where the settings came from; needed to let an administrator enter the CA account on a page. */
  readonly configFile?: string;
  /** What tells this machine from others in a fleet, instead of `/etc/machine-id`. */
  readonly machineId?: string;
  /** Sockets named `webhook` and `pages` that the service manager handed over. */
  readonly sockets?: InheritedSockets;
  /** `command`: for one command while no service runs; nothing listens but the control socket, and nothing is taken from the queue. */
  readonly role: "service" | "command";
}

export interface Agent {
  readonly operations: Operations;
  readonly context: JobContext;
  /** Null for a server of its own. */
  readonly fleet: FleetMember | null;
  /** Resolves when an administrator changed the settings: the role is to begin anew. */
  readonly outdated: Promise<void>;
  /** Ports of the webhook listener, in the order of the settings. */
  readonly webhookPorts: readonly number[];
  /** Resolves when nothing runs and nothing is due. */
  idle(): Promise<void>;
  /** Reads certificates again. */
  reload(): void;
  /** Finishes what runs, then lets go of everything. */
  stop(): Promise<void>;
}

/** The composition root: builds every part once and fits it to the others. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { settings, log } = options;
  const clock = options.clock ?? systemClock;
  const stack = new AsyncDisposableStack();
  try {
    const ready = Promise.withResolvers<Operations>();
    const outdated = Promise.withResolvers<void>();
    // The control socket comes first: it makes sure that no other agent has this store open.
    const control = await startControlServer(
      join(settings.runDir, "control.sock"),
      ready.promise.then((operations) => ({ ...operations })),
      log,
    );
    stack.defer(() => closeServer(control));
    const store = stack.adopt(openStore(settings.stateDir, clock.now(), log), (opened) => opened.close());
    store.intents.takeOver();
    const keys = await openKeyStore(settings.stateDir);
    const caTrust = readTrustFile(settings.ca.trustFile);
    const transport = createCaTransport({
      baseUrl: settings.ca.baseUrl,
      username: settings.ca.username ?? "",
      password() {
        if (settings.ca.username === null) throw new CodedError("ca-account-missing");
        return readSecretFile(settings.ca.passwordFile);
      },
      trust: caTrust,
      userAgent: `xolphin-ssl/${options.version}`,
      clock,
      log,
      ...(options.caDeadlines === undefined ? {} : { deadlines: options.caDeadlines }),
    });
    stack.defer(() => transport.close());
    const { panel: wholePanel, host } = options.panel ?? (await openPanel(settings, clock, log));
    stack.defer(() => wholePanel.close());
    const roots = trustedRoots(caTrust);
    let worker: Worker | null = null;
    // A server of its own has no use for the fleet's modules in its memory.
    const inFleet = settings.fleet.role === "server";
    const openFleetMember = inFleet ? (await import("./fleet-member.ts")).openFleetMember : () => null;
    let mover: AccountMover | null = null;
    const fleet = openFleetMember({
      settings,
      store,
      clock,
      log,
      version: options.version,
      machineId: options.machineId ?? null,
      context: () => context,
      settleHandOvers: async () => mover?.settleAll(),
    });
    const panel = fleet === null ? wholePanel : guardPanel(wholePanel, () => fleet.requireServer());
    const context: JobContext = {
      store,
      clock,
      log,
      panel,
      ca: fleet?.ca ?? createCaPort(transport, clock),
      keys,
      probe: createProbePort(settings, roots, clock),
      makeCsr: async (names, keyId) => makeCertificateRequest(names, await keys.read(keyId)),
      mail: createMailPort(settings, panel),
      administrator: settings.notify.administrator,
      policy: settings.policy,
      roots,
      verifyAddress: settings.verify.address,
      ownNameServers: settings.dns.ownNameServers,
      ...(fleet === null ? { caTime: () => transport.time } : {}),
      locks: new KeyedLock(),
      wake: () => worker?.wake(),
    };
    if (fleet !== null) mover = new (await import("./account-mover.ts")).AccountMover(context, fleet);
    const intervals = intervalsOf(settings);
    worker = new Worker(
      {
        store,
        clock,
        log,
        random: Math.random,
        gaveUp: (item, error) => giveUp(context, item, error),
        settled: (item) => noticeAfter(context, item),
      },
      [
        createAdvanceHandler(context),
        createEchoHandler(context),
        createInstallHandler(context),
        createVerifyHandler(context),
        createLookHandler(context),
        createRenewHandler(context),
        createMailHandler(context),
        createSweepHandler(context, intervals),
      ],
    );
    const running = worker;
    let listener: WebhookListener | null = null;
    const runDoctor = (): Promise<DoctorReport> =>
      examine(
        checksOf({
          context,
          settings,
          tryCa: () => tryConfiguredCa(settings, null, options.version, clock),
          listener,
          fleet,
          version: options.version,
          panelVersion: async () =>
            options.panel === undefined
              ? (await panelModule(settings.panel.kind)).server.pluginVersion(settings.panel.rootDir)
              : null,
          socketsHandedOver: (options.sockets?.size ?? 0) > 0,
        }),
      );
    const operations = createOperations({
      context,
      fleet,
      mover,
      readStatus: () => readStatus(context, options.version, listener?.refusals ?? null),
      runDoctor,
      readCaNames: (id) => readCaNames(transport, id),
    });
    if (options.role === "service") {
      if (fleet === null) {
        listener = await openListener(
          settings,
          store,
          context,
          clock,
          log,
          options.sockets?.get("webhook") ?? [],
        );
        stack.adopt(listener, (opened) => opened.close());
      }
      const pages = await openPages({
        context,
        settings,
        host,
        version: options.version,
        refusals: listener?.refusals ?? new RefusalLog(),
        inherited: options.sockets?.get("pages") ?? [],
        service: {
          settings,
          version: options.version,
          hostName: async () => (await panel.readFacts()).hostName,
          tryCa: (login) => tryCaLogin(login, options.version, clock),
          saveCa: (account) => saveCa(settings, options.configFile ?? null, account),
          beginAnew: () => outdated.resolve(),
          examine: runDoctor,
        },
      });
      stack.adopt(pages, (opened) => opened.close());
      recoverIntents(context);
      planSweeps(context, intervals);
      running.start();
    }
    if (fleet !== null) {
      fleet.start();
      stack.defer(() => fleet.stop());
    }
    ready.resolve(operations);
    stack.defer(async () => {
      fleet?.leaveOff();
      await running.stop();
    });
    const parts = stack.move();
    return {
      operations,
      context,
      fleet,
      outdated: outdated.promise,
      webhookPorts: listener?.ports ?? [],
      idle: () => running.idle(),
      reload: () => listener?.reload(),
      stop: () => parts.disposeAsync(),
    };
  } catch (thrown) {
    await stack.disposeAsync();
    throw thrown;
  }
}

async function openPanel(
  settings: Settings,
  clock: Clock,
  log: Log,
): Promise<{ panel: Panel; host: PageHost }> {
  const module = await panelModule(settings.panel.kind);
  const options = panelOptions(settings, clock, log);
  const panel =
    settings.panel.executor === "socket"
      ? createRemotePanel(module.id, join(settings.runDir, "executor.sock"))
      : module.openPanel(options);
  return { panel, host: module.openPageHost(options) };
}

export function panelOptions(settings: Settings, clock: Clock, log: Log): PanelOptions {
  const { rootDir, apiUrl, credentialFile, trustFile } = settings.panel;
  const trust = readTrustFile(trustFile);
  return { rootDir, apiUrl, credentialFile, runDir: settings.runDir, trust, clock, log };
}

async function openListener(
  settings: Settings,
  store: Store,
  context: JobContext,
  clock: Clock,
  log: Log,
  inherited: readonly number[],
): Promise<WebhookListener> {
  const { webhook } = settings;
  return openWebhookListener(
    {
      listen: webhook.listen,
      inherited,
      path: webhook.path,
      token: webhook.tokenFile === null ? null : readSecretFile(webhook.tokenFile).reveal(),
      certificate: webhook.tls ? await webhookCertificate(settings, clock, log) : null,
      allowedSources: webhook.allowedSources,
      trustedProxies: webhook.trustedProxies,
    },
    {
      accept(hints) {
        store.acceptHints(hints);
        context.wake();
      },
    },
    { clock, log },
  );
}

async function webhookCertificate(
  settings: Settings,
  clock: Clock,
  log: Log,
): Promise<{ certificateFile: string; keyFile: string }> {
  const { certificateFile, keyFile } = settings.webhook;
  if (certificateFile !== null && keyFile !== null) return { certificateFile, keyFile };
  const module = await panelModule(settings.panel.kind);
  const found = module.hostCertificate(panelOptions(settings, clock, log));
  if (found !== null) return found;
  throw new CodedError("settings-invalid", {
    detail:
      "the panel has no certificate of its own; name one in webhook.certificateFile and webhook.keyFile",
  });
}

/** The names of a certificate, or else of a pending request, with that number. */
async function readCaNames(transport: CaTransport, id: number): Promise<string[] | null> {
  for (const read of [getRequest, getCertificate]) {
    try {
      const { domainName, subjectAlternativeNames } = await read(transport, id, "user");
      return [...new Set([...(domainName === null ? [] : [domainName]), ...subjectAlternativeNames])];
    } catch (thrown) {
      if (asCodedError(thrown).code !== "ca-not-found") throw thrown;
    }
  }
  return null;
}

function intervalsOf({ sweep }: Settings): SweepIntervals {
  return {
    pending: sweep.pendingMinutes * 60_000,
    full: sweep.fullHours * 3_600_000,
    installed: sweep.installedMinutes * 60_000,
    ending: 3_600_000,
  };
}

function closeServer(server: import("node:http").Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
