import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { AddressList } from "./source-address.ts";

/** Connections in all, and for senders that are not on the list; the difference is kept for those that are. */
const maxConnections = 1024;
const maxStrangers = 512;
const maxPerStranger = 16;
/**
 * Whoever has not sent a whole request after this time, its TLS handshake included, is cut off (spec reliability T-05: ten seconds,
 * less a margin for a busy machine). A later request on the same connection has as long from the answer before it.
 */
const patience = 7_500;
/** How often that is looked at, while anybody is there; an idle listener lets the processor sleep. */
const lookEvery = 250;
/** A look that comes later than this after the one before was kept away by work of our own. */
const punctual = 2 * lookEvery;

interface Guest {
  readonly socket: Socket;
  readonly known: boolean;
  /** On the clock of its kind: when it began to owe us a request. */
  since: number;
  /** The request that it has begun to send, or waits for the answer of. */
  request: IncomingMessage | null;
}

/**
 * Lets senders on the list in before all others, however many connections strangers hold, and sends away whoever holds one
 * without using it (spec reliability T-05). For senders on the list, time does not count in which we were too busy to read what they
 * had sent: after a restart under load hundreds of handshakes wait for us, and none of them is slow.
 */
export class ConnectionGate {
  private readonly trusted: readonly AddressList[];
  private readonly clock: Clock;
  private readonly onCut: (source: string) => void;
  private readonly guests = new Map<string, Guest>();
  private readonly strangers = new Map<string, number>();
  private strange = 0;
  private lastLook = 0;
  /** Milliseconds in which somebody was here and we were there to read. */
  private attentive = 0;
  private looking = false;

  constructor(trusted: readonly AddressList[], clock: Clock, onCut: (source: string) => void) {
    this.trusted = trusted;
    this.clock = clock;
    this.onCut = onCut;
  }

  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.admit(socket));
    // Before the one that answers, which may do so at once.
    server.prependListener("request", (request, response) => {
      const guest = this.guests.get(nameOf(request.socket));
      if (guest === undefined) return;
      guest.request = request;
      response.once("close", () => {
        guest.request = null;
        guest.since = this.timeOf(guest);
      });
    });
  }

  private admit(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const known = this.trusted.some((list) => list.has(address));
    const held = this.strangers.get(address) ?? 0;
    const full =
      this.guests.size >= maxConnections ||
      (!known && (this.strange >= maxStrangers || held >= maxPerStranger));
    if (full) {
      socket.destroy();
      return;
    }
    this.look();
    const name = nameOf(socket);
    const guest = { socket, known, since: 0, request: null };
    guest.since = this.timeOf(guest);
    this.guests.set(name, guest);
    if (!known) {
      this.strange += 1;
      this.strangers.set(address, held + 1);
    }
    socket.once("close", () => {
      this.guests.delete(name);
      if (known) return;
      this.strange -= 1;
      const left = (this.strangers.get(address) ?? 1) - 1;
      if (left <= 0) this.strangers.delete(address);
      else this.strangers.set(address, left);
    });
  }

  private timeOf({ known }: Guest): number {
    return known ? this.attentive : this.clock.monotonic();
  }

  /** Goes on by itself for as long as there are guests. */
  private look(): void {
    if (this.looking) return;
    this.looking = true;
    this.lastLook = this.clock.monotonic();
    this.clock.after(lookEvery, () => {
      this.looking = false;
      this.attentive += Math.min(this.clock.monotonic() - this.lastLook, punctual);
      for (const guest of this.guests.values()) {
        // What has come as a whole waits for us.
        if (guest.request?.complete === true || this.timeOf(guest) - guest.since < patience) continue;
        this.onCut(guest.socket.remoteAddress ?? "");
        guest.socket.destroy();
      }
      if (this.guests.size > 0) this.look();
    });
  }
}

/** The same for a connection and for the TLS that runs over it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
