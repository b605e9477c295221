import type { KV } from "@nats-io/kv";
import type { z } from "zod";
import { CodedError } from "../errors.ts";
import { type Bus, busError, decode, encode } from "./bus.ts";
import type { fleetBucket, ownerBucket } from "./subjects.ts";
import { replicas } from "./topology.ts";

/** One key's value, with the revision that a change must name. */
export interface Held<T> {
  readonly value: T;
  readonly revision: number;
}

/**
 * A bucket of the bus as the hub's memory: small JSON records by key. Reads go to the bucket's leader, because a replica
 * that lags would answer "nobody's" for what was just written. Every method throws `bus-unreachable` while it is away.
 */
export class Records {
  private readonly bus: Bus;
  private readonly bucket: string;
  private opened: { readonly kv: KV; readonly of: unknown } | null = null;

  constructor(bus: Bus, bucket: typeof ownerBucket | typeof fleetBucket) {
    this.bus = bus;
    this.bucket = bucket;
  }

  async read<T extends z.ZodType>(key: string, schema: T): Promise<Held<z.output<T>> | null> {
    const entry = await this.use((kv) => kv.get(key));
    if (entry === null || entry.operation !== "PUT") return null;
    return { value: decode(schema, { data: entry.value }, `record ${key}:`), revision: entry.revision };
  }

  /** False: somebody was faster. */
  create(key: string, value: unknown): Promise<boolean> {
    return this.unlessTaken(async (kv) => void (await kv.create(key, encode(value))));
  }

  /** Changes what was read as `revision`. False: somebody changed it in between. */
  replace(key: string, value: unknown, revision: number): Promise<boolean> {
    return this.unlessTaken(async (kv) => void (await kv.update(key, encode(value), revision)));
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.use((kv) => kv.put(key, encode(value)));
  }

  async remove(key: string): Promise<void> {
    await this.use((kv) => kv.delete(key));
  }

  /** The keys that begin with a token, without it. */
  async keys(token: string): Promise<string[]> {
    return this.use(async (kv) => {
      const found: string[] = [];
      for await (const key of await kv.keys(`${token}.>`)) found.push(key.slice(token.length + 1));
      return found;
    });
  }

  /** Reads, changes and writes until nobody came in between; `change` may be called more than once. */
  async update<T extends z.ZodType>(
    key: string,
    schema: T,
    change: (before: z.output<T> | null) => z.input<T>,
  ): Promise<void> {
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const held = await this.read(key, schema);
      const next = change(held?.value ?? null);
      const done =
        held === null ? await this.create(key, next) : await this.replace(key, next, held.revision);
      if (done) return;
    }
    throw new CodedError("bus-unreachable", { detail: `record ${key} is changed by others all the time` });
  }

  private async unlessTaken(work: (kv: KV) => Promise<void>): Promise<boolean> {
    const { JetStreamApiError } = await import("@nats-io/jetstream");
    try {
      await this.use(work);
      return true;
    } catch (thrown) {
      const { cause } = thrown as { cause?: unknown };
      if (cause instanceof JetStreamApiError && cause.code === wrongLastSequence) return false;
      throw thrown;
    }
  }

  private async use<T>(work: (kv: KV) => Promise<T>): Promise<T> {
    try {
      return await work(await this.open());
    } catch (thrown) {
      throw busError(thrown);
    }
  }

  /** Nothing is asked of the bus for this: whether the bucket is there, its first use tells. */
  private async open(): Promise<KV> {
    const session = this.bus.now();
    if (this.opened?.of === session) return this.opened.kv;
    const { Kvm } = await import("@nats-io/kv");
    const kv = await new Kvm(session.stream).open(this.bucket, { allow_direct: false });
    this.opened = { kv, of: session };
    return kv;
  }

  /** Makes the bucket when it is not there; for the gateway alone. */
  async ensure(): Promise<void> {
    try {
      const [{ Kvm }, { StorageType }] = await Promise.all([
        import("@nats-io/kv"),
        import("@nats-io/jetstream"),
      ]);
      await new Kvm(this.bus.now().stream).create(this.bucket, {
        replicas,
        storage: StorageType.File,
        history: 1,
        allow_direct: false,
      });
    } catch (thrown) {
      throw busError(thrown);
    }
  }
}

/** JetStream's code for "somebody wrote in between". */
const wrongLastSequence = 10_071;
