import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asCodedError, CodedError, errorCatalogue } from "../../src/errors.ts";
import { createAdvanceHandler, createEchoHandler } from "../../src/jobs/advance-request.ts";
import type { JobContext } from "../../src/jobs/context.ts";
import { giveUp } from "../../src/jobs/give-up.ts";
import { createInstallHandler } from "../../src/jobs/install-certificates.ts";
import { KeyedLock } from "../../src/jobs/keyed-lock.ts";
import { placeOrder } from "../../src/jobs/place-order.ts";
import type { KeysPort, ProbePort } from "../../src/jobs/ports.ts";
import { createRenewHandler, followCertificate } from "../../src/jobs/renew-certificate.ts";
import { createSweepHandler, planSweeps } from "../../src/jobs/sweep.ts";
import { createVerifyHandler } from "../../src/jobs/verify-installation.ts";
import { Worker } from "../../src/jobs/worker.ts";
import { silentLog } from "../../src/logging.ts";
import { keyIdOf, trustedRoots } from "../../src/model/certificate.ts";
import type { HostName } from "../../src/model/host-name.ts";
import type { RenewalChoice } from "../../src/model/plan-renewal.ts";
import { Secret } from "../../src/secret.ts";
import { openDatabase } from "../../src/store/database.ts";
import { type AcceptedHint, Store } from "../../src/store/store.ts";
import type { WorkKind } from "../../src/store/work.ts";
import { openSpending } from "../model/open-spending.ts";
import { Events, seededRandom } from "./events.ts";
import { type Permits, pacedCa } from "./paced-ca.ts";
import { SimulatedCa, spkiOf } from "./simulated-ca.ts";
import { SimulatedPanel } from "./simulated-panel.ts";
import { SettableClock, VirtualClock } from "./virtual-clock.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** The agent of the simulation looks at what is due this often; the real one looks at once. */
const usualGrain = 30 * minute;
const kinds: readonly WorkKind[] = ["advance", "echo", "install", "verify", "renew", "sweep"];
const usualIntervals = { pending: 6 * hour, full: 14 * day, installed: 14 * day, ending: 12 * hour };

export interface HostingServerOptions {
  /** Calls to the CA wait for these. */
  readonly permits?: Permits;
  /** Milliseconds between two looks at what is due. */
  readonly grain?: number;
  /** Instead of handing a webhook over at once: lose it, double it, keep it for days. */
  readonly carry?: (hint: AcceptedHint, server: HostingServer) => void;
  /** Milliseconds between two walks of the list of pending orders. */
  readonly pendingWalk?: number;
  /** Instead of the numbers that follow from the seed. */
  readonly random?: () => number;
}

/**
 * A hosting server with many sites, run through years in minutes: the real jobs on a real store, and around them a CA, a
 * panel and name servers in memory. Time jumps from one thing that is due to the next.
 */
export class HostingServer {
  /** The right time, which the CA goes by. */
  readonly clock: VirtualClock;
  /** What this server believes. */
  readonly ownClock: SettableClock;
  readonly events = new Events();
  readonly panel = new SimulatedPanel();
  readonly ca: SimulatedCa;
  readonly store: Store;
  readonly context: JobContext;
  readonly random: () => number;
  /** What people had to do, by reason and site. */
  readonly humanActions: { readonly reason: string; readonly site: string }[] = [];
  dnsDown = false;
  /** Records that people added at other DNS providers. */
  readonly recordsElsewhere = new Set<string>();
  readonly keys = new Map<string, Secret>();
  private readonly grain: number;
  private readonly worker: Worker;
  private readonly folder: string;

  private readonly permits: Permits | null;

