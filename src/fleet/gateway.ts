import type { Msg, Subscription } from "@nats-io/transport-node";
import { z } from "zod";
import { type Clock, sleep } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import {
  answers,
  type CaOperation,
  type Desk,
  describeForServer,
  fromMemory,
  priorityOf,
} from "./answer-operation.ts";
import { patienceWith } from "./ask.ts";
import { type Bus, type BusSession, busError, decode, encode } from "./bus.ts";
import { FairQueue } from "./fair-queue.ts";
import {
  type Args,
  isOperation,
  type OperationName,
  operations,
  question,
  type SessionClaim,
} from "./operations.ts";
import type { Records } from "./records.ts";
import type { FleetReissues } from "./reissues.ts";
import { copyOf, judgeSession, movedTo, type SessionRecord } from "./session-rules.ts";
import { askSubjects, isAnswerPlace } from "./subjects.ts";
import { ensureServerConsumer } from "./topology.ts";
import { WaitingRoom } from "./waiting-room.ts";

/** Operations that need the records alone, under way at the same time. */
const placesAtRecords = 8;

const sessionRecord = z.object({
  id: z.string().nullable(),
  machine: z.string(),
  since: z.string(),
  disputed: z.boolean(),
  retired: z.array(z.string()),
});

/**
 * Answers the servers' operations. Who asks is known from the subject, which the bus lets only that server publish to; and
 * an answer goes only back to the servers' account, because the bus lets anybody name any place for an answer.
 */
export class Gateway {
  private readonly parts: GatewayParts;

  constructor(parts: GatewayParts) {
    this.parts = parts;
    this.atRecords = new FairQueue(placesAtRecords, parts.clock);
  }

  start(): void {
    this.parts.bus.onArrival((session) => this.listen(session));
  }

