import type { Clock } from "../clock.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { type Bus, type BusSession, busError, decode } from "./bus.ts";
import { type HintMessage, hintMessage } from "./hint-message.ts";
import { wakeStream } from "./subjects.ts";

const retryPause = 2_000;
/** A consumer that is lost is noticed when it does not answer a pull for so long. */
const pullLasts = 10_000;

/** Takes this server's wake-ups from the bus, as long as the bus is there; what is kept is acknowledged, and only that. */
export class WakeUps {
  private readonly parts: WakeUpParts;
  private stopped = false;
  private generation = 0;
  private stop: () => Promise<void> = async () => undefined;

  constructor(parts: WakeUpParts) {
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
    const { bus, clock, log, node, sayHello } = this.parts;
    const generation = ++this.generation;
    await this.stop();
    while (!this.stopped && generation === this.generation && bus.connected) {
      try {
        // The hub makes our consumer when we say hello, also after it was lost.
        await sayHello();
        const consumer = await session.stream.consumers.get(wakeStream, node);
        const messages = await consumer.consume({
          max_messages: 100,
          expires: pullLasts,
          abort_on_missing_resource: true,
        });
        this.stop = async () => void (await messages.close());
        for await (const message of messages) this.take(message);
      } catch (thrown) {
        log.warn("wake-ups can't be read from the bus", { error: busError(thrown) });
      }
      if (!this.stopped) await new Promise<void>((resolve) => clock.after(retryPause, resolve));
    }
  }

  private take(message: import("@nats-io/jetstream").JsMsg): void {
    const { accept, log } = this.parts;
    let hint: HintMessage;
    try {
      hint = decode(hintMessage, message);
    } catch (thrown) {
      log.error("a wake-up can't be read", { error: asCodedError(thrown) });
      message.term();
      return;
    }
    try {
      accept(hint);
      message.ack();
    } catch (thrown) {
      log.error("a wake-up could not be stored", { error: asCodedError(thrown) });
      message.nak(retryPause);
    }
  }
}

interface WakeUpParts {
  readonly bus: Bus;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws while this process does not speak for its server. */
  sayHello(): Promise<void>;
  /** Keeps it, synced. Throws when it could not. */
  accept(hint: HintMessage): void;
}
