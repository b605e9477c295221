import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import { finishTime } from "../model/finish-time.ts";
import { forecastReissues } from "../model/reissue-forecast.ts";
import { listMembers } from "./members.ts";
import type { Args, ReissueProgress, ResultToSend, Stock } from "./operations.ts";
import type { Records } from "./records.ts";

/** What the fleet's administrator chooses; null: whatever it is. */
export interface ReissueChoice {
  readonly issuer: string | null;
  readonly endsBefore: Date | null;
  readonly nodes: readonly string[] | null;
}

const undertaking = z.object({
  id: z.string(),
  by: z.string(),
  reason: z.string(),
  urgent: z.boolean(),
  issuer: z.string().nullable(),
  endsBefore: z.iso.datetime().nullable(),
  nodes: z.array(z.string()).nullable(),
  count: z.int(),
  wantedAt: z.iso.datetime(),
  stoppedAt: z.iso.datetime().nullable(),
});
type Undertaking = z.output<typeof undertaking>;

const list = z.array(undertaking);
const stockRecord = z.object({
  at: z.iso.datetime(),
  groups: z.array(z.object({ issuer: z.string(), ends: z.array(z.tuple([z.int(), z.int()])) })),
});
const progressRecord = z.record(
  z.string(),
  z.object({
    all: z.int(),
    done: z.int(),
    stuck: z.int(),
    stopped: z.boolean(),
    firstAt: z.iso.datetime().nullable(),
    lastAt: z.iso.datetime().nullable(),
  }),
);
type Progress = z.output<typeof progressRecord>[string];
const budgetRecord = z.object({ callsPerMinute: z.number().nullable() });

const listKey = "reissues";
/** A server that is away for longer than this replaces its certificates by their age anyway. */
const wantedFor = 60 * 86_400_000;
const kept = 50;
const day = 86_400_000;

/** How many there are to choose from, before anything is wanted. */
export interface ReissueOffer {
  readonly issuers: readonly string[];
  readonly nodes: readonly string[];
  /** Servers that have not told yet what they have; theirs come on top. */
  readonly unknown: readonly string[];
  readonly count: number;
  /** Milliseconds within the CA's budget; null while that is not known. */
  readonly forecast: number | null;
}

/** One server's part. `waiting`: it has not taken it up yet. */
export interface ReissuePart {
  readonly node: string;
  readonly state: "waiting" | "under-way" | "done" | "stopped";
  readonly all: number;
  readonly done: number;
  readonly stuck: number;
}

export interface ReissueRun {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly urgent: boolean;
  readonly issuer: string | null;
  readonly endsBefore: string | null;
  readonly wantedAt: string;
  readonly stopped: boolean;
  readonly state: "under-way" | "done" | "stopped";
  readonly all: number;
  readonly done: number;
  readonly stuck: number;
  /** When the rest will be done, by the pace so far or, before there is one, by the CA's budget. */
  readonly finishAt: string | null;
  readonly servers: readonly ReissuePart[];
}

/**
 * Reissues of many certificates in the whole fleet. The hub keeps what is wanted; each server takes it up once, chooses its
 * own certificates and replaces them by itself, within the budget that all share, and tells how far it is.
 */
export class FleetReissues {
  private readonly records: Records;
  private readonly clock: Clock;

  constructor(records: Records, clock: Clock) {
    this.records = records;
    this.clock = clock;
  }

  /** Answers a server: keeps what it tells, and says what is wanted of it. */
  async answer(node: string, { stock, progress }: Args<"news">): Promise<ResultToSend<"news">["reissues"]> {
    if (stock !== null) await this.keepStock(node, stock);
    if (progress.length > 0) await this.keepProgress(node, progress);
    const since = this.clock.now().getTime() - wantedFor;
    return (await this.list())
      .filter(
        ({ nodes, wantedAt }) => new Date(wantedAt).getTime() > since && (nodes?.includes(node) ?? true),
      )
      .map(({ id, reason, urgent, issuer, endsBefore, wantedAt, stoppedAt }) => ({
        id,
        reason,
        urgent,
        issuer,
        endsBefore,
        wantedAt,
        stopped: stoppedAt !== null,
      }));
  }

  /** What a choice comes to. */
  async offer(choice: ReissueChoice): Promise<ReissueOffer> {
    const members = await listMembers(this.records);
    const stocks = await Promise.all(members.map((node) => this.records.read(`stock.${node}`, stockRecord)));
    const issuers = new Set<string>();
    const unknown: string[] = [];
    let count = 0;
    for (const [index, node] of members.entries()) {
      const chosen = choice.nodes?.includes(node) ?? true;
      const held = stocks[index] ?? null;
      if (held === null && chosen) unknown.push(node);
      for (const { issuer, ends } of held?.value.groups ?? []) {
        issuers.add(issuer);
        if (!chosen || (choice.issuer !== null && choice.issuer !== issuer)) continue;
        const before = choice.endsBefore === null ? null : choice.endsBefore.getTime() / day;
        for (const [endDay, n] of ends) if (before === null || endDay < before) count += n;
      }
    }
    const forecast = forecastReissues(count, await this.budget());
    return { issuers: [...issuers].sort(), nodes: members, unknown, count, forecast };
  }

