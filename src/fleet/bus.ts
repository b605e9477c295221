import { readFileSync } from "node:fs";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, Msg, NatsConnection, Server } from "@nats-io/transport-node";
import type { z } from "zod";
import type { Clock } from "../clock.ts";
import { CodedError } from "../errors.ts";
import type { Log } from "../logging.ts";
import { BusWatch } from "./bus-watch.ts";
import { nextServer } from "./leave-rules.ts";
import { inboxOf } from "./subjects.ts";

export interface BusSettings {
  /** `HOST:PORT` of the bus servers. */
  readonly servers: readonly string[];
  /** What proves who we are; read again at every connection. */
  readonly credentials: () => string;
  /** The one authority that a bus server's certificate may come from, PEM. */
  readonly authority: string;
  /** Whose inbox answers come to; the credential allows no other. */
  readonly participant: string;
  /** A subject of JetStream that this participant may ask, to find out whether a bus server reaches the others; null: none. */
  readonly probe: string | null;
}

/** A live connection with what is built on it. */
export interface BusSession {
  readonly connection: NatsConnection;
  readonly stream: JetStreamClient;
  readonly manager: JetStreamManager;
}

/** How long until the next try when no bus server answers. */
const retryPause = 2_000;
const connectDeadline = 5_000;
/**
 * Two pings without an answer end a connection: a bus server that hangs, or whose cable is pulled, says nothing at all. The
 * client may try the same one first, for as long as `connectDeadline`; all of it together takes less than fifteen seconds.
 */
const pingInterval = 3_000;

/**
 * The connection to the fleet's bus: over TLS, tried for ever, and never in the way of whoever has it. While it is away
 * nothing is queued: what is sent then fails at once, because a request that arrives late could do what nobody wants any more.
 * A bus server over which nothing of JetStream succeeds is left for another one.
 */
export class Bus {
  private readonly settings: BusSettings;
  private readonly clock: Clock;
  private readonly log: Log;
  private readonly watch: BusWatch;
  private readonly arrivals = new Set<(session: BusSession) => void>();
  private readonly departures = new Set<() => void>();
  private session: BusSession | null = null;
  private up = false;
  private closed = false;
  private attempt: Promise<void> = Promise.resolve();
  private cancelRetry: (() => void) | null = null;
  /** While a bus server is being left: it, and those that were tried since. */
  private passedBy: Set<string> | null = null;

  constructor(settings: BusSettings, clock: Clock, log: Log) {
    this.settings = settings;
    this.clock = clock;
    this.log = log;
    this.watch = new BusWatch({
      clock,
      probe: settings.probe,
      chance: Math.random,
      leave: (detail) => void this.leave(detail),
    });
  }

  /** Begins to connect and goes on until `close`. */
  start(): void {
    this.attempt = this.connect();
  }

  get connected(): boolean {
    return this.up;
  }

  /** The connection as it is now. Throws `bus-unreachable` while there is none. */
  now(): BusSession {
    if (this.session === null || !this.up) throw new CodedError("bus-unreachable");
    return this.session;
  }

  /** Calls back now, if connected, and after every later connection. */
  onArrival(callback: (session: BusSession) => void): void {
    this.arrivals.add(callback);
    if (this.session !== null && this.up) callback(this.session);
  }

