import { crashPoint } from "../crash-point.ts";
import type { HostName } from "../model/host-name.ts";
import { Bulks } from "./bulks.ts";
import { Certificates } from "./certificates.ts";
import type { Database, StoreSchema } from "./database.ts";
import { DcvNames } from "./dcv-names.ts";
import { Drafts } from "./drafts.ts";
import { Handovers } from "./handovers.ts";
import { Hints, type StoredHint } from "./hints.ts";
import { Installations } from "./installations.ts";
import { Intents } from "./intents.ts";
import { Looks } from "./looks.ts";
import { Notes } from "./notes.ts";
import { Notices } from "./notices.ts";
import { Requests } from "./requests.ts";
import { Timeline } from "./timeline.ts";
import { Unsettled } from "./unsettled.ts";
import { Work, workPriority } from "./work.ts";

/** A webhook that passed every check, as it is handed over to be kept. */
export interface AcceptedHint {
  readonly receivedAt: Date;
  readonly source: string;
  readonly requestId: number;
  readonly status: string;
  readonly state: string | null;
  readonly domain: HostName | null;
}

/** Equal webhooks within this time cost one read now and one afterwards, however many they are (F-14). */
const echoWait = 20_000;
/**
 * Of different ones about a request so many within a minute are read for at once, the others together after `echoWait`: whoever
 * makes them up, new words each time, makes us ask the CA six times a minute and no more (spec reliability F-17, §5 row 9).
 */
const atOnce = 3;
const minute = 60_000;

/** Everything the agent remembers, in one file; see the table comments in `migrations/`. */
export class Store {
  readonly db: Database;
  readonly requests: Requests;
  readonly dcvNames: DcvNames;
  readonly certificates: Certificates;
  readonly installations: Installations;
  readonly handovers: Handovers;
  readonly hints: Hints;
  readonly work: Work;
  readonly timeline: Timeline;
  readonly intents: Intents;
  readonly notes: Notes;
  readonly notices: Notices;
  readonly bulks: Bulks;
  readonly looks: Looks;
  readonly drafts: Drafts;
  readonly unsettled: Unsettled;

  constructor(db: Database) {
    this.db = db;
    this.requests = new Requests(db);
    this.dcvNames = new DcvNames(db);
    this.certificates = new Certificates(db);
    this.installations = new Installations(db);
    this.handovers = new Handovers(db);
    this.hints = new Hints(db);
    this.work = new Work(db);
    this.timeline = new Timeline(db);
    this.intents = new Intents(db);
    this.notes = new Notes(db);
    this.notices = new Notices(db);
    this.bulks = new Bulks(db);
    this.looks = new Looks(db);
    this.drafts = new Drafts(db);
    this.unsettled = new Unsettled(db);
  }

  /**
   * Keeps hints and asks for the requests they name to be read again, in one transaction that is synced on return. This
   * is all that a webhook can cause (design §1).
   */
  acceptHints(hints: readonly AcceptedHint[]): void {
    this.db.transaction(() => {
      for (const hint of hints) {
        const requests = this.requests.meantByCaId(hint.requestId);
        const now = hint.receivedAt;
        const waits = requests.length > 0 && this.canWait(hint);
        this.hints.add({ ...hint, matched: requests.length > 0 });
        for (const { reference, kind } of requests) {
          // Thousands of reissues at once must not keep the certificate waiting that somebody ordered.
          const priority = kind === "reissue" ? workPriority.background : workPriority.issued;
          if (waits) {
            const later = new Date(now.getTime() + echoWait);
            const raised = this.work.raiseSoon("advance", reference, priority, now, later);
            if (!raised) this.work.plan("echo", reference, priority, later, now);
          } else {
            this.work.want("advance", reference, priority, now);
          }
        }
      }
      crashPoint("X-03");
    });
  }

  /** Whether the same was said a moment ago, or so much else that one more look a little later is enough. */
  private canWait(hint: AcceptedHint): boolean {
    const age = ({ receivedAt }: StoredHint): number => hint.receivedAt.getTime() - receivedAt.getTime();
    const recent = this.hints.latestOf(hint.requestId, atOnce).filter((other) => age(other) <= minute);
    const isSame = ({ status, state, domain }: StoredHint): boolean =>
      status === hint.status && state === hint.state && domain === hint.domain;
    return recent.length >= atOnce || recent.some((other) => age(other) <= echoWait && isSame(other));
  }

  /** Stores the CA's ids of a request, and wakes it when a webhook was faster than the CA's reply (F-16). */
  setCaIds(reference: string, ids: { caRequestId?: number; caCertificateId?: number }, now: Date): void {
    this.db.transaction(() => {
      this.requests.change(reference, ids, now);
      for (const id of [ids.caRequestId, ids.caCertificateId]) {
        if (id !== undefined && this.hints.match(id)) {
          this.work.want("advance", reference, workPriority.issued, now);
        }
      }
    });
  }

  readMeta(key: string): string | null {
    const value = this.db.get("SELECT value FROM meta WHERE key = ?", key)?.["value"];
    return typeof value === "string" ? value : null;
  }

  writeMeta(key: string, value: string): void {
    this.db.run(
      "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
      key,
      value,
    );
  }

  removeMeta(key: string): void {
    this.db.run("DELETE FROM meta WHERE key = ?", key);
  }

  /** Removes all whose key begins so. */
  forgetMeta(prefix: string): void {
    this.db.run("DELETE FROM meta WHERE substr(key, 1, ?2) = ?1", prefix, prefix.length);
  }

  schema(): StoreSchema {
    return this.db.schema();
  }

  close(): void {
    this.db.close();
  }
}
