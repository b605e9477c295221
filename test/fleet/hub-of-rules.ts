import { describeForServer } from "../../src/fleet/answer-operation.ts";
import type { Bus, BusSession } from "../../src/fleet/bus.ts";
import { FleetMember, type MemberStore } from "../../src/fleet/member.ts";
import type { SessionClaim } from "../../src/fleet/operations.ts";
import { copyOf, judgeSession, movedTo, type SessionRecord } from "../../src/fleet/session-rules.ts";
import { silentLog } from "../../src/logging.ts";
import { FakeClock } from "../fakes/fake-clock.ts";

type MemberParts = ConstructorParameters<typeof FleetMember>[0];

/** What a server keeps of its fleet, as far as a restart finds it again. */
export class KeptMeta implements MemberStore {
  private readonly values: Map<string, string>;

  constructor(values: Iterable<readonly [string, string]> = []) {
    this.values = new Map(values);
  }

  readMeta(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  writeMeta(key: string, value: string): void {
    this.values.set(key, value);
  }
  forgetMeta(prefix: string): void {
    for (const key of this.values.keys()) if (key.startsWith(prefix)) this.values.delete(key);
  }
  /** The same disk in another machine. */
  copy(): KeptMeta {
    return new KeptMeta(this.values);
  }
}

/** A hub that goes by the rules of sessions alone, without a bus; what else it answers, the test says. */
export class HubOfRules {
  readonly clock = new FakeClock();
  /** What was asked, as `NODE NAME`; and `NODE takes wake-ups`. */
  readonly asked: string[] = [];
  readonly answers: Record<string, (args: unknown) => unknown> = {};
  private readonly arrivals: (() => void)[] = [];
  private readonly sessions = new Map<string, SessionRecord>();

  /** A process of a server, on a machine that goes by the server's first name. */
  start(node: string, store: MemberStore, parts: Partial<MemberParts> = {}): FleetMember {
    const bus = {
      connected: true,
      onArrival: (callback: (session: BusSession) => void) => {
        const get = (): Promise<never> => {
          this.asked.push(`${node} takes wake-ups`);
          return new Promise(() => undefined);
        };
        this.arrivals.push(() => callback({ stream: { consumers: { get } } } as unknown as BusSession));
      },
      start: () => undefined,
      leaveOff: () => undefined,
      close: async () => undefined,
      whileConnected: <T>(work: Promise<T>) => work,
      now: () => ({
        connection: {
          request: async (subject: string, data: Uint8Array) => ({ data: await this.hear(subject, data) }),
        },
      }),
    } as unknown as Bus;
    return new FleetMember({
      bus,
      node,
      clock: this.clock,
      log: silentLog,
      store,
      machineId: "machine",
      accept: () => undefined,
      ordersToClaim: () => [],
      orderToClaim: () => null,
      proveKey: async () => null,
      report: async () => ({
        version: "test",
        panel: "fake 1",
        hostName: `${node}.test`,
        requests: {},
        queue: { due: 0, waiting: 0 },
        failed: 0,
        ending: 0,
        lastSweep: null,
      }),
      reissues: { stock: () => [], progress: () => [], follow: () => undefined },
      settleHandOvers: async () => undefined,
      arrived: () => undefined,
      ...parts,
    });
  }

  /** The bus is there, for whoever was started. */
  arrive(): void {
    for (const arrival of this.arrivals) arrival();
  }

  private async hear(subject: string, data: Uint8Array): Promise<Uint8Array> {
    const [, , node = "", name = ""] = subject.split(".");
    const { session, args } = JSON.parse(Buffer.from(data).toString()) as {
      session: SessionClaim;
      args: unknown;
    };
    this.asked.push(`${node} ${name}`);
    // Two processes never ask in the same moment.
    this.clock.jump(1_000);
    return Buffer.from(JSON.stringify(await this.answer(node, name, session, args)));
  }

  private async answer(node: string, name: string, claim: SessionClaim, args: unknown): Promise<object> {
    const before = this.sessions.get(node) ?? null;
    if (name === "moved" || name === "copy") {
      const record = name === "moved" || before === null ? movedTo(before, claim) : copyOf(before, claim);
      this.sessions.set(node, record);
      return { result: null };
    }
    const { kind, record } = judgeSession(before, claim);
    this.sessions.set(node, record);
    if (kind === "other")
      return { error: { code: "server-cloned", detail: node, fields: [], notBefore: null } };
    if (name === "news")
      return { result: { reissues: [], owners: "these", ...Object(this.answers["news"]?.(args)) } };
    if (name === "hello" || name === "heartbeat") return { result: { now: this.clock.now().toISOString() } };
    try {
      return { result: await (this.answers[name]?.(args) ?? null) };
    } catch (thrown) {
      return { error: describeForServer(thrown) };
    }
  }
}