  /** The work's outcome, unless the connection goes first: what was to be heard over it is lost then. Throws `bus-unreachable`. */
  whileConnected<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const leave = (): void =>
        reject(new CodedError("bus-unreachable", { detail: "the connection was lost" }));
      this.departures.add(leave);
      work.then(resolve, reject).finally(() => this.departures.delete(leave));
    });
  }

  /**
   * Whoever waits for an answer that changes nothing hears that it will not come, and nothing new is asked; what may be under
   * way at the hub is still heard of until `close`.
   */
  leaveOff(): void {
    this.closed = true;
    this.depart();
    this.cancelRetry?.();
  }

  async close(): Promise<void> {
    this.leaveOff();
    await this.attempt;
    await this.session?.connection.close();
  }

  private async connect(): Promise<void> {
    try {
      // Loaded here, so that a server of its own never has it in memory.
      const [{ connect, credsAuthenticator }, { jetstream, jetstreamManager }] = await Promise.all([
        import("@nats-io/transport-node"),
        import("@nats-io/jetstream"),
      ]);
      const options: ConnectionOptions = {
        servers: [...this.settings.servers],
        name: this.settings.participant,
        inboxPrefix: inboxOf(this.settings.participant),
        authenticator: credsAuthenticator(() => Buffer.from(this.settings.credentials())),
        // TLS from the first byte: a bus server's greeting in clear could talk us out of it.
        tls: { ca: this.settings.authority, handshakeFirst: true },
        timeout: connectDeadline,
        maxReconnectAttempts: -1,
        reconnectTimeWait: retryPause,
        pingInterval,
        // A credential may be renewed while we are away.
        ignoreAuthErrorAbort: true,
        reconnectToServer: (pool) => this.chooseServer(pool),
      };
      const connection = await connect(options);
      this.watch.listen(connection);
      const session = {
        connection,
        stream: jetstream(connection),
        manager: await jetstreamManager(connection, { checkAPI: false }),
      };
      if (this.closed) {
        await connection.close();
        return;
      }
      this.session = session;
      this.arrive(session);
      void this.follow(session);
    } catch (thrown) {
      this.log.warn("the fleet's bus can't be reached", { error: busError(thrown) });
      this.retry();
    }
  }

  private retry(): void {
    if (this.closed) return;
    this.cancelRetry = this.clock.after(retryPause, () => {
      this.attempt = this.connect();
    });
  }

  private arrive(session: BusSession): void {
    this.up = true;
    this.passedBy = null;
    this.log.info("connected to the fleet's bus", { server: session.connection.getServer() });
    for (const callback of this.arrivals) callback(session);
  }

  private depart(): void {
    this.up = false;
    this.watch.departed();
    for (const leave of this.departures) leave();
  }

  private async leave(detail: string): Promise<void> {
    if (this.session === null || !this.up) return;
    const { connection } = this.session;
    const server = connection.getServer();
    this.passedBy = new Set([server]);
    const error = new CodedError("bus-unreachable", { detail });
    this.log.warn("a bus server reaches no leader and is left for another one", { server, error });
    await connection.reconnect().catch(() => undefined);
  }

  /** The client itself would go from a server that is being left to the very same, and find it well. */
  private chooseServer(pool: readonly Server[]): Server | null {
    if (this.passedBy === null) return null;
    const next = nextServer(pool, this.passedBy);
    if (next !== null) this.passedBy.add(next.listen);
    return next;
  }

  private async follow(session: BusSession): Promise<void> {
    for await (const { type } of session.connection.status()) {
      if (type === "disconnect") {
        this.depart();
        if (this.passedBy === null) this.log.warn("the connection to the fleet's bus is gone");
      }
      if (type === "reconnect" && !this.closed) this.arrive(session);
    }
    this.depart();
    if (this.closed) return;
    this.session = null;
    this.retry();
  }
}

/** What went wrong on the bus, in our words; a refusal of our credential or permission is one of the hub. */
export function busError(thrown: unknown): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const { name = "", message = "" } = thrown as { name?: string; message?: string };
  const refused = name === "PermissionViolationError" || name === "AuthorizationError";
  return new CodedError(refused ? "fleet-refused" : "bus-unreachable", {
    cause: thrown,
    detail: `${name}: ${message}`,
  });
}

/** Reads a file that proves us to the bus. Throws `settings-invalid`. */
export function readBusFile(path: string | null): string {
  try {
    return readFileSync(path ?? "", "utf8");
  } catch (cause) {
    throw new CodedError("settings-invalid", { cause, detail: `${path} can't be read` });
  }
}

export function encode(message: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(message), "utf8");
}

/** What a message or record says, in the shape it must have. Throws `bus-answer-unreadable`, with `what` it is where that is said. */
export function decode<T extends z.ZodType>(schema: T, { data }: Pick<Msg, "data">, what = ""): z.output<T> {
  const unreadable = (why: string, cause?: unknown): CodedError =>
    new CodedError("bus-answer-unreadable", { cause, detail: `${what} ${why}`.trim().slice(0, 300) });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data).toString("utf8"));
  } catch (cause) {
    throw unreadable("not JSON", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path, message }) => `${path.map(String).join(".")} ${message}`);
  throw unreadable(paths.join("; "));
}
