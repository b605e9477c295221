import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { CaPort } from "../jobs/ports.ts";
import type { Log } from "../logging.ts";
import type { Ownership } from "./ownership.ts";
import type { Records } from "./records.ts";

const lease = z.object({ holder: z.string(), until: z.iso.datetime() });
const pendingItem = z.object({ id: z.number(), requiresAction: z.boolean(), progress: z.string() });
const certificateItem = z.object({ id: z.number(), name: z.string() });
const walked = z.object({ at: z.iso.datetime() });

export interface WalkIntervals {
  /** Milliseconds between two walks over the pending orders, and over all certificates. */
  readonly pending: number;
  readonly full: number;
}

/** A list older than this many intervals is no answer any more. */
const staleAfter = 4;
const overduePause = 1_000;
/** One value of a bucket; what is longer is spread over several. */
const chunk = 5_000;

/**
 * One walk over the CA's lists for the whole fleet instead of one per server. Whichever hub holds the lease walks; each
 * server's share lies in the bucket, where any hub can answer from, and what changed is announced to its server at once.
 */
export class ListWalk {
  private readonly parts: WalkParts;
  private readonly holder = randomUUID();
  private timer: (() => void) | null = null;
  private stopped = false;
  private overdue = false;
  private running: Promise<void> = Promise.resolve();

  constructor(parts: WalkParts) {
    this.parts = parts;
  }

  start(): void {
    this.running = this.turn();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.();
    await this.running;
  }

  /** What was announced may be lost: whoever holds the lease walks at once, however short ago the last walk was. */
  again(): void {
    this.overdue = true;
    if (this.timer === null) return;
    this.timer();
    this.timer = null;
    this.running = this.turn();
  }

  /** The pending orders of one server, as of the last walk. Throws `ca-unreachable` when that is too long ago. */
  async pendingOf(node: string): Promise<z.output<typeof pendingItem>[]> {
    await this.requireFresh("pending");
    return this.readShare(`pending.${node}`, pendingItem);
  }

  async certificatesOf(node: string): Promise<z.output<typeof certificateItem>[]> {
    await this.requireFresh("full");
    return this.readShare(`certificates.${node}`, certificateItem);
  }

  /** Walks now, if the lease is ours or free; for tests and for a hub that has just started. */
  async walk(): Promise<void> {
    const { clock, intervals, records } = this.parts;
    const { overdue } = this;
    this.overdue = false;
    if (!(await this.takeLease())) return;
    if (overdue || (await this.isDue("pending"))) {
      await this.walkPending();
      await records.write("walked.pending", { at: clock.now().toISOString() });
    }
    if (intervals.full > 0 && (await this.isDue("full"))) {
      await this.walkCertificates();
      await records.write("walked.full", { at: clock.now().toISOString() });
    }
  }

  private async turn(): Promise<void> {
    const { clock, log, intervals } = this.parts;
    try {
      await this.walk();
    } catch (thrown) {
      log.warn("the walk over the CA's lists did not succeed", { error: asCodedError(thrown) });
    }
    if (this.stopped) return;
    // Asked for again while it went on.
    this.timer = clock.after(this.overdue ? overduePause : intervals.pending / 5, () => {
      this.timer = null;
      this.running = this.turn();
    });
  }

  private async takeLease(): Promise<boolean> {
    const { clock, intervals, records } = this.parts;
    const now = clock.now();
    const mine = {
      holder: this.holder,
      until: new Date(now.getTime() + intervals.pending).toISOString(),
    };
    const held = await records.read("lease.walk", lease);
    if (held === null) return records.create("lease.walk", mine);
    if (held.value.holder !== this.holder && new Date(held.value.until) > now) return false;
    return records.replace("lease.walk", mine, held.revision);
  }

  private async isDue(part: keyof WalkIntervals): Promise<boolean> {
    const { clock, intervals, records } = this.parts;
    const last = await records.read(`walked.${part}`, walked);
    return last === null || clock.now().getTime() - new Date(last.value.at).getTime() >= intervals[part];
  }

