import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";

/*
 * Clients that hold a connection and never finish (spec reliability T-05, §5 rows 6 and 7): none may stay longer than ten
 * seconds, and the CA has to be served meanwhile.
 */

export type SlowKind =
  | "says nothing"
  | "half a handshake"
  | "handshake, then nothing"
  | "headers byte by byte"
  | "body byte by byte"
  | "second request byte by byte";

export interface SlowClient {
  readonly kind: SlowKind;
  /** Null: there was no connection, because nobody listens. Whoever is turned away at the door is gone within milliseconds. */
  readonly heldMs: number | null;
}

const kinds: readonly SlowKind[] = [
  "says nothing",
  "half a handshake",
  "handshake, then nothing",
  "headers byte by byte",
  "body byte by byte",
  "second request byte by byte",
];
/** The first bytes of any ClientHello: a record of 512 bytes is announced. */
const helloBegin = Buffer.from("16030102000100", "hex");
const dripEvery = 300;
/** The longest that any may stay (spec reliability T-05). */
const longest = 10_000;
const leastServed = 10;

/** Opens one; resolves when the other side has ended it. Only an allowed source gets as far as a body. */
export async function slowClient(
  kind: SlowKind,
  port: number,
  from: string,
  path: string,
): Promise<SlowClient> {
  const begin = performance.now();
  const socket = connect({ host: "127.0.0.1", port, localAddress: from });
  socket.on("error", () => undefined);
  socket.resume();
  const closed = once(socket, "close").catch(() => undefined);
  const connected = await Promise.race([
    once(socket, "connect").then(
      () => true,
      () => false,
    ),
    closed.then(() => false),
  ]);
  if (connected) hold(kind, socket, path);
  await closed;
  const heldMs = performance.now() - begin;
  return { kind, heldMs: connected ? heldMs : null };
}

function hold(kind: SlowKind, socket: Socket, path: string): void {
  if (kind === "says nothing") return;
  if (kind === "half a handshake") {
    socket.write(helloBegin);
    return;
  }
  const secure = connectTls({ socket, rejectUnauthorized: false });
  secure.on("error", () => undefined);
  secure.resume();
  if (kind === "handshake, then nothing") return;
  const line = "Host: x\r\n";
  if (kind === "headers byte by byte") {
    secure.write(`GET ${path} HTTP/1.1\r\n${line}X-A: `);
  } else if (kind === "body byte by byte") {
    secure.write(
      `POST ${path} HTTP/1.1\r\n${line}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\nRequestId=`,
    );
  } else {
    secure.write(`GET /healthz HTTP/1.1\r\n${line}\r\nGET ${path} HTTP/1.1\r\n${line}X-A: `);
  }
  drip(secure);
}

function drip(socket: TLSSocket): void {
  const timer = setInterval(() => {
    if (socket.destroyed || !socket.writable) clearInterval(timer);
    else socket.write("1");
  }, dripEvery);
  socket.once("close", () => clearInterval(timer));
}

export interface Siege {
  readonly clients: readonly SlowClient[];
  /** Milliseconds that each webhook of an allowed source took meanwhile, handshake included. */
  readonly served: readonly number[];
  /** Those that got anything but 200. */
  readonly unserved: number;
}

/** Whoever was let in and sent away as too slow stayed longer than this. */
const letIn = 3_000;
/** Beyond the limit for strangers some are turned away at the door; of each kind so many have to get in to show anything. */
const leastLetIn = 0.5;

/** What is wrong: a client that stayed too long, a webhook that was not taken, or a siege that was none. */
export function faultsOf({ clients, served, unserved }: Siege): string[] {
  const faults: string[] = [];
  for (const kind of kinds) {
    const own = clients.filter((client) => client.kind === kind);
    const held = own.flatMap(({ heldMs }) => heldMs ?? []);
    if (held.length < own.length)
      faults.push(`${own.length - held.length} of those with “${kind}” met nobody`);
    const inside = held.filter((ms) => ms > letIn).length;
    if (inside === 0 || inside < leastLetIn * own.length)
      faults.push(`of ${own.length} with “${kind}” only ${inside} were let in`);
    const late = held.filter((ms) => ms > longest).length;
    if (late > 0) faults.push(`${late} with “${kind}” stayed longer than ${longest / 1_000} s`);
  }
  if (unserved > 0) faults.push(`${unserved} webhooks were not answered with 200`);
  if (served.length < leastServed) faults.push(`no more than ${served.length} webhooks were answered`);
  return faults;
}

/** So many slow clients of every kind, from many addresses, while an allowed source brings a webhook every 50 ms. */
export async function besiege(
  port: number,
  path: string,
  count: number,
  webhook: () => Promise<number>,
): Promise<Siege> {
  const clients = Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as SlowKind;
    const allowed = kind === "body byte by byte";
    // Of an allowed source only a few: that one is trusted not to fill the house.
    if (allowed && index >= 60) return slowClient("says nothing", port, `127.0.0.${2 + (index % 250)}`, path);
    return slowClient(kind, port, allowed ? "127.0.0.1" : `127.0.0.${2 + (index % 250)}`, path);
  });
  const all = Promise.all(clients);
  let held = true;
  void all.then(() => {
    held = false;
  });
  const served: number[] = [];
  let unserved = 0;
  while (held) {
    const begin = performance.now();
    const status = await webhook();
    if (status === 200) served.push(performance.now() - begin);
    else unserved += 1;
    await pause(50);
  }
  return { clients: await all, served, unserved };
}
