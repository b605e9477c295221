import type { Clock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import type { Bus } from "./bus.ts";
import { ConsumerLoop } from "./consumer-loop.ts";
import type { HintMessage } from "./hint-message.ts";
import { wakeStream } from "./subjects.ts";

const retryPause = 2_000;
/** A consumer that is lost is noticed when it does not answer a pull for so long. */
const pullLasts = 10_000;

/** Takes this server's wake-ups from the bus, as long as the bus is there; what is kept is acknowledged, and only that. */
export function createWakeUps(parts: WakeUpParts): ConsumerLoop {
  const { bus, node, clock, log, sayHello, lost, accept } = parts;
  let missed = false;
  return new ConsumerLoop({
    bus,
    clock,
    log,
    what: "wake-ups",
    stream: wakeStream,
    consumer: node,
    options: { max_messages: 100, expires: pullLasts },
    retryPause,
    // The hub makes our consumer when we say hello, also after it was lost.
    async prepare() {
      await sayHello();
      if (missed) lost();
      missed = false;
    },
    lost() {
      missed = true;
    },
    take(_session, hint, message) {
      try {
        accept(hint);
        crashPoint("X-46");
        message.ack();
      } catch (thrown) {
        log.error("a wake-up could not be stored", { error: asCodedError(thrown) });
        message.nak(retryPause);
      }
    },
  });
}

interface WakeUpParts {
  readonly bus: Bus;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Throws while this process does not speak for its server. */
  sayHello(): Promise<void>;
  /** The consumer is there again after it was lost, perhaps with what waited there. */
  lost(): void;
  /** Keeps it, synced. Throws when it could not. */
  accept(hint: HintMessage): void;
}
