import { createHash, createPublicKey } from "node:crypto";
import { CodedError } from "../../src/errors.ts";
import type {
  CaDcvView,
  CaPort,
  CaRequestView,
  IssuedAnswer,
  OrderParameters,
  PendingItem,
} from "../../src/jobs/ports.ts";
import { type Certificate, parseCertificates } from "../../src/model/certificate.ts";
import type { HostName } from "../../src/model/host-name.ts";
import type { AcceptedHint } from "../../src/store/store.ts";
import { type Authority, createAuthority } from "../labs/ca/certificate-authority.ts";
import { defaultSwitches } from "../labs/ca/switches.ts";
import type { Events } from "./events.ts";

const minute = 60_000;
const day = 86_400_000;

/** The longest life of a public certificate, by the day it is issued (CA/Browser Forum ballot SC-081v3). */
export function longestLife(at: number): number {
  if (at < Date.parse("2027-03-15T00:00:00Z")) return 199 * day;
  if (at < Date.parse("2029-03-15T00:00:00Z")) return 99 * day;
  return 46 * day;
}

/** What was bought once: everything that is issued within it belongs together. */
interface Term {
  readonly site: string;
  readonly productId: number;
  readonly end: number;
}

interface Pending {
  readonly id: number;
  readonly order: OrderParameters;
  readonly keyId: string;
  readonly term: Term;
  readonly views: { caName: HostName; method: "DNS" | "FILE" | "EMAIL"; done: boolean }[];
  issued: boolean;
}

interface IssuedEntry {
  readonly id: number;
  readonly certificate: Certificate;
  readonly term: Term;
}

/** What a site bought and got, for the books. */
export interface Purchases {
  orders: number;
  renewals: number;
  reissues: number;
  issued: { from: number; until: number }[];
}

/**
 * The CA of the simulation: terms, lifetimes as the industry shortens them, domain validation by what is really published,
 * webhooks that get lost, replies that get lost, ids that stay or change with a reissue, and outages.
 */
export class SimulatedCa implements CaPort {
  down = false;
  calls = 0;
  readonly books = new Map<string, Purchases>();
  readonly authority: Authority;
  private readonly pool: Certificate[];
  private readonly world: CaWorld;
  private readonly pending = new Map<number, Pending>();
  private readonly byReference = new Map<string, number>();
  private readonly certificates = new Map<number, IssuedEntry>();
  private readonly byKey = new Map<string, IssuedEntry>();
  private lastId = 964_000_000;

  constructor(world: CaWorld) {
    this.world = world;
    this.authority = createAuthority({
      now: new Date(world.now()),
      issuerAddress: () => "http://ca.test",
      keys: "ec",
    });
    this.pool = parseCertificates(this.authority.pems.intermediate);
  }

  /** How far the CA is with a site's latest order. */
  stage(site: string): string {
    const pending = [...this.pending.values()].findLast(({ term }) => term.site === site);
    if (pending !== undefined) return `pending ${pending.views.map(({ done }) => done)} ${pending.issued}`;
    return `issued ${this.books.get(site)?.issued.length ?? 0}`;
  }

  async readRequest(id: number): Promise<CaRequestView | null> {
    this.answer();
    const pending = this.pending.get(id);
    if (pending === undefined) return null;
    return {
      id,
      brandReview: false,
      requiresAction: false,
      steps: [
        { key: "dcv", done: pending.views.every(({ done }) => done), attention: false, text: "waiting" },
      ],
      dcv: pending.views.map((view) => this.viewOf(pending, view)),
      messages: [],
    };
  }

  async findIssued(query: Parameters<CaPort["findIssued"]>[0]): Promise<IssuedAnswer> {
    this.answer();
    const found =
      query.ids
        .map((id) => this.certificates.get(id))
        .find((entry) => entry?.certificate.keyId === query.keyId) ??
      (query.search ? this.byKey.get(query.keyId) : undefined);
    if (found !== undefined) {
      return {
        kind: "issued",
        certificateId: found.id,
        leaf: found.certificate,
        pool: this.pool,
        revoked: false,
        termEnd: new Date(found.term.end),
      };
    }
    return { kind: query.ids.some((id) => this.certificates.has(id)) ? "other-key" : "none" };
  }