  constructor(begin: Date, seed: number, options: HostingServerOptions = {}) {
    this.grain = options.grain ?? usualGrain;
    this.permits = options.permits ?? null;
    this.clock = new VirtualClock(begin);
    this.ownClock = new SettableClock(this.clock);
    this.random = options.random ?? seededRandom(seed);
    // Memory instead of a disk: the promises of the store are tested elsewhere, years of syncs would prove nothing more.
    const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
    this.folder = mkdtempSync(join(base, "xolphin-ssl-years-"));
    this.store = new Store(openDatabase(this.folder));
    this.store.intents.takeOver();
    const seesDns = (record: string): boolean =>
      !this.dnsDown && (this.panel.records.has(record) || this.recordsElsewhere.has(record));
    const seesFile = (place: string, content: string): boolean =>
      !this.dnsDown && this.panel.files.get(place) === content;
    this.ca = new SimulatedCa({
      events: this.events,
      now: () => this.clock.now().getTime(),
      random: this.random,
      recordSeen: seesDns,
      fileSeen: seesFile,
      deliver: (hint) => (options.carry ?? ((carried) => this.accept(carried)))(hint, this),
      keyIdOf: (csr) => csr,
      publicKeyOf: (keyId) => spkiOf((this.keys.get(keyId) ?? new Secret("")).reveal()),
    });
    const probe: ProbePort = {
      lookAt: async (targets) =>
        targets.map(({ name, address }) => {
          const vhost = [name, name.replace(/^www\./, "")].find((id) => this.panel.vhosts.has(id)) ?? "";
          const fingerprint = this.panel.installed.get(vhost)?.leaf.fingerprint ?? null;
          return { address, port: 443, name, fingerprint, complete: fingerprint !== null, problem: null };
        }),
      lookAtServices: async () => [],
      addressesOf: async () => [],
      certificateOf: async () => {
        throw new Error("nobody looks at pages in this world");
      },
      lookBeforeOrder: async () => {
        throw new Error("nobody looks at pages in this world");
      },
      recordVisible: async ({ owner, type, value }) => seesDns(`${owner} ${type} ${value}`),
      fileVisible: async ({ host, path, content }) => seesFile(`${host}${path}`, content),
    };
    const intervals = { ...usualIntervals, pending: options.pendingWalk ?? usualIntervals.pending };
    let worker: Worker | null = null;
    this.context = {
      store: this.store,
      clock: this.ownClock,
      caTime: () => this.clock.now(),
      log: silentLog,
      panel: this.panel,
      ca: this.permits === null ? this.ca : pacedCa(this.ca, this.permits),
      keys: keysIn(this.keys),
      probe,
      mail: { send: async () => undefined },
      administrator: null,
      makeCsr: async (_names, keyId) => keyId,
      policy: {
        replace: "when-better",
        adoptFreeCertificates: true,
        reissue: "automatic",
        renewal: "ask",
        keepOldKeysDays: 30,
        keyExportBy: [],
        ...openSpending,
        orderingBy: ["account", "admin"],
      },
      ownNameServers: [],
      roots: trustedRoots([this.ca.authority.pems.root], false),
      verifyAddress: null,
      locks: new KeyedLock(),
      wake: () => worker?.wake(),
    };
    worker = new Worker(
      {
        store: this.store,
        clock: this.ownClock,
        log: silentLog,
        random: this.random,
        gaveUp: (item, error) => giveUp(this.context, item, error),
      },
      [
        createAdvanceHandler(this.context),
        createEchoHandler(this.context),
        createInstallHandler(this.context),
        createVerifyHandler(this.context),
        createRenewHandler(this.context),
        createSweepHandler(this.context, intervals),
      ],
    );
    this.worker = worker;
    planSweeps(this.context, intervals);
  }

  /** A site whose owner orders a certificate at that moment; a refused or unsent order is placed again a day later. */
  addSite(
    name: HostName,
    options: { at: number; years: number; choice: RenewalChoice; zoneElsewhere?: boolean },
  ): void {
    this.panel.addSite(name, options.zoneElsewhere === true);
    this.events.plan(options.at, () => this.order(name, options));
  }

  /** A webhook arrives. */
  accept(hint: AcceptedHint): void {
    this.store.acceptHints([{ ...hint, receivedAt: this.ownClock.now() }]);
  }

  /** Has the agent do what is due, without time passing. */
  work(): Promise<void> {
    return this.worker.idle();
  }

  /** Once a day somebody looks at the list of what waits for a person, and does it. */
  employPeople(): void {
    this.events.plan(this.clock.now().getTime() + day, async () => {
      await this.doWhatWaits();
      this.employPeople();
    });
  }

