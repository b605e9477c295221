import { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { panelKinds } from "../../panels/index.ts";
import { type Agent, startAgent } from "../../src/agent/agent.ts";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { silentLog } from "../../src/logging.ts";
import { readSettings } from "../../src/settings.ts";
import { fetchPage } from "../demo/panel-browser.ts";
import { makeServiceUser } from "../demo/program.ts";
import {
  account,
  type DemoServer,
  domain,
  type OpenDemoServer,
  type PluginPage,
} from "../demo/servers/demo-server.ts";
import { openCaFor, runDirOf, writeSettings } from "../demo/stage-settings.ts";
import type { FakeCa } from "../labs/ca/fake-ca.ts";

const longest = 100_000;

/** Only root can have a plugin installed; elsewhere these journeys are skipped by name. */
export const withRoot = process.getuid?.() === 0 ? describe : describe.skip;
export const unlessRoot = process.getuid?.() === 0 ? "" : " (skipped: needs root)";

/** A panel's lab with the plugin in it, a CA and the agent with the real adapter, all under the real clock. */
export class PanelStage<Server extends DemoServer = DemoServer> {
  readonly server: Server;
  readonly ca: FakeCa;
  agent: Agent;
  private readonly folder: string;

  private constructor(parts: { server: Server; ca: FakeCa; agent: Agent; folder: string }) {
    this.server = parts.server;
    this.ca = parts.ca;
    this.agent = parts.agent;
    this.folder = parts.folder;
  }

  static async open<Opened extends DemoServer>(
    openServer: OpenDemoServer<Opened>,
  ): Promise<PanelStage<Opened>> {
    const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-journey-"));
    chmodSync(folder, 0o755);
    await using opened = new AsyncDisposableStack();
    await makeServiceUser();
    const server = await openServer(folder);
    opened.defer(() => server.stop());
    const ca = await openCaFor(server);
    opened.defer(() => ca.stop());
    await server.installPlugin({ folder, runDir: runDirOf(folder, server) });
    const config = writeSettings({
      folder,
      server,
      ca,
      webhookPort: 0,
      executor: "in-process",
      owner: null,
    });
    const agent = await startFor(config, ca);
    // From here on the stage closes them.
    opened.move();
    return new PanelStage({ server, ca, agent, folder });
  }

  /** What a new server has: the agent begins anew with nothing of its own, neither orders nor keys. */
  async loseState(): Promise<void> {
    await this.agent.stop();
    const state = join(this.folder, "state");
    rmSync(state, { recursive: true });
    mkdirSync(state, { mode: 0o700 });
    this.agent = await startFor(join(this.folder, "config.yaml"), this.ca);
  }

  /** Orders a certificate for the account's site, as its command line does. */
  order(dcv: "dns" | "file"): Promise<RequestReport> {
    return this.agent.operations.order({
      account,
      names: [domain],
      product: "EssentialSSL",
      years: 1,
      dcv,
      approver: null,
      key: "ec-p256",
    });
  }

  /** A first certificate for the account's site, installed and served. */
  async installFirst(): Promise<{ reference: string; fingerprint: string }> {
    this.ca.set({ preValidated: ["test"] });
    const { reference } = await this.order("dns");
    const { fingerprint } = await this.untilRequest(reference, ({ state }) => state === "installed");
    return { reference, fingerprint: fingerprint ?? "" };
  }

  /** Orders another one and waits until it is taken off again because something else is served. */
  async untilRolledBack(): Promise<RequestReport> {
    const { reference } = await this.order("dns");
    return this.untilRequest(reference, ({ installations }) =>
      installations.some(({ state }) => state === "rolled-back"),
    );
  }

  /** Waits until the request is as wanted. Fails with its whole history when that never comes. */
  async untilRequest(reference: string, wanted: (request: RequestReport) => boolean): Promise<RequestReport> {
    const end = performance.now() + longest;
    for (;;) {
      const request = await this.agent.operations.showRequest(reference);
      if (wanted(request)) return request;
      if (performance.now() > end) throw new Error(`it stays ${JSON.stringify(request, null, 1)}`);
      await pause(50);
    }
  }

  /** A page as the panel sends it, through the plugin's glue. */
  async readPage(page: PluginPage): Promise<string> {
    return fetchPage(await this.server.visit(page));
  }

  /** What the server shows a client that trusts the CA and nobody else: fingerprints, leaf first. Rejects when it is not trusted. */
  async handshake(name: string): Promise<string[]> {
    const { address, httpsPort } = this.server;
    return new Promise((resolve, reject) => {
      const socket = connect(
        { host: address, port: httpsPort, servername: name, ca: this.ca.rootPem },
        () => {
          resolve(fingerprints(socket.getPeerCertificate(true)));
          socket.destroy();
        },
      );
      socket.on("error", reject);
    });
  }

  async close(): Promise<void> {
    await this.agent.stop();
    await this.ca.stop();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts the agent with these settings and has the CA call its webhook. */
async function startFor(config: string, ca: FakeCa): Promise<Agent> {
  const agent = await startAgent({
    settings: readSettings(config, panelKinds),
    version: "test",
    log: silentLog,
    role: "service",
  });
  const url = `http://127.0.0.1:${agent.webhookPorts[0]}/webhook`;
  ca.set({ webhook: { url, localAddress: "127.0.0.1" } });
  return agent;
}

function fingerprints(leaf: DetailedPeerCertificate): string[] {
  const found: string[] = [];
  for (let at: DetailedPeerCertificate | undefined = leaf; at?.raw !== undefined; at = at.issuerCertificate) {
    const print = new X509Certificate(at.raw).fingerprint256.replaceAll(":", "").toLowerCase();
    if (found.includes(print)) break;
    found.push(print);
  }
  return found;
}
