import type { Clock } from "../clock.ts";
import { asCodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { type Bus, type BusSession, busError, decode, encode } from "./bus.ts";
import { type HintMessage, hintMessage } from "./hint-message.ts";
import type { Ownership } from "./ownership.ts";
import { hintConsumer, hintStream, wakeSubject } from "./subjects.ts";

/** A webhook can be faster than the CA's own answer to the order; for so long it is asked again whose it is. */
const unknownPause = 5_000;
const unknownTries = 24;
const retryPause = 1_000;

/** Sends accepted webhooks on to the server that owns the request. All hubs share the work. */
export class HintRouter {
  private readonly parts: RouterParts;
  private stopped = false;
  private stop: () => Promise<void> = async () => undefined;
  private running = 0;
  unmatched = 0;

  constructor(parts: RouterParts) {
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
    const { bus, clock, log } = this.parts;
    const generation = ++this.running;
    await this.stop();
    while (!this.stopped && generation === this.running && bus.connected) {
      try {
        const consumer = await session.stream.consumers.get(hintStream, hintConsumer);
        const messages = await consumer.consume({ max_messages: 200, abort_on_missing_resource: true });
        this.stop = async () => void (await messages.close());
        for await (const message of messages) void this.route(session, message);
      } catch (thrown) {
        log.warn("webhooks can't be read from the bus", { error: busError(thrown) });
      }
      if (!this.stopped) await new Promise<void>((resolve) => clock.after(retryPause, resolve));
    }
  }

  private async route(session: BusSession, message: RoutedMessage): Promise<void> {
    const { ownership, log } = this.parts;
    let hint: HintMessage;
    try {
      hint = decode(hintMessage, message);
    } catch (thrown) {
      log.error("a webhook on the bus can't be read", { error: asCodedError(thrown) });
      message.term();
      return;
    }
    try {
      const owners = await Promise.all([
        ownership.ofRequest(hint.requestId),
        ownership.ofCertificate(hint.requestId),
      ]);
      const nodes = new Set(owners.flatMap((owner) => (owner === null ? [] : [owner.node])));
      if (nodes.size === 0) {
        if (message.info.deliveryCount < unknownTries) message.nak(unknownPause);
        else {
          this.unmatched += 1;
          log.info("a webhook names a request that no server has", { request: hint.requestId });
          message.term();
        }
        return;
      }
      for (const node of nodes)
        await publishWakeUp(session, node, hint, `${hintStream}-${message.seq}-${node}`);
      message.ack();
    } catch (thrown) {
      log.warn("a webhook could not be sent on", { error: busError(thrown) });
      message.nak(retryPause);
    }
  }
}

/** Puts a wake-up where its server finds it, whenever that comes. `id` keeps one from becoming two. */
export async function publishWakeUp(
  { stream }: BusSession,
  node: string,
  hint: HintMessage,
  id: string,
): Promise<void> {
  await stream.publish(wakeSubject(node, hint.requestId), encode(hint), { msgID: id, timeout: 5_000 });
}

interface RouterParts {
  readonly bus: Bus;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly log: Log;
}

type RoutedMessage = import("@nats-io/jetstream").JsMsg;