  async listPending(): Promise<PendingItem[]> {
    this.answer();
    return [...this.pending.values()].map(({ id, views }) => ({
      id,
      requiresAction: false,
      progress: JSON.stringify(views),
    }));
  }

  async listCertificates(): Promise<{ id: number; name: string }[]> {
    this.answer();
    return [...this.certificates.values()].map(({ id, term }) => ({ id, name: term.site }));
  }

  async readCertificateFacts(): Promise<null> {
    this.answer();
    return null;
  }

  async order(order: OrderParameters & { productId: number; years: number }): Promise<{ id: number }> {
    this.answer();
    const site = order.names[0] ?? "";
    this.purchases(site).orders += 1;
    return this.take(order, this.newTerm(site, order), null);
  }

  async reissue(certificateId: number, order: OrderParameters): Promise<{ id: number }> {
    this.answer();
    const { term } = this.certificateOf(certificateId);
    if (term.end <= this.world.now())
      throw new CodedError("ca-refused-order", { detail: "the term is over" });
    this.purchases(term.site).reissues += 1;
    // Whether a reissue keeps the id of what it follows is not documented (spec xolphin-api U3): half of them do.
    return this.take(order, term, certificateId % 2 === 0 ? certificateId : null);
  }

  async renew(
    certificateId: number,
    order: OrderParameters & { productId: number; years: number },
  ): Promise<{ id: number }> {
    this.answer();
    const { term } = this.certificateOf(certificateId);
    this.purchases(term.site).renewals += 1;
    return this.take(order, this.newTerm(term.site, order), null);
  }

  async findOrder({ reference }: { reference: string }): Promise<number | null> {
    this.answer();
    return this.byReference.get(reference) ?? null;
  }

  async askToCheck(id: number, check: { caName: string; method: "DNS" | "FILE" | "EMAIL" }): Promise<void> {
    this.answer();
    const pending = this.pending.get(id);
    const view = pending?.views.find(({ caName }) => caName === check.caName);
    if (pending === undefined || view === undefined) throw new CodedError("ca-not-found");
    view.method = check.method;
    const { events, now, random } = this.world;
    events.plan(now() + minute + random() * 10 * minute, () => this.check(pending, view));
  }

  async listProducts(): Promise<never> {
    throw new Error("nobody looks at products in this world");
  }

  async approverAddresses(): Promise<never> {
    throw new Error("nobody validates by mail in this world");
  }

  async readMessages(): Promise<never[]> {
    return [];
  }

  async readCalls(): Promise<never[]> {
    return [];
  }

  async sendMessage(): Promise<void> {}
  async sendDocument(): Promise<void> {}
  async planCall(): Promise<void> {}
  async sendAgreement(): Promise<void> {}

  async cancelRequest(): Promise<void> {
    throw new Error("nothing is cancelled in this world");
  }

  async cancelCertificate(): Promise<void> {
    throw new Error("nothing is cancelled in this world");
  }

  private check(pending: Pending, view: Pending["views"][number]): void {
    const { now, random, events } = this.world;
    if (view.done || pending.issued) return;
    const { dnsRecord, dnsValue, fileLocation, fileContents } = this.viewOf(pending, view);
    const seen =
      view.method === "DNS"
        ? this.world.recordSeen(`${dnsRecord} CNAME ${dnsValue}`)
        : view.method === "FILE" && this.world.fileSeen(fileLocation ?? "", fileContents ?? "");
    if (!seen) return;
    view.done = true;
    this.announce(pending.id, "Updated", "DCV", view.caName);
    if (!pending.views.every(({ done }) => done)) return;
    pending.issued = true;
    events.plan(now() + 2 * minute + random() * 20 * minute, () => this.issue(pending));
  }

