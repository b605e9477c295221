import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { type Bus, busError, encode } from "./bus.ts";
import { proveDurability } from "./durability.ts";
import type { HintMessage } from "./hint-message.ts";
import { hintSubject } from "./subjects.ts";

/** A sender waits no longer than this; the CA's own patience is not known. */
const publishDeadline = 2_000;
const tries = 3;
const proofInterval = 30_000;

/** Hands accepted webhooks to the bus. */
export interface HintPublisher {
  /** Whether webhooks can be taken now. */
  readonly ready: boolean;
  /** On return every hint is safe on the majority of the bus servers. Throws `bus-unreachable` or `bus-not-durable`. */
  publish(hints: readonly HintMessage[]): Promise<void>;
  close(): void;
}

/**
 * Publishes only while the bus has proved that it keeps what it acknowledges; the proof is asked for at every connection
 * and again all the time, because a bus server can be set up anew at any moment.
 */
export function createHintPublisher(bus: Bus, clock: Clock, log: Log): HintPublisher {
  let problem: CodedError | null = new CodedError("bus-unreachable");
  let closed = false;
  let cancel: () => void = () => undefined;

  async function prove(): Promise<void> {
    cancel();
    const before = problem?.code ?? null;
    try {
      await proveDurability(bus.now());
      problem = null;
    } catch (thrown) {
      problem = asCodedError(thrown);
    }
    if (closed) return;
    if (problem !== null && problem.code !== before) log.error("webhooks are not taken", { error: problem });
    if (problem === null && before !== null) log.info("webhooks are taken: the bus keeps them safely");
    cancel();
    cancel = clock.after(problem === null ? proofInterval : publishDeadline, () => void prove());
  }
  bus.onArrival(() => void prove());

  /** One id for all tries of one delivery, so that a lost acknowledgement does not make two of it. */
  async function publishOne(hint: HintMessage): Promise<void> {
    const msgID = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await bus.now().stream.publish(hintSubject, encode(hint), { msgID, timeout: publishDeadline });
        return;
      } catch (thrown) {
        if (attempt >= tries || !bus.connected) throw busError(thrown);
      }
    }
  }

  return {
    get ready() {
      return problem === null && bus.connected;
    },
    async publish(hints) {
      if (problem !== null) throw problem;
      await Promise.all(hints.map(publishOne));
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