  /** Lets time pass until `end`, from one thing that is due to the next. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await this.worker.idle();
      const now = this.clock.now().getTime();
      const dues = kinds.map(
        (kind) =>
          (this.store.work.nextDue(kind)?.getTime() ?? Number.POSITIVE_INFINITY) - this.ownClock.ahead,
      );
      const next = Math.min(this.events.next ?? Number.POSITIVE_INFINITY, ...dues);
      const at = Math.max(now + this.grain, Math.ceil(next / this.grain) * this.grain);
      if (at > end) return;
      this.clock.moveTo(at);
      await this.events.runUntil(at);
    }
  }

  /** How many sites show a certificate that handshakes proved. */
  installedSites(): number {
    return this.store.installations.counts()["verified"] ?? 0;
  }

  /** Lets minutes pass, each with so many calls to the CA, until `reached`. For worlds in which calls wait for permits. */
  async runMinutes(most: number, callsPerMinute: number, reached: () => boolean): Promise<void> {
    for (let passed = 0; passed < most && !reached(); passed += 1) {
      const at = this.clock.now().getTime() + minute;
      this.clock.moveTo(at);
      this.permits?.grant(callsPerMinute);
      // Orders wait for permits as well: nothing in this minute may wait for them to come true.
      const happening = this.events.runUntil(at);
      await this.settle();
      await Promise.race([happening, new Promise((resolve) => setImmediate(resolve))]);
    }
  }

  /** Until nothing more happens in this minute: all is done, or waits for permits. */
  private async settle(): Promise<void> {
    for (let quiet = 0, used = -1; quiet < 8; ) {
      this.context.wake();
      await new Promise((resolve) => setImmediate(resolve));
      const now = (this.permits?.used ?? 0) + this.store.timeline.last();
      quiet = now === used ? quiet + 1 : 0;
      used = now;
    }
  }

  close(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async order(name: HostName, options: { years: number; choice: RenewalChoice }): Promise<void> {
    try {
      const { reference } = await placeOrder(
        this.context,
        this.context.makeCsr,
        {
          kind: "order",
          predecessor: null,
          account: name,
          accountCreatedAt: "2026-01-01",
          names: [name, `www.${name}` as HostName],
          product: { id: 90, name: "EssentialSSL", validation: "DV" },
          years: options.years,
          dcvMethod: "DNS",
          approverEmail: null,
          withoutFreeName: true,
          keyKind: "ec-p256",
          organisation: {},
        },
        "page",
      );
      this.store.requests.change(reference, { renewalChoice: options.choice }, this.ownClock.now());
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (error.code !== "ca-unreachable") throw error;
      this.events.plan(this.clock.now().getTime() + day, () => this.order(name, options));
    }
  }

  private async doWhatWaits(): Promise<void> {
    for (const request of this.store.requests.inState("needs-you", "failed")) {
      const { reference, reason } = request;
      if (request.state === "failed" && request.kind !== "order") continue;
      if (reason === null || errorCatalogue[reason].owner !== "you") continue;
      if (reason === "renewal-consent-needed") {
        this.note(reason, request.account);
        try {
          await followCertificate(
            this.context,
            reference,
            { kind: "renewal", names: null, keyKind: null },
            "page",
          );
        } catch (thrown) {
          if (
            asCodedError(thrown).code !== "ca-unreachable" &&
            asCodedError(thrown).code !== "panel-unreachable"
          )
            throw thrown;
        }
      } else if (reason === "dcv-zone-elsewhere") {
        this.note(reason, request.account);
        for (const { record } of this.store.dcvNames.of(reference)) {
          if (record !== null) this.recordsElsewhere.add(`${record.owner} ${record.type} ${record.value}`);
        }
      } else if (!request.steps.every(({ done }) => done) || request.state === "failed") {
        this.note(reason, request.account);
      }
    }
  }

  private note(reason: string, site: string | null): void {
    this.humanActions.push({ reason, site: site ?? "" });
  }
}

/** Keys in memory. Elliptic curves: a year of RSA keys would take longer than the rest of the simulation. */
function keysIn(kept: Map<string, Secret>): KeysPort {
  return {
    async read(keyId) {
      const key = kept.get(keyId);
      if (key === undefined) throw new CodedError("key-missing", { detail: keyId });
      return key;
    },
    has: async (keyId) => kept.has(keyId),
    async create() {
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
      const keyId = keyIdOf(publicKey);
      kept.set(keyId, new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString()));
      return keyId;
    },
    async import() {
      throw new Error("no key is brought in this world");
    },
    async keep(keyId, key) {
      if (!kept.has(keyId)) kept.set(keyId, key);
    },
    async destroy(keyId) {
      kept.delete(keyId);
    },
  };
}