  private issue(pending: Pending): void {
    const { now, random, events } = this.world;
    const { order, term } = pending;
    const from = now();
    const until = Math.min(from + longestLife(from), term.end);
    const { pem } = this.authority.issue({
      spki: this.world.publicKeyOf(pending.keyId),
      keyType: "EC",
      names: [...order.names],
      subject: [["CN", order.names[0] ?? ""]],
      validation: "DV",
      notBefore: new Date(from),
      notAfter: new Date(until),
      switches: defaultSwitches().leaf,
    });
    const [certificate] = parseCertificates(pem);
    if (certificate === undefined) throw new Error("the authority made no certificate");
    const entry = { id: pending.id, certificate, term };
    this.certificates.set(pending.id, entry);
    this.byKey.set(pending.keyId, entry);
    this.purchases(term.site).issued.push({ from, until });
    this.pending.delete(pending.id);
    this.announce(pending.id, "Issued", null, null);
    if (random() < 0.5) {
      events.plan(until - 30 * day, () => this.announce(pending.id, "Updated", "ReadyForReissue", null));
    }
  }

  /** One webhook in seven is lost, and during an outage of the CA all of them are. */
  private announce(requestId: number, status: string, state: string | null, domain: HostName | null): void {
    if (this.down || this.world.random() < 1 / 7) return;
    const receivedAt = new Date(this.world.now());
    this.world.deliver({ receivedAt, source: "185.93.12.91", requestId, status, state, domain });
  }

  private take(order: OrderParameters, term: Term, sameId: number | null): { id: number } {
    const { random, keyIdOf } = this.world;
    let id = sameId;
    if (id === null) {
      this.lastId += 1;
      id = this.lastId;
    }
    this.pending.set(id, {
      id,
      order,
      keyId: keyIdOf(order.csr),
      term,
      views: order.dcv.map(({ name, method }) => ({ caName: name, method, done: false })),
      issued: false,
    });
    this.byReference.set(order.reference, id);
    // The order was taken, and the reply is lost on its way.
    if (random() < 0.02) throw new CodedError("ca-outcome-unknown", { detail: "the reply was lost" });
    return { id };
  }

  private viewOf({ order }: Pending, view: Pending["views"][number]): CaDcvView {
    const hash = createHash("md5").update(order.csr).digest("hex");
    const file = view.method === "FILE";
    return {
      caName: view.caName,
      done: view.done,
      method: view.method,
      dnsRecord: file ? null : `_${hash}.${view.caName}`,
      dnsValue: file ? null : `${hash}.${hash}.sectigo.com`,
      fileLocation: file ? `${view.caName}/.well-known/pki-validation/${hash.toUpperCase()}.txt` : null,
      fileContents: file ? `${hash}\nsectigo.com` : null,
      email: null,
    };
  }

  private newTerm(site: string, { productId, years }: { productId: number; years: number }): Term {
    const end = new Date(this.world.now());
    end.setUTCFullYear(end.getUTCFullYear() + years);
    return { site, productId, end: end.getTime() };
  }

  private certificateOf(id: number): IssuedEntry {
    const entry = this.certificates.get(id);
    if (entry === undefined) throw new CodedError("ca-not-found", { detail: String(id) });
    return entry;
  }

  private purchases(site: string): Purchases {
    let book = this.books.get(site);
    if (book === undefined) {
      book = { orders: 0, renewals: 0, reissues: 0, issued: [] };
      this.books.set(site, book);
    }
    return book;
  }

  private answer(): void {
    this.calls += 1;
    if (this.down) throw new CodedError("ca-unreachable", { detail: "an outage" });
  }
}

/** What the CA sees of the world around it. */
export interface CaWorld {
  readonly events: Events;
  now(): number;
  random(): number;
  recordSeen(record: string): boolean;
  fileSeen(location: string, content: string): boolean;
  deliver(hint: AcceptedHint): void;
  keyIdOf(csr: string): string;
  publicKeyOf(keyId: string): Buffer;
}

/** SPKI of a private key in PEM, DER. */
export function spkiOf(privateKeyPem: string): Buffer {
  return createPublicKey(privateKeyPem).export({ type: "spki", format: "der" });
}
