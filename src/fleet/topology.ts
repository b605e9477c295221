import { isDeepStrictEqual } from "node:util";
import type { JetStreamManager } from "@nats-io/jetstream";
import {
  hintConsumer,
  hintStream,
  hintSubject,
  wakeStream,
  wakeSubjects,
  wakeSubjectsOf,
} from "./subjects.ts";

/** Copies of everything on as many bus servers; one may be lost at any time. */
export const replicas = 3;

const day = 86_400_000;
/** Longer than a server stays away; afterwards its sweep finds everything anyway. */
const keptFor = 40 * day;
const duplicateWindow = 120_000;
/** Webhooks that nobody has sent on; far more than an hour of the busiest day. */
const mostHints = 1_000_000;
const mostWakeUps = 2_000_000;

/**
 * A server keeps a wake-up within milliseconds. What a pull got that it left behind, with a restart or a lost connection, is sent
 * again after so long: across accounts the bus can't see that nobody listens there any more.
 */
const serverAckWait = 5_000;

const nanos = (ms: number): number => ms * 1_000_000;

/**
 * Makes the streams and the hub's consumer as they must be, or brings them back; true where a stream was not there, and
 * with it whatever it held. Idempotent; for the gateway alone.
 */
export async function ensureStreams(manager: JetStreamManager): Promise<boolean> {
  const { AckPolicy, DiscardPolicy, RetentionPolicy, StorageType } = await import("@nats-io/jetstream");
  const common = {
    storage: StorageType.File,
    num_replicas: replicas,
    duplicate_window: nanos(duplicateWindow),
  };
  const hintsMade = await ensureStream(manager, {
    ...common,
    name: hintStream,
    subjects: [hintSubject],
    retention: RetentionPolicy.Workqueue,
    // What does not fit is refused, and the CA is told to come again.
    discard: DiscardPolicy.New,
    max_msgs: mostHints,
    max_age: nanos(keptFor),
  });
  const wakeUpsMade = await ensureStream(manager, {
    ...common,
    name: wakeStream,
    subjects: [wakeSubjects],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    // The latest wake-up says all that the earlier ones said: read that request again.
    max_msgs_per_subject: 1,
    max_msgs: mostWakeUps,
    max_age: nanos(keptFor),
  });
  await manager.consumers.add(hintStream, {
    durable_name: hintConsumer,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(30_000),
    max_ack_pending: 1_000,
  });
  return hintsMade || wakeUpsMade;
}

/** Makes the consumer of one server, from which it alone may take. Idempotent; for the gateway alone. */
export async function ensureServerConsumer(manager: JetStreamManager, node: string): Promise<void> {
  const { AckPolicy } = await import("@nats-io/jetstream");
  await manager.consumers.add(wakeStream, {
    durable_name: node,
    filter_subject: wakeSubjectsOf(node),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(serverAckWait),
    max_ack_pending: 1_000,
  });
}

type StreamWish = Parameters<JetStreamManager["streams"]["add"]>[0];

async function ensureStream(manager: JetStreamManager, wish: StreamWish): Promise<boolean> {
  const { JetStreamApiError } = await import("@nats-io/jetstream");
  try {
    // Several hubs look at once; an update of a stream that another one is just making can stay without an answer.
    const { config } = await manager.streams.info(wish.name);
    const held: Readonly<Record<string, unknown>> = { ...config };
    const asWished = Object.entries(wish).every(([key, value]) => isDeepStrictEqual(held[key], value));
    if (!asWished) await manager.streams.update(wish.name, wish);
    return false;
  } catch (thrown) {
    if (!(thrown instanceof JetStreamApiError) || thrown.code !== streamNotFound) throw thrown;
  }
  await manager.streams.add(wish);
  return true;
}

/** JetStream's code for "stream not found". */
const streamNotFound = 10_059;
