import { z } from "zod";
import { CodedError } from "../errors.ts";
import { type BusSession, busError, decode } from "./bus.ts";
import { configurationSubject, hintStream } from "./subjects.ts";
import { replicas } from "./topology.ts";

const answerDeadline = 2_000;

const jetStreamReport = z.object({
  server: z.object({ name: z.string() }),
  data: z.object({ config: z.object({ sync_always: z.boolean().default(false) }).optional() }),
});

/**
 * Proves that an acknowledgement of the bus means what the 200 promises: the hint stream has three replicas on file, and
 * every bus server that answers says of itself that it syncs each write (`sync_interval: always`). The servers' own word is
 * asked for through the system account, because a stream's description does not tell. Throws `bus-not-durable`, or
 * `bus-unreachable` when nothing can be found out, or nothing can be kept just now.
 */
export async function proveDurability({ connection, manager }: BusSession): Promise<void> {
  const info = await manager.streams.info(hintStream).catch((thrown: unknown) => {
    throw busError(thrown);
  });
  // Told by a bus server as well that does not reach the others.
  if (!info.cluster?.leader) {
    throw new CodedError("bus-unreachable", { detail: `stream ${hintStream} has no leader` });
  }
  const { num_replicas: copies, storage } = info.config;
  if (copies < replicas || storage !== "file") {
    throw new CodedError("bus-not-durable", {
      detail: `stream ${hintStream} has ${copies} replicas in ${storage}; ${replicas} in file are needed`,
    });
  }
  const lazy: string[] = [];
  let answers = 0;
  try {
    const messages = await connection.requestMany(configurationSubject, "", {
      strategy: "count",
      maxMessages: replicas,
      maxWait: answerDeadline,
    });
    for await (const message of messages) {
      const { server, data } = decode(jetStreamReport, message);
      answers += 1;
      if (data.config?.sync_always !== true) lazy.push(server.name);
    }
  } catch (thrown) {
    throw busError(thrown);
  }
  if (lazy.length > 0) {
    throw new CodedError("bus-not-durable", { detail: `no sync_interval: always on ${lazy.join(", ")}` });
  }
  if (answers === 0) throw new CodedError("bus-unreachable", { detail: "no bus server tells how it stores" });
}
