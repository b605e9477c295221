import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Agent, startAgent } from "../../src/agent/agent.ts";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import type { OrderArguments } from "../../src/agent/operations.ts";
import { type Log, silentLog } from "../../src/logging.ts";
import { parseSettings, type Settings } from "../../src/settings.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { FakePanel, trustingHost } from "../fakes/fake-panel.ts";
import { type FakeCa, startFakeCa } from "../labs/ca/fake-ca.ts";
import { createServerCertificates } from "../labs/ca/server-certificates.ts";
import { type DnsServer, startDnsServer } from "../labs/dns/dns-server.ts";
import { zoneLookup } from "../labs/dns/zone-lookup.ts";
import type { ZoneRecord } from "../labs/dns/zone-record.ts";

/** The moment at which journeys begin, unless the test says otherwise. */
export const begin = "2026-11-24T09:00:00Z";
const longest = 60_000;

/**
 * Everything a journey needs: a CA, a name server, a panel whose web server answers handshakes, and the agent, all in one
 * process under one clock. `until` lets time pass until something is true.
 */
export class Stage {
  readonly clock: FakeClock;
  readonly folder: string;
  readonly panel: FakePanel;
  readonly ca: FakeCa;
  readonly dns: DnsServer;
  readonly settings: Settings;
  agent: Agent;
  private readonly log: Log;

  private constructor(
    parts: Pick<Stage, "clock" | "folder" | "panel" | "ca" | "dns" | "settings" | "agent">,
    log: Log,
  ) {
    this.clock = parts.clock;
    this.folder = parts.folder;
    this.panel = parts.panel;
    this.ca = parts.ca;
    this.dns = parts.dns;
    this.settings = parts.settings;
    this.agent = parts.agent;
    this.log = log;
  }

  static async open(
    options: {
      settings?: string;
      log?: Log;
      zone?: ZoneRecord[];
      ownNameServers?: readonly string[];
      /** Part of the webhook's path, known to the CA. */
      token?: string;
    } = {},
  ): Promise<Stage> {
    const clock = new FakeClock(begin);
    const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-"));
    const certificates = createServerCertificates("127.0.0.1");
    const panel = new FakePanel(certificates.contextFor("valid") as { cert: string; key: string });
    await panel.listen();
    const dns = await startDnsServer({
      lookup: (name, type) =>
        zoneLookup(new Map([["test", [...(options.zone ?? []), ...panel.records]]]))(name, type),
    });
    const ca = await startFakeCa({
      now: () => clock.now(),
      dnsServers: [dns.server],
      hosts: { "*": { address: "127.0.0.1", port: panel.httpPort } },
    });
    writeFileSync(join(folder, "ca-password"), `${ca.credentials.password}\n`, { mode: 0o600 });
    writeFileSync(join(folder, "ca.pem"), ca.tlsRootPem + ca.rootPem);
    const tokenFile = join(folder, "token");
    if (options.token !== undefined) writeFileSync(tokenFile, `${options.token}\n`, { mode: 0o600 });
    const settings = parseSettings(
      [
        `ca: { baseUrl: "${ca.url}", username: "${ca.credentials.userName}", passwordFile: ${folder}/ca-password, trustFile: ${folder}/ca.pem }`,
        "panel: { kind: fake, executor: in-process }",
        `verify: { address: null, httpsPort: ${panel.httpsPort}, httpPort: ${panel.httpPort} }`,
        `dns: { servers: ["${dns.server}"], ownNameServers: ${JSON.stringify(options.ownNameServers ?? [])} }`,
        `stateDir: ${folder}/state`,
        `runDir: ${folder}/run`,
        `webhook: { listen: ["127.0.0.1:0"], tls: false, ${options.token === undefined ? "" : `tokenFile: ${tokenFile}, `}allowedSources: [127.0.0.1] }`,
        options.settings ?? "",
      ].join("\n"),
      "test settings",
      ["fake"],
    );
    const log = options.log ?? silentLog;
    const agent = await start(settings, panel, clock, log);
    const stage = new Stage({ clock, folder, panel, ca, dns, settings, agent }, log);
    stage.pointWebhooks();
    return stage;
  }

