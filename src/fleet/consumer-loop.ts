import type { JsMsg } from "@nats-io/jetstream";
import { type Clock, sleep } from "../clock.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { type Bus, type BusSession, busError, decode } from "./bus.ts";
import { type HintMessage, hintMessage } from "./hint-message.ts";

interface LoopParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  /** What is read, for the log. */
  readonly what: string;
  readonly stream: string;
  readonly consumer: string;
  readonly options: { readonly max_messages: number; readonly expires?: number };
  /** Milliseconds until the consumer is asked for again after it was lost. */
  readonly retryPause: number;
  /** Before the consumer is asked for. Throws when it is of no use to ask. */
  prepare?(): Promise<void>;
  /** The consumer was lost, perhaps with its whole stream and what waited there. */
  lost?(): void;
  /** Acknowledges the message, or gives it back. Never throws. */
  take(session: BusSession, hint: HintMessage, message: JsMsg): void;
}

/** Reads one consumer of the bus as long as the bus is there, and begins anew with every connection. What can't be read is ended. */
export class ConsumerLoop {
  private readonly parts: LoopParts;
  private stopped = false;
  private generation = 0;
  private stop: () => Promise<void> = async () => undefined;

  constructor(parts: LoopParts) {
    this.parts = parts;
  }

  start(): void {
    this.parts.bus.onArrival((session) => void this.consume(session));
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.stop();
  }

  private async consume(session: BusSession): Promise<void> {
    const { bus, clock, log, what, stream, consumer, options, retryPause, prepare, lost } = this.parts;
    const generation = ++this.generation;
    await this.stop();
    while (!this.stopped && generation === this.generation && bus.connected) {
      try {
        await prepare?.();
        const source = await session.stream.consumers.get(stream, consumer);
        // The answer may come after the next connection, which has its own loop.
        if (this.stopped || generation !== this.generation) return;
        const messages = await source.consume({ ...options, abort_on_missing_resource: true });
        this.stop = async () => void (await messages.close());
        for await (const message of messages) this.read(session, message);
      } catch (thrown) {
        log.warn(`${what} can't be read from the bus`, { error: busError(thrown) });
        if (bus.connected) lost?.();
      }
      if (!this.stopped) await sleep(clock, retryPause);
    }
  }

  private read(session: BusSession, message: JsMsg): void {
    let hint: HintMessage;
    try {
      hint = decode(hintMessage, message);
    } catch (thrown) {
      this.parts.log.error("a message on the bus can't be read", { error: asCodedError(thrown) });
      message.term();
      return;
    }
    this.parts.take(session, hint, message);
  }
}