  private readonly listening = new WeakSet<object>();
  private readonly subscriptions: Subscription[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private stopping = false;
  private readonly room = new WaitingRoom();
  /** For what is answered without the CA: a hand-over of ten thousand orders is work for the hub and its records as well. */
  private readonly atRecords: FairQueue;

  /**
   * Takes no more questions, sends what was not begun to another hub, and answers what was, unless that takes longer than
   * `patience` milliseconds. The bus and the CA must be there until then.
   */
  async stop(patience: number): Promise<void> {
    const { bus, clock, queue, log } = this.parts;
    this.stopping = true;
    queue.close();
    this.atRecords.close();
    const given = new AbortController();
    const late = sleep(clock, patience, given.signal).then(() => {
      log.warn("what was under way did not end in time", { questions: this.underWay.size });
    });
    try {
      await Promise.race([this.finish(bus), late]);
    } catch (thrown) {
      log.warn("the last answers could not be sent", { error: busError(thrown) });
    } finally {
      given.abort(new Error("not waited for any more"));
      late.catch(() => undefined);
    }
  }

  private async finish(bus: Bus): Promise<void> {
    const drained = Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
    if (bus.connected) await bus.whileConnected(drained).catch(() => undefined);
    drained.catch(() => undefined);
    // What was on its way to us when we left off is answered as well.
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    if (bus.connected) await bus.whileConnected(bus.now().connection.flush());
  }

  private listen(session: BusSession): void {
    // A subscription lives on over reconnections of the same connection.
    if (this.stopping || this.listening.has(session.connection)) return;
    this.listening.add(session.connection);
    const subscription = session.connection.subscribe(askSubjects, {
      queue: "gateway",
      callback: (error, message) => {
        if (error === null) this.follow(this.answer(session, message));
      },
    });
    this.subscriptions.push(subscription);
  }

  private follow(answering: Promise<void>): void {
    this.underWay.add(answering);
    void answering.finally(() => this.underWay.delete(answering));
  }

  private async answer(session: BusSession, message: Msg): Promise<void> {
    const { log } = this.parts;
    const [, , node = "", name = ""] = message.subject.split(".");
    const reply = message.reply ?? "";
    if (!isAnswerPlace(reply)) {
      log.warn("a question on the bus wants its answer elsewhere and gets none", { node, operation: name });
      return;
    }
    /** Null: another hub is to be asked. */
    let body: unknown;
    let leave: () => void = () => undefined;
    try {
      // Before it is read, which takes several times its size.
      leave = this.room.enter(node, message.data.length);
      if (!isOperation(name))
        throw new CodedError("fleet-refused", { detail: `there is no operation ${name}` });
      const { session: claim, args } = decode(question, message);
      body = { result: await this.perform(node, name, claim, args) };
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (this.stopping && error.code === "ca-busy") body = null;
      else body = { error: describeForServer(error) };
      if (error.code === "internal")
        log.error("an operation failed unexpectedly", { node, operation: name, error });
      else log.info("an operation was not done", { node, operation: name, error });
    }
    try {
      if (body === null) await leaveToOthers(session, reply);
      else session.connection.publish(reply, encode(body));
    } catch (thrown) {
      log.warn("an answer could not be sent", { node, operation: name, error: busError(thrown) });
    } finally {
      leave();
    }
  }

  private async perform(
    node: string,
    name: OperationName,
    claim: SessionClaim,
    args: unknown,
  ): Promise<unknown> {
    const { bus, clock, queue, desk, records, reissues } = this.parts;
    const parsed = operations[name].args.safeParse(args);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(
        ({ path, message }) => `${path.map(String).join(".")} ${message}`,
      );
      throw new CodedError("input-invalid", { detail: issues.join("; ").slice(0, 300) });
    }
    await desk.requireMember(node);
    if (name === "moved" || name === "copy") {
      await records.update(`session.${node}`, sessionRecord, (before) =>
        toStored(name === "moved" ? movedTo(before, claim) : copyOf(before, claim)),
      );
      return null;
    }
    await this.requireSession(node, claim);
    if (name === "hello") {
      await ensureServerConsumer(bus.now().manager, node).catch((thrown: unknown) => {
        throw busError(thrown);
      });
      return { now: clock.now().toISOString() };
    }
    if (name === "heartbeat") {
      const at = clock.now().toISOString();
      await records.write(`server.${node}`, { at, report: parsed.data });
      return { now: at };
    }
    if (name === "news") {
      const told = parsed.data as Args<"news">;
      return { reissues: await reissues.answer(node, told), owners: await desk.ownership.generation() };
    }
    const work = answers[name as CaOperation] as (
      desk: Desk,
      node: string,
      args: unknown,
    ) => Promise<unknown>;
    const priority = priorityOf(name, parsed.data);
    const turns = fromMemory.includes(name) ? this.atRecords : queue;
    return turns.run(node, priority, patienceWith(name), () => work(desk, node, parsed.data));
  }

  /** Throws `server-cloned` for a process that does not speak for its server. */
  private async requireSession(node: string, claim: SessionClaim): Promise<void> {
    const { records, log } = this.parts;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const held = await records.read(`session.${node}`, sessionRecord);
      const verdict = judgeSession(held?.value ?? null, claim);
      const same = held !== null && JSON.stringify(held.value) === JSON.stringify(toStored(verdict.record));
      const written =
        same ||
        (held === null
          ? await records.create(`session.${node}`, toStored(verdict.record))
          : await records.replace(`session.${node}`, toStored(verdict.record), held.revision));
      if (!written) continue;
      if (verdict.kind === "ours") return;
      const { disputed } = verdict.record;
      log.warn("a process that does not speak for its server was refused", { node, disputed });
      throw new CodedError("server-cloned", { detail: node });
    }
    throw new CodedError("bus-unreachable", { detail: `the session of ${node} changes all the time` });
  }
}

/** In the bus's own words, as if nobody had heard the question: nothing of it was begun, and another hub may do it. */
async function leaveToOthers({ connection }: BusSession, reply: string): Promise<void> {
  const { headers } = await import("@nats-io/transport-node");
  connection.publish(reply, new Uint8Array(), { headers: headers(503, "No Responders") });
}

function toStored(record: SessionRecord): z.output<typeof sessionRecord> {
  const { id, machine, since, disputed, retired } = record;
  return { id, machine, since, disputed, retired: [...retired] };
}

interface GatewayParts {
  readonly bus: Bus;
  readonly records: Records;
  readonly queue: FairQueue;
  readonly desk: Desk;
  readonly reissues: FleetReissues;
  readonly clock: Clock;
  readonly log: Log;
}
