import type { JsMsg } from "@nats-io/jetstream";
import type { Clock } from "../clock.ts";
import { crashPoint } from "../crash-point.ts";
import type { Log } from "../logging.ts";
import { type Bus, type BusSession, busError, encode } from "./bus.ts";
import { ConsumerLoop } from "./consumer-loop.ts";
import type { HintMessage } from "./hint-message.ts";
import type { Ownership } from "./ownership.ts";
import { hintConsumer, hintStream, wakeSubject } from "./subjects.ts";

/** A webhook can be faster than the CA's own answer to the order; for so long it is asked again whose it is. */
const unknownPause = 5_000;
const unknownTries = 24;
const retryPause = 1_000;

/** Sends accepted webhooks on to the server that owns the request. All hubs share the work. */
export function createHintRouter(parts: RouterParts): ConsumerLoop {
  return new ConsumerLoop({
    ...parts,
    what: "webhooks",
    stream: hintStream,
    consumer: hintConsumer,
    options: { max_messages: 200 },
    retryPause,
    take: (session, hint, message) => void route(parts, session, hint, message),
  });
}

async function route(
  { ownership, log }: RouterParts,
  session: BusSession,
  hint: HintMessage,
  message: JsMsg,
): Promise<void> {
  try {
    const owners = await Promise.all([
      ownership.ofRequest(hint.requestId),
      ownership.ofCertificate(hint.requestId),
    ]);
    const nodes = new Set(owners.flatMap((owner) => (owner === null ? [] : [owner.node])));
    if (nodes.size === 0) {
      if (message.info.deliveryCount < unknownTries) message.nak(unknownPause);
      else {
        log.info("a webhook names a request that no server has", { request: hint.requestId });
        message.term();
      }
      return;
    }
    for (const node of nodes)
      await publishWakeUp(session, node, hint, `${hintStream}-${message.seq}-${node}`);
    crashPoint("X-46");
    message.ack();
  } catch (thrown) {
    log.warn("a webhook could not be sent on", { error: busError(thrown) });
    message.nak(retryPause);
  }
}

/** Puts a wake-up where its server finds it, whenever that comes. `id` keeps one from becoming two. Throws `bus-unreachable`. */
export async function publishWakeUp(
  { stream }: Pick<BusSession, "stream">,
  node: string,
  hint: HintMessage,
  id: string,
): Promise<void> {
  try {
    await stream.publish(wakeSubject(node, hint.requestId), encode(hint), { msgID: id, timeout: 5_000 });
  } catch (thrown) {
    throw busError(thrown);
  }
}

interface RouterParts {
  readonly bus: Bus;
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly log: Log;
  /** Webhooks can't be read: the stream may be gone. */
  lost(): void;
}
