import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
import { CodedError } from "../../src/errors.ts";
import type { CertificateBundle } from "../../src/model/certificate.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import { keyIdOfPrivateKey, readAnyPrivateKey } from "../../src/model/key.ts";
import type {
  Account,
  DcvAnswer,
  EngineName,
  InstalledCertificate,
  InstalledMark,
  InstallOutcome,
  PageHost,
  Panel,
  Vhost,
  VhostInstall,
} from "../../src/panel.ts";
import { Secret } from "../../src/secret.ts";
import type { ZoneRecord } from "../labs/dns/zone-record.ts";

type Method = keyof Omit<Panel, "id">;

/**
 * A panel in memory whose web server is real: vhosts answer TLS handshakes with what was installed, after the reload that
 * the test allows. What it can be told to do wrong is what panels do wrong.
 */
export class FakePanel implements Panel {
  readonly id = "fake";
  readonly accounts = new Map<string, Account>();
  readonly vhosts = new Map<string, Vhost>();
  readonly installed = new Map<string, CertificateBundle>();
  readonly files = new Map<string, string>();
  readonly records: ZoneRecord[] = [];
  readonly calls: { method: Method; detail: string }[] = [];
  reloads = 0;
  /** Thrown by the next calls of a method, in order; `null` lets one through. */
  readonly failures: { method: Method; error: CodedError; after?: boolean }[] = [];
  /** The web server takes nothing up. */
  frozen = false;
  /** Vhosts whose certificate the panel's own engine looks after. */
  readonly managed = new Set<string>();
  /** The panel has an engine of its own that can be told to leave names alone. */
  hasEngine = true;
  readonly engineAway = new Set<HostName>();
  readonly ignored = new Set<string>();
  /** Private keys in the accounts' own stores, PEM. */
  readonly keys = new Map<string, string[]>();
  private readonly broken = new Set<string>();
  private readonly contexts = new Map<string, SecureContext>();
  /** A web server keeps what did not change; made anew, thousands of websites would cost as many with each installation. */
  private readonly loaded = new WeakMap<CertificateBundle, SecureContext>();
  private readonly https: Server;
  private readonly http = createHttpServer((request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    const content = this.files.get(`${host}${request.url ?? ""}`);
    response.writeHead(content === undefined ? 404 : 200).end(content ?? "not here");
  });

  constructor(fallback: { cert: string; key: string }) {
    this.https = createServer({
      ...fallback,
      SNICallback: (name, done) => {
        if (this.broken.has(name)) done(new Error("broken by the test"));
        else done(null, this.contexts.get(name));
      },
    });
    this.https.on("request", (_request, response) => response.end("hello"));
    // A client that only looks at the certificate goes away without a word.
    this.https.on("tlsClientError", () => undefined);
  }

  async listen(address = "127.0.0.1"): Promise<void> {
    await Promise.all(
      [this.https, this.http].map(
        (server) => new Promise<void>((resolve) => server.listen(0, address, resolve)),
      ),
    );
  }

  get httpsPort(): number {
    return (this.https.address() as AddressInfo).port;
  }

  get httpPort(): number {
    return (this.http.address() as AddressInfo).port;
  }

  addAccount(name: string, changes: Partial<Account> = {}): void {
    this.accounts.set(name, {
      name,
      role: "account",
      owner: "admin",
      createdAt: "2026-01-01",
      suspended: false,
      tlsAllowed: true,
      dnsAllowed: true,
      email: null,
      language: "en",
      ...changes,
    });
  }

  addVhost(account: string, id: string, more: string[] = [], changes: Partial<Vhost> = {}): void {
    const names = [id, `www.${id}`, ...more].map(parseHostName);
    this.vhosts.set(id, {
      id,
      account,
      names,
      addresses: ["127.0.0.1"],
      suspended: false,
      tls: true,
      ...changes,
    });
  }

  /** Certificates of a vhost as if they had been there before. */
  preinstall(vhost: string, bundle: CertificateBundle): void {
    this.installed.set(vhost, bundle);
    this.reload();
  }

  reload(): void {
    this.reloads += 1;
    for (const [id, vhost] of this.vhosts) {
      const bundle = this.installed.get(id);
      for (const name of vhost.names) {
        if (bundle === undefined) this.contexts.delete(name);
        else this.contexts.set(name, this.load(bundle));
      }
    }
  }

  private load(bundle: CertificateBundle): SecureContext {
    const loaded = this.loaded.get(bundle);
    if (loaded !== undefined) return loaded;
    const cert = [bundle.leaf, ...bundle.chain].map(({ pem }) => pem).join("");
    const context = createSecureContext({ cert, key: bundle.key.reveal() });
    this.loaded.set(bundle, context);
    return context;
  }

  /** Handshakes for this vhost fail from now on. */
  breakHandshakes(id: string): void {
    for (const name of this.vhosts.get(id)?.names ?? []) this.broken.add(name);
  }

  mendHandshakes(): void {
    this.broken.clear();
  }

  async readFacts(): ReturnType<Panel["readFacts"]> {
    this.enter("readFacts");
    return { panel: "fake", version: "1.0", hostName: "localhost", dns: true, notes: [] };
  }

  async listAccounts(): Promise<Account[]> {
    this.enter("listAccounts");
    return [...this.accounts.values()];
  }

  async readAccount(name: string): Promise<Account> {
    this.enter("readAccount", name);
    const account = this.accounts.get(name);
    if (account === undefined) throw new CodedError("account-unknown", { detail: name });
    return account;
  }

