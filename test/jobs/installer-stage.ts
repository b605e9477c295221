import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import type { InstallWish } from "../../src/jobs/find-candidates.ts";
import { installCertificates } from "../../src/jobs/install-certificates.ts";
import { KeyedLock } from "../../src/jobs/keyed-lock.ts";
import type { ServedTarget } from "../../src/jobs/ports.ts";
import type { WorkOutcome } from "../../src/jobs/worker.ts";
import type { LogFields } from "../../src/logging.ts";
import { type CertificateBundle, pemBundle } from "../../src/model/certificate.ts";
import { type HostName, parseHostName } from "../../src/model/host-name.ts";
import type { InstallationState, Served } from "../../src/model/installation.ts";
import { Secret } from "../../src/secret.ts";
import { openDatabase } from "../../src/store/database.ts";
import type { InstallationChange, StoredInstallation } from "../../src/store/installations.ts";
import type { StoredRequest } from "../../src/store/requests.ts";
import { Store } from "../../src/store/store.ts";
import { exampleRequest } from "../fakes/example-request.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import { FakePanel } from "../fakes/fake-panel.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";

const authority = new TestAuthority(testNow);

/** Certificate, chain and key as a CA and a key store have them. */
export function pairFor(
  names: readonly string[],
  options: { days?: number; from?: Date } = {},
): CertificateBundle {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    leaf: authority.leaf([...names], { key: createPublicKey(privateKey), ...options }),
    chain: [authority.part("intermediate")],
    key: new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()),
  };
}

const serverPair = pairFor(["server.test"]);

/**
 * The installer by itself: the real store, the panel in memory, and a web server that shows what the panel has unless the
 * test says otherwise. No agent, no socket, no time but the test's.
 */
export class InstallerStage {
  readonly clock = new FakeClock(testNow);
  readonly panel = new FakePanel({ cert: serverPair.leaf.pem, key: serverPair.key.reveal() });
  readonly keys = new Map<string, Secret>();
  readonly logged: { level: string; message: string; fields: LogFields }[] = [];
  readonly looked: (readonly ServedTarget[])[] = [];
  readonly servicesLooked: ServedTarget[] = [];
  wakes = 0;
  /** What the web server shows in place of what the panel has; undefined: the latter. */
  shows: (target: ServedTarget) => string | null | undefined = () => undefined;
  /** Whether the chain that goes with it holds. */
  showsChain = true;
  /** What the other services of a name show. */
  services: (target: ServedTarget) => readonly Served[] = () => [];
  readonly store: Store;
  readonly context: JobContext;
  private readonly folder = mkdtempSync(join(tmpdir(), "installer-"));

  constructor() {
    this.store = new Store(openDatabase(this.folder));
    const log =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void this.logged.push({ level, message, fields });
    const parts: Partial<JobContext> = {
      store: this.store,
      clock: this.clock,
      log: { error: log("error"), warn: log("warn"), info: log("info"), debug: log("debug") },
      panel: this.panel,
      keys: {
        has: async (keyId) => this.keys.has(keyId),
        read: async (keyId) => {
          const key = this.keys.get(keyId);
          if (key === undefined) throw new CodedError("key-missing");
          return key;
        },
        keep: async (keyId, key) => void this.keys.set(keyId, key),
      } as JobContext["keys"],
      probe: {
        lookAt: async (targets: readonly ServedTarget[]) => {
          this.looked.push(targets);
          return targets.map((target) => this.look(target));
        },
        lookAtServices: async (name: HostName, address: string) => {
          this.servicesLooked.push({ name, address });
          return this.services({ name, address });
        },
      } as unknown as JobContext["probe"],
      policy: { replace: "when-better", adoptFreeCertificates: true } as JobContext["policy"],
      roots: authority.roots,
      verifyAddress: null,
      locks: new KeyedLock(),
      wake: () => {
        this.wakes += 1;
      },
    };
    this.context = parts as JobContext;
    this.panel.addAccount("bob");
    this.panel.addVhost("bob", "example.test");
  }

  /** What one handshake comes to. */
  look({ name, address }: ServedTarget): Served {
    const vhost = [...this.panel.vhosts.values()].find(({ names }) => names.includes(name));
    const shown = this.shows({ name, address });
    const fingerprint =
      shown === undefined ? (this.panel.installed.get(vhost?.id ?? "")?.leaf.fingerprint ?? null) : shown;
    return {
      address,
      port: 443,
      name,
      fingerprint,
      complete: fingerprint !== null && this.showsChain,
      problem: fingerprint === null ? "tls-refused" : null,
    };
  }