  private async requireFresh(part: keyof WalkIntervals): Promise<void> {
    const { clock, intervals, records } = this.parts;
    const last = await records.read(`walked.${part}`, walked);
    const age =
      last === null ? Number.POSITIVE_INFINITY : clock.now().getTime() - new Date(last.value.at).getTime();
    if (age > intervals[part] * staleAfter) {
      throw new CodedError("ca-unreachable", { detail: `the hub has no recent list (${part})` });
    }
  }

  private async walkPending(): Promise<void> {
    const { ca, ownership } = this.parts;
    const shares = new Map<string, z.output<typeof pendingItem>[]>();
    for (const { id, requiresAction, progress } of await ca.listPending()) {
      const owner = await ownership.ofRequest(id);
      if (owner === null) continue;
      const item = { id, requiresAction, progress: digest(progress) };
      shares.set(owner.node, [...(shares.get(owner.node) ?? []), item]);
    }
    await this.publishShares("pending", shares, pendingItem, (before, now) => {
      const known = new Map(before.map(({ id, progress }) => [id, progress]));
      const listed = new Set(now.map(({ id }) => id));
      // What left the list was issued, refused or cancelled.
      return [
        ...now.filter(({ id, progress }) => known.get(id) !== progress).map(({ id }) => id),
        ...before.filter(({ id }) => !listed.has(id)).map(({ id }) => id),
      ];
    });
  }

  private async walkCertificates(): Promise<void> {
    const { ca, ownership } = this.parts;
    const shares = new Map<string, z.output<typeof certificateItem>[]>();
    for (const item of await ca.listCertificates()) {
      const owner = (await ownership.ofCertificate(item.id)) ?? (await ownership.ofRequest(item.id));
      if (owner === null) continue;
      shares.set(owner.node, [...(shares.get(owner.node) ?? []), item]);
    }
    await this.publishShares("certificates", shares, certificateItem, (before, now) => {
      const known = new Set(before.map(({ id }) => id));
      return now.filter(({ id }) => !known.has(id)).map(({ id }) => id);
    });
  }

  private async publishShares<Item extends { id: number }>(
    list: "pending" | "certificates",
    shares: ReadonlyMap<string, Item[]>,
    item: z.ZodType<Item>,
    changed: (before: readonly Item[], now: readonly Item[]) => readonly number[],
  ): Promise<void> {
    const { records, announce } = this.parts;
    const listed = (await records.keys(list)).map((key) => key.split(".")[0] ?? "");
    for (const node of new Set([...listed, ...shares.keys()])) {
      const now = shares.get(node) ?? [];
      const before = await this.readShare(`${list}.${node}`, item);
      const ids = changed(before, now);
      for (const id of ids) await announce(node, id);
      if (JSON.stringify(before) !== JSON.stringify(now)) await this.writeShare(`${list}.${node}`, now);
    }
  }

  private async readShare<Item>(key: string, item: z.ZodType<Item>): Promise<Item[]> {
    const { records } = this.parts;
    const items: Item[] = [];
    for (let part = 0; ; part += 1) {
      const held = await records.read(`${key}.${part}`, z.array(item));
      if (held === null) return items;
      items.push(...held.value);
    }
  }

  private async writeShare(key: string, items: readonly unknown[]): Promise<void> {
    const { records } = this.parts;
    const parts = Math.max(1, Math.ceil(items.length / chunk));
    for (let part = 0; part < parts; part += 1) {
      await records.write(`${key}.${part}`, items.slice(part * chunk, (part + 1) * chunk));
    }
    for (let part = parts; (await records.read(`${key}.${part}`, z.array(z.unknown()))) !== null; part += 1) {
      await records.remove(`${key}.${part}`);
    }
  }
}

interface WalkParts {
  readonly ca: Pick<CaPort, "listPending" | "listCertificates">;
  readonly records: Records;
  readonly ownership: Ownership;
  readonly intervals: WalkIntervals;
  readonly clock: Clock;
  readonly log: Log;
  /** Has the server read that request again. */
  announce(node: string, id: number): Promise<void>;
}

/** The list tells much about a request's progress; a server needs to know only that it changed. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