  async listVhosts(account?: string): Promise<Vhost[]> {
    this.enter("listVhosts", account ?? "");
    if (account !== undefined && !this.accounts.has(account)) throw new CodedError("account-unknown");
    return [...this.vhosts.values()].filter((vhost) => account === undefined || vhost.account === account);
  }

  async readCertificate(ref: { id: string; account: string }): Promise<InstalledCertificate | null> {
    this.enter("readCertificate", ref.id);
    this.find(ref);
    const bundle = this.installed.get(ref.id);
    return bundle === undefined
      ? null
      : { leaf: bundle.leaf, chain: bundle.chain, managedByPanel: this.managed.has(ref.id) };
  }

  async readBundle(ref: { id: string; account: string }): Promise<CertificateBundle | null> {
    this.enter("readBundle", ref.id);
    this.find(ref);
    return this.installed.get(ref.id) ?? null;
  }

  async installCertificates(installs: readonly VhostInstall[]): Promise<InstallOutcome[]> {
    const late = this.enter("installCertificates", installs.map(({ vhost }) => vhost.id).join());
    const outcomes = installs.map(({ vhost, bundle }) => ({
      vhost,
      problem: this.installOne(vhost, bundle),
    }));
    if (!this.frozen) this.reload();
    if (late !== null) throw late;
    return outcomes;
  }

  async listInstalled(): Promise<InstalledMark[]> {
    this.enter("listInstalled");
    return [...this.installed].flatMap(([id, { leaf }]) => {
      const account = this.vhosts.get(id)?.account;
      return account === undefined ? [] : [{ vhost: { id, account }, fingerprint: leaf.fingerprint }];
    });
  }

  async findKey(account: string, keyId: string): Promise<Secret | null> {
    this.enter("findKey", account);
    if (!this.accounts.has(account)) throw new CodedError("account-unknown");
    const found = (this.keys.get(account) ?? []).map((pem) => new Secret(pem));
    return found.find((pem) => keyIdOfPrivateKey(readAnyPrivateKey(pem)) === keyId) ?? null;
  }

  async readEngineNames(ref: { id: string; account: string }): Promise<EngineName[]> {
    this.enter("readEngineNames", ref.id);
    if (!this.hasEngine) throw new CodedError("panel-feature-missing");
    return this.find(ref).names.map((name) => ({ name, away: this.engineAway.has(name) }));
  }

  async keepEngineAway(
    ref: { id: string; account: string },
    names: readonly HostName[],
    away: boolean,
  ): Promise<void> {
    this.enter("keepEngineAway", names.join());
    const vhost = this.find(ref);
    if (!this.hasEngine) throw new CodedError("panel-feature-missing");
    if (!names.every((name) => vhost.names.includes(name))) throw new CodedError("vhost-unknown");
    for (const name of names) {
      if (away) this.engineAway.add(name);
      else this.engineAway.delete(name);
    }
  }

  async publishDcv(answer: DcvAnswer): Promise<void> {
    this.enter("publishDcv", answer.name);
    if (answer.method === "FILE") this.files.set(`${answer.name}${answer.path}`, answer.content);
    else if (!this.records.some((record) => isRecord(record, answer))) {
      this.records.push({ name: answer.owner, type: answer.type, data: answer.value, ttl: 60 });
    }
  }

  async withdrawDcv(answer: DcvAnswer): Promise<void> {
    this.enter("withdrawDcv", answer.name);
    if (answer.method === "FILE") {
      const place = `${answer.name}${answer.path}`;
      if (this.files.get(place) === answer.content) this.files.delete(place);
    } else {
      const at = this.records.findIndex((record) => isRecord(record, answer));
      if (at >= 0) this.records.splice(at, 1);
    }
  }

  async close(): Promise<void> {}

  async stop(): Promise<void> {
    for (const server of [this.https, this.http]) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    }
  }

  count(method: Method): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  private installOne(
    ref: { id: string; account: string },
    bundle: CertificateBundle | null,
  ): CodedError | null {
    try {
      this.find(ref);
    } catch (thrown) {
      return thrown as CodedError;
    }
    if (this.ignored.has(ref.id)) return null;
    if (bundle === null) this.installed.delete(ref.id);
    else this.installed.set(ref.id, bundle);
    this.managed.delete(ref.id);
    return null;
  }

  private find({ id, account }: { id: string; account: string }): Vhost {
    const vhost = this.vhosts.get(id);
    if (vhost === undefined || vhost.account !== account)
      throw new CodedError("vhost-unknown", { detail: id });
    return vhost;
  }

  private enter(method: Method, detail = ""): CodedError | null {
    this.calls.push({ method, detail });
    const at = this.failures.findIndex((failure) => failure.method === method);
    const [failure] = at < 0 ? [] : this.failures.splice(at, 1);
    if (failure === undefined) return null;
    if (failure.after !== true) throw failure.error;
    return failure.error;
  }
}

function isRecord(record: ZoneRecord, answer: Extract<DcvAnswer, { method: "DNS" }>): boolean {
  return record.name === answer.owner && record.type === answer.type && record.data === answer.value;
}

/** A page host that believes what it is told: for tests that are about something else. */
export const trustingHost: PageHost = {
  async readPageRequest(handover) {
    return handover as Awaited<ReturnType<PageHost["readPageRequest"]>>;
  },
};