  /** A request whose certificate was collected, with its key at hand. */
  issued(
    reference: string,
    options: {
      names?: readonly string[];
      pair?: CertificateBundle;
      request?: Partial<StoredRequest>;
      withKey?: boolean;
      chainPem?: string;
    } = {},
  ): CertificateBundle {
    const names = options.names ?? ["example.test", "www.example.test"];
    const pair = options.pair ?? pairFor(names);
    const now = this.clock.now();
    const { keyId, fingerprint, notAfter } = pair.leaf;
    const about = {
      reference,
      names: names.map(parseHostName),
      keyId,
      fingerprint,
      notAfter,
      createdAt: now,
    };
    const accountCreatedAt = "2026-01-01";
    this.store.requests.add(
      exampleRequest({ ...about, accountCreatedAt, state: "issued", ...options.request }),
    );
    this.store.certificates.put({
      fingerprint: pair.leaf.fingerprint,
      reference,
      keyId: pair.leaf.keyId,
      pem: pair.leaf.pem,
      chainPem: options.chainPem ?? pemBundle(pair.chain),
      collectedAt: now,
    });
    if (options.withKey !== false) this.keys.set(pair.leaf.keyId, pair.key);
    return pair;
  }

  /** A row as an earlier run left it. */
  row(
    reference: string,
    state: InstallationState,
    change: InstallationChange = {},
    vhost = "example.test",
  ): StoredInstallation {
    const fingerprint = this.store.requests.get(reference)?.fingerprint ?? "";
    const { id } = this.store.installations.put(
      { reference, fingerprint, vhost, account: "bob", state },
      this.clock.now(),
    );
    this.store.installations.change(id, change, this.clock.now());
    return this.installation(id);
  }

  /** One batch; what became of each request, as something that can be compared. */
  async install(...wishes: (string | [string, Partial<InstallWish>])[]): Promise<Record<string, unknown>> {
    const asked = wishes.map((wish) => (typeof wish === "string" ? ([wish, {}] as const) : wish));
    const outcomes = await installCertificates(
      this.context,
      new Map(asked.map(([reference, wish]) => [reference, { force: false, vhost: null, ...wish }])),
    );
    return Object.fromEntries([...outcomes].map(([reference, outcome]) => [reference, brief(outcome)]));
  }

  /** The panel's next answer to this is an error. */
  fail(
    method: "installCertificates" | "readAccount" | "readCertificate" | "readBundle",
    code: ErrorCode,
  ): void {
    this.panel.failures.push({ method, error: new CodedError(code, { detail: "told by the test" }) });
  }

  /** Where each certificate of a request stands. */
  rows(reference: string): (readonly [vhost: string, InstallationState, ErrorCode | null])[] {
    return this.store.installations
      .of(reference)
      .map(({ vhost, state, reason }) => [vhost, state, reason] as const);
  }

  kinds(reference: string): string[] {
    return this.history(reference).map(([kind]) => kind);
  }

  installation(id: number): StoredInstallation {
    const found = this.store.installations.get(id);
    if (found === null) throw new Error(`no installation ${id}`);
    return found;
  }

  request(reference: string): StoredRequest {
    const found = this.store.requests.get(reference);
    if (found === null) throw new Error(`no request ${reference}`);
    return found;
  }

  /** The history of a request, as `kind` with what belongs to it. */
  history(reference: string): (readonly [string, Readonly<Record<string, unknown>>])[] {
    return this.store.timeline.of(reference).map(({ kind, data }) => [kind, data] as const);
  }

  /** How effects came out that were begun and ended. */
  outcomes(): { kind: string; key: string; outcome: string }[] {
    return this.store.db
      .all("SELECT kind, key, outcome FROM intents WHERE finished_at IS NOT NULL ORDER BY id")
      .map((row) => ({
        kind: String(row["kind"]),
        key: String(row["key"]),
        outcome: String(row["outcome"]),
      }));
  }

  /** What is to be done next, by whom it is awaited and when. */
  planned(): { kind: string; key: string; priority: number; at: Date }[] {
    return this.store.db
      .all("SELECT kind, key, priority, due_at FROM work WHERE wanted > done ORDER BY kind, key")
      .map((row) => ({
        kind: String(row["kind"]),
        key: String(row["key"]),
        priority: Number(row["priority"]),
        at: new Date(Number(row["due_at"])),
      }));
  }

  close(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true });
  }
}

function brief(outcome: WorkOutcome): unknown {
  return "error" in outcome ? { error: outcome.error.code, detail: outcome.error.detail } : outcome;
}
