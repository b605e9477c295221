import type { Msg, NatsConnection } from "@nats-io/transport-node";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import {
  afterArrival,
  afterFailure,
  afterLeaving,
  isToBeLeft,
  type Standing,
  wellServed,
} from "./leave-rules.ts";
import { asksJetStream } from "./subjects.ts";

const probeDeadline = 2_000;
/** A hub may take long over an answer; it may also be that it never heard the question. */
const longSilence = 10_000;
/** So often is it asked whether the bus server is of use again or still, while anybody waits for that. */
const probesPerPatience = 5;

/** What became of a question, as a sign of whether its bus server reaches a leader. */
type Sign =
  | { readonly kind: "served" }
  | { readonly kind: "failed"; readonly detail: string }
  /** The hub is not heard, for which its bus server and ours are as good a reason as itself. */
  | { readonly kind: "doubtful" }
  | { readonly kind: "none" };

/**
 * Listens to what becomes of everything that is asked of JetStream over a connection, and says when the bus server at its
 * other end is to be left. One that is cut off from its peers answers pings and takes connections as ever, and nothing
 * else: neither the client nor the other bus servers would ever end that.
 */
export class BusWatch {
  private readonly parts: WatchParts;
  private standing: Standing = wellServed;
  /** Counts the servers that we were connected to: an answer tells nothing about another one than it was asked of. */
  private place = 0;
  private probe: () => Promise<unknown> = async () => undefined;
  private cancelProbe: (() => void) | null = null;

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  /** Listens to a new connection, for as long as that is there; it may go to other servers meanwhile. */
  listen(connection: NatsConnection): void {
    // JetStream's client asks everything by this method, and nothing else of it says what came back.
    const request = connection.request.bind(connection);
    connection.request = (subject, ...rest) => {
      const asked = request(subject, ...rest);
      void this.hear(subject, asked);
      return asked;
    };
    const { probe } = this.parts;
    if (probe !== null) this.probe = () => connection.request(probe, "", { timeout: probeDeadline });
  }

  /** The connection has left its server, or lost it. */
  departed(): void {
    this.place += 1;
    this.standing = afterArrival(this.standing);
    this.stopProbing();
  }

  private async hear(subject: string, asked: Promise<Msg>): Promise<void> {
    const { place } = this;
    const follow = (sign: Sign): void => {
      if (place === this.place) this.follow(sign);
    };
    const endSilence = this.parts.clock.after(longSilence, () => follow({ kind: "doubtful" }));
    const sign = await readSign(subject, asked);
    endSilence();
    follow(sign);
  }

  private follow(sign: Sign): void {
    const { clock, chance, leave } = this.parts;
    if (sign.kind === "served") {
      this.standing = wellServed;
      this.stopProbing();
    } else if (sign.kind === "failed") {
      this.standing = afterFailure(this.standing, clock.monotonic(), chance());
      if (isToBeLeft(this.standing, clock.monotonic())) {
        this.standing = afterLeaving(this.standing);
        this.stopProbing();
        leave(sign.detail);
      } else this.planProbe();
    } else if (sign.kind === "doubtful") this.planProbe();
  }

  /** Whoever has little to ask would wait long for a second failure, or blame the bus server for a single one. */
  private planProbe(): void {
    if (this.cancelProbe !== null) return;
    this.cancelProbe = this.parts.clock.after(this.standing.patience / probesPerPatience, () => {
      this.cancelProbe = null;
      // What comes of it is heard like everything else.
      this.probe().catch(() => undefined);
    });
  }

  private stopProbing(): void {
    this.cancelProbe?.();
    this.cancelProbe = null;
  }
}

async function readSign(subject: string, asked: Promise<Msg>): Promise<Sign> {
  const ofStreams = asksJetStream(subject);
  try {
    const answer = await asked;
    if (!ofStreams) return { kind: "none" };
    const complaint = complaintOf(answer);
    return complaint === null ? { kind: "served" } : { kind: "failed", detail: `${subject}: ${complaint}` };
  } catch (thrown) {
    const { RequestError, TimeoutError } = await import("@nats-io/transport-node");
    const nobodyThere = thrown instanceof RequestError && thrown.isNoResponders();
    if (!ofStreams) return { kind: nobodyThere ? "doubtful" : "none" };
    if (nobodyThere) return { kind: "failed", detail: `${subject}: nobody is there` };
    return thrown instanceof TimeoutError
      ? { kind: "failed", detail: `${subject}: no answer` }
      : { kind: "none" };
  }
}

const answerOfJetStream = z.object({
  error: z.object({ code: z.number(), description: z.string().default("") }).optional(),
  cluster: z.object({ leader: z.string().default("") }).optional(),
});
/** From here on JetStream's errors speak of itself, such as "no leader"; below, of what was asked, and only a leader knows that. */
const itsOwnFault = 500;

/** What an answer of JetStream complains of; null: it comes from a leader. A stream is described without one as well. */
function complaintOf({ data }: Msg): string | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data).toString("utf8"));
  } catch {
    return null;
  }
  const { error, cluster } = answerOfJetStream.safeParse(value).data ?? {};
  if (error !== undefined && error.code >= itsOwnFault) return error.description;
  return cluster?.leader === "" ? "there is no leader" : null;
}

interface WatchParts {
  readonly clock: Clock;
  /** What is asked of JetStream to find out whether it answers: a subject that this participant may ask. Null: nothing is. */
  readonly probe: string | null;
  /** A number from 0 to 1, another one each time. */
  chance(): number;
  /** The bus server is to be left; what failed last. */
  leave(detail: string): void;
}