  /**
   * Wants them. `count` is the number that was agreed to: throws `selection-changed` when it is another one now, and
   * `nothing-to-do` when there is none.
   */
  async begin(
    choice: ReissueChoice,
    wish: { by: string; reason: string; urgent: boolean; count: number },
  ): Promise<string> {
    const offer = await this.offer(choice);
    const strangers = (choice.nodes ?? []).filter((node) => !offer.nodes.includes(node));
    if (strangers.length > 0) {
      throw new CodedError("input-invalid", { detail: `there is no server ${strangers.join(", ")}` });
    }
    if (offer.count !== wish.count) throw new CodedError("selection-changed");
    if (offer.count === 0 && offer.unknown.length === 0) throw new CodedError("nothing-to-do");
    const now = this.clock.now();
    const stamp = now.toISOString().replaceAll(/\D/g, "").slice(0, 14);
    const entry: Undertaking = {
      id: `${stamp}-${randomBytes(3).toString("hex")}`,
      by: wish.by.slice(0, 64),
      reason: wish.reason.slice(0, 200),
      urgent: wish.urgent,
      issuer: choice.issuer,
      endsBefore: choice.endsBefore?.toISOString() ?? null,
      nodes: choice.nodes === null ? null : [...choice.nodes],
      count: offer.count,
      wantedAt: now.toISOString(),
      stoppedAt: null,
    };
    await this.records.update(listKey, list, (before) => [entry, ...(before ?? [])].slice(0, kept));
    return entry.id;
  }

  /** What has not been ordered yet is not ordered any more. Throws `not-found`. */
  async stop(id: string): Promise<void> {
    if (!(await this.list()).some((one) => one.id === id)) throw new CodedError("not-found", { detail: id });
    const at = this.clock.now().toISOString();
    await this.records.update(listKey, list, (before) =>
      (before ?? []).map((one) => (one.id === id ? { ...one, stoppedAt: one.stoppedAt ?? at } : one)),
    );
  }

  /** All that were wanted lately, newest first, with how far each server is. */
  async runs(): Promise<ReissueRun[]> {
    const wanted = await this.list();
    if (wanted.length === 0) return [];
    const members = await listMembers(this.records);
    const told = await Promise.all(
      members.map((node) => this.records.read(`reissued.${node}`, progressRecord)),
    );
    const progress = new Map(members.map((node, index) => [node, told[index]?.value ?? {}]));
    const budget = await this.budget();
    return wanted.map((one) => describe(one, members, progress, budget));
  }

  /** The CA's budget as the gateway last heard it, for whoever has no connection to the CA. */
  async keepBudget(callsPerMinute: number | null): Promise<void> {
    const held = await this.records.read("budget", budgetRecord);
    if (callsPerMinute === null || held?.value.callsPerMinute === callsPerMinute) return;
    await this.records.write("budget", { callsPerMinute });
  }

  private async budget(): Promise<number | null> {
    return (await this.records.read("budget", budgetRecord))?.value.callsPerMinute ?? null;
  }

  private async list(): Promise<Undertaking[]> {
    return (await this.records.read(listKey, list))?.value ?? [];
  }

  private async keepStock(node: string, groups: Stock): Promise<void> {
    await this.records.write(`stock.${node}`, { at: this.clock.now().toISOString(), groups });
  }

  private async keepProgress(node: string, told: readonly ReissueProgress[]): Promise<void> {
    const next = Object.fromEntries(told.map(({ id, ...progress }) => [id, progress]));
    const held = await this.records.read(`reissued.${node}`, progressRecord);
    if (JSON.stringify(held?.value) !== JSON.stringify(next))
      await this.records.write(`reissued.${node}`, next);
  }
}

function describe(
  wanted: Undertaking,
  members: readonly string[],
  progress: ReadonlyMap<string, z.output<typeof progressRecord>>,
  callsPerMinute: number | null,
): ReissueRun {
  const servers = members
    .filter((node) => wanted.nodes?.includes(node) ?? true)
    .map((node) => ({ node, told: progress.get(node)?.[wanted.id] ?? null }));
  const told = servers.flatMap((server) => (server.told === null ? [] : [server.told]));
  const sum = (of: (part: Progress) => number): number => told.reduce((total, part) => total + of(part), 0);
  const times = told
    .flatMap(({ firstAt, lastAt }) => [firstAt, lastAt])
    .flatMap((at) => (at === null ? [] : [new Date(at).getTime()]));
  const [all, done, stuck] = [sum((part) => part.all), sum((part) => part.done), sum((part) => part.stuck)];
  const stopped = wanted.stoppedAt !== null;
  const parts = servers.map(({ node, told: part }) => partOf(node, part, stopped));
  const over = parts.every(({ state }) => state === "done");
  const reckoned = {
    // What a server has not taken up yet is in the number that was agreed to.
    all: Math.max(all, told.length < servers.length ? wanted.count : 0),
    done: done + stuck,
    firstAt: times.length === 0 ? null : new Date(Math.min(...times)),
    lastAt: times.length === 0 ? null : new Date(Math.max(...times)),
  };
  const wait = forecastReissues(reckoned.all - reckoned.done, callsPerMinute);
  const first = wait === null || done > 0 ? null : new Date(new Date(wanted.wantedAt).getTime() + wait);
  const { id, by, reason, urgent, issuer, endsBefore, wantedAt } = wanted;
  return {
    ...{ id, by, reason, urgent, issuer, endsBefore, wantedAt, stopped },
    state: stopped ? "stopped" : over ? "done" : "under-way",
    ...{ all: reckoned.all, done, stuck },
    finishAt: stopped || over ? null : ((finishTime(reckoned) ?? first)?.toISOString() ?? null),
    servers: parts,
  };
}

function partOf(node: string, told: Progress | null, stopped: boolean): ReissuePart {
  if (told === null) return { node, state: stopped ? "stopped" : "waiting", all: 0, done: 0, stuck: 0 };
  const { all, done, stuck } = told;
  const over = done + stuck >= all;
  return { node, state: over ? "done" : told.stopped ? "stopped" : "under-way", all, done, stuck };
}
