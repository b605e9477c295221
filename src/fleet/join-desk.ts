import type { Msg } from "@nats-io/transport-node";
import type { Clock } from "../clock.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { describeForServer } from "./answer-operation.ts";
import { type Bus, type BusSession, busError, encode } from "./bus.ts";
import type { Identity } from "./credential.ts";
import type { Records } from "./records.ts";
import { isAnswerPlace, joinSubjects } from "./subjects.ts";
import { admit } from "./token.ts";

/** Gives credentials to servers that show a token. */
export class JoinDesk {
  private readonly parts: JoinParts;
  private readonly listening = new WeakSet<object>();

  constructor(parts: JoinParts) {
    this.parts = parts;
  }

  start(): void {
    this.parts.bus.onArrival((session) => this.listen(session));
  }

  private listen(session: BusSession): void {
    if (this.listening.has(session.connection)) return;
    this.listening.add(session.connection);
    session.connection.subscribe(joinSubjects, {
      queue: "gateway",
      callback: (error, message) => {
        if (error === null) void this.answer(session, message);
      },
    });
  }

  private async answer({ connection }: BusSession, message: Msg): Promise<void> {
    const { log } = this.parts;
    const tokenId = message.subject.split(".")[2] ?? "";
    const reply = message.reply ?? "";
    if (!isAnswerPlace(reply)) return;
    let body: unknown;
    try {
      const result = await admit(this.parts, tokenId, message);
      log.info("a server joined the fleet", { node: result.node });
      body = { result };
    } catch (thrown) {
      log.warn("a token was refused", { error: asCodedError(thrown) });
      body = { error: describeForServer(thrown) };
    }
    try {
      connection.publish(reply, encode(body));
    } catch (thrown) {
      log.warn("an answer could not be sent", { error: busError(thrown) });
    }
  }
}

interface JoinParts {
  readonly bus: Bus;
  readonly records: Records;
  /** Signs what servers may do. */
  readonly account: Identity;
  readonly clock: Clock;
  readonly log: Log;
}