  /** Places an order as the command line does: an account with one domain is there when it is first named. */
  async order(name: string, changes: Partial<OrderArguments> = {}): Promise<RequestReport> {
    const account = changes.account ?? "bob";
    if (!this.panel.accounts.has(account)) this.panel.addAccount(account);
    if (!this.panel.vhosts.has(name)) this.panel.addVhost(account, name);
    return this.agent.operations.order({
      account,
      names: [name],
      product: "EssentialSSL",
      years: 1,
      dcv: "dns",
      approver: null,
      key: "ec-p256",
      ...changes,
    });
  }

  read(reference: string): Promise<RequestReport> {
    return this.agent.operations.showRequest(reference);
  }

  /** Lets time pass until the request is as wanted. Fails with its whole history when that never comes. */
  async untilRequest(reference: string, wanted: (request: RequestReport) => boolean): Promise<RequestReport> {
    let last: RequestReport | null = null;
    try {
      await this.until(async () => {
        last = await this.read(reference);
        return wanted(last);
      });
    } catch (cause) {
      throw new Error(`it stays ${JSON.stringify(last, null, 1)}`, { cause });
    }
    return this.read(reference);
  }

  untilState(reference: string, state: RequestReport["state"]): Promise<RequestReport> {
    return this.untilRequest(reference, (request) => request.state === state);
  }

  /** Time stands still while something runs that only needs the machine, and goes on in steps while all wait for it. */
  async until(reached: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + longest;
    while (!(await reached())) {
      if (performance.now() > end) throw new Error("what the test waits for does not happen");
      const idle = await Promise.race([
        Promise.all([this.agent.idle(), this.ca.idle()]).then(() => true),
        pause(10, false),
      ]);
      await this.clock.advance(idle ? 5_000 : 250);
    }
  }

  /** Stops the agent and starts another one on the same folder. `crash` drops it without a word. */
  async restart(how: "stop" | "crash" = "stop"): Promise<void> {
    // A process that died writes nothing more, and its sockets are closed for it.
    if (how === "crash") this.agent.context.store.close();
    await this.agent.stop();
    this.agent = await start(this.settings, this.panel, this.clock, this.log);
    this.pointWebhooks();
  }

  /** Lets everything that is under way on both sides come to its end, without time passing. */
  async settle(): Promise<void> {
    for (let calls = -1; calls !== this.ca.requests.length + this.ca.deliveries.length; ) {
      calls = this.ca.requests.length + this.ca.deliveries.length;
      await this.ca.idle();
      await this.agent.idle();
    }
  }

  /** Where webhooks go, as the CA's account settings say it. */
  pointWebhooks(): void {
    const { tokenFile } = this.settings.webhook;
    const token = tokenFile === null ? "" : `/${readFileSync(tokenFile, "utf8").trim()}`;
    const url = `http://127.0.0.1:${this.agent.webhookPorts[0]}/webhook${token}`;
    this.ca.set({ webhook: { url, localAddress: "127.0.0.1" } });
  }

  async close(): Promise<void> {
    await this.agent.stop();
    await Promise.all([this.ca.stop(), this.panel.stop(), this.dns.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function start(settings: Settings, panel: FakePanel, clock: FakeClock, log: Log): Promise<Agent> {
  return startAgent({
    settings,
    version: "test",
    log,
    clock,
    panel: { panel, host: trustingHost },
    role: "service",
  });
}

/** What the vhosts of these names really show, as fingerprints. */
export async function served(stage: Stage, ...names: string[]): Promise<(string | null)[]> {
  const looks = await stage.agent.context.probe.lookAt(
    names.map((name) => ({ name: name as never, address: "127.0.0.1" })),
  );
  return looks.map(({ fingerprint, complete }) => (complete ? fingerprint : null));
}
