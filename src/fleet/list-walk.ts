import { createHash } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import type { CaPort } from "../jobs/ports.ts";
import type { Log } from "../logging.ts";
import type { Owner, Ownership } from "./ownership.ts";
import type { Records } from "./records.ts";
import { WalkTurns } from "./walk-turns.ts";

const pendingItem = z.object({ id: z.number(), requiresAction: z.boolean(), progress: z.string() });
const certificateItem = z.object({ id: z.number(), name: z.string() });

export interface WalkIntervals {
  /** Milliseconds between two walks over the pending orders, and over all certificates. */
  readonly pending: number;
  readonly full: number;
}

/** A list older than this many intervals is no answer any more. */
const staleAfter = 4;
/** How often in an interval of the pending orders somebody looks whether a walk is due. */
const looksPerInterval = 5;
/** One value of a bucket; what is longer is spread over several. */
const chunk = 5_000;
/** One after the other, a hundred thousand certificates would take their hub half an hour. */
const readsAtOnce = 50;

/**
 * One walk over the CA's lists for the whole fleet instead of one per server. Whichever hub holds the lease walks; each
 * server's share lies in the bucket, where any hub can answer from, and what changed is announced to its server at once. The
 * list of all certificates takes long, and the pending orders do not wait for it.
 */
export class ListWalk {
  private readonly parts: WalkParts;
  private readonly turns: Readonly<Record<keyof WalkIntervals, WalkTurns>>;

  constructor(parts: WalkParts) {
    this.parts = parts;
    const { intervals } = parts;
    const common = { ...parts, rest: intervals.pending / looksPerInterval };
    this.turns = {
      pending: new WalkTurns({
        ...common,
        list: "pending",
        interval: intervals.pending,
        work: (signal) => this.walkPending(signal),
      }),
      full: new WalkTurns({
        ...common,
        list: "full",
        interval: intervals.full,
        work: (signal) => this.walkCertificates(signal),
      }),
    };
  }

  start(): void {
    for (const turns of this.wanted) turns.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.wanted.map((turns) => turns.stop()));
  }

  /** What was announced may be lost: whichever hub can walks at once, however short ago the last walk was. Throws `bus-unreachable`. */
  again(): Promise<void> {
    return this.turns.pending.again();
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

  /** Walks now what is due, unless another hub does. */
  async walk(): Promise<void> {
    await Promise.all(this.wanted.map((turns) => turns.walk()));
  }

  private get wanted(): WalkTurns[] {
    const { pending, full } = this.turns;
    return this.parts.intervals.full > 0 ? [pending, full] : [pending];
  }

  private async requireFresh(part: keyof WalkIntervals): Promise<void> {
    if ((await this.turns[part].age()) > this.parts.intervals[part] * staleAfter) {
      throw new CodedError("ca-unreachable", { detail: `the hub has no recent list (${part})` });
    }
  }

  private async walkPending(signal: AbortSignal): Promise<void> {
    const { ca, ownership } = this.parts;
    const listed = (await ca.listPending(signal)).map(({ id, requiresAction, progress }) => ({
      id,
      requiresAction,
      progress: digest(progress),
    }));
    const shares = await share(listed, ({ id }) => ownership.ofRequest(id), signal);
    await this.publishShares("pending", shares, pendingItem, signal, (before, now) => {
      const known = new Map(before.map(({ id, progress }) => [id, progress]));
      const stays = new Set(now.map(({ id }) => id));
      // What left the list was issued, refused or cancelled.
      return [
        ...now.filter(({ id, progress }) => known.get(id) !== progress).map(({ id }) => id),
        ...before.filter(({ id }) => !stays.has(id)).map(({ id }) => id),
      ];
    });
  }

  private async walkCertificates(signal: AbortSignal): Promise<void> {
    const { ca, ownership } = this.parts;
    const ownerOf = async ({ id }: { readonly id: number }): Promise<Owner | null> =>
      (await ownership.ofCertificate(id)) ?? ownership.ofRequest(id);
    const shares = await share(await ca.listCertificates(signal), ownerOf, signal);
    await this.publishShares("certificates", shares, certificateItem, signal, (before, now) => {
      const known = new Set(before.map(({ id }) => id));
      return now.filter(({ id }) => !known.has(id)).map(({ id }) => id);
    });
  }

  private async publishShares<Item extends { id: number }>(
    list: "pending" | "certificates",
    shares: ReadonlyMap<string, Item[]>,
    item: z.ZodType<Item>,
    signal: AbortSignal,
    changed: (before: readonly Item[], now: readonly Item[]) => readonly number[],
  ): Promise<void> {
    const { records, announce } = this.parts;
    const listed = (await records.keys(list)).map((key) => key.split(".")[0] ?? "");
    for (const node of new Set([...listed, ...shares.keys()])) {
      signal.throwIfAborted();
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

/** What is listed, by the server whose it is; what is nobody's is left out. */
async function share<Item>(
  listed: readonly Item[],
  ownerOf: (item: Item) => Promise<Owner | null>,
  signal: AbortSignal,
): Promise<Map<string, Item[]>> {
  const shares = new Map<string, Item[]>();
  for (let begin = 0; begin < listed.length; begin += readsAtOnce) {
    signal.throwIfAborted();
    const slice = listed.slice(begin, begin + readsAtOnce);
    const owners = await Promise.all(slice.map(ownerOf));
    for (const [index, item] of slice.entries()) {
      const node = owners[index]?.node;
      if (node === undefined) continue;
      const mine = shares.get(node) ?? [];
      mine.push(item);
      shares.set(node, mine);
    }
  }
  return shares;
}

/** The list tells much about a request's progress; a server needs to know only that it changed. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
