import { createSocket } from "node:dgram";
import type { AddressInfo, Socket, Server as TcpServer } from "node:net";
import { createServer } from "node:net";
import * as dnsPacket from "dns-packet";
import type { ZoneRecord } from "./zone-record.ts";

/** What a lookup answers; `drop` leaves the client waiting, as a dead or overloaded server does (F-37). */
export type DnsAnswer =
  | {
      rcode?: "NOERROR" | "NXDOMAIN" | "SERVFAIL" | "REFUSED" | "NOTIMP";
      answers?: readonly ZoneRecord[];
      authorities?: readonly ZoneRecord[];
      /** Clears the AA flag; a test that demands an authoritative answer can then see itself refused. */
      authoritative?: boolean;
    }
  | { drop: true };

export interface DnsQuery {
  /** Lower case, without the closing dot. */
  name: string;
  /** `A`, `AAAA`, `CNAME`, `TXT`, … */
  type: string;
  transport: "udp" | "tcp";
}

export interface DnsServerOptions {
  /** 0 or absent: any free port, the same one on UDP and TCP. */
  port?: number;
  /** Loopback address to listen on; 127.0.0.1 when absent. */
  address?: string;
  /** Called for every question, so records can change between two of them. `name` as in {@link DnsQuery}. */
  lookup: (name: string, type: string) => DnsAnswer | Promise<DnsAnswer>;
}

export interface DnsServer {
  port: number;
  address: string;
  /** `address:port`, the form the `dns.servers` setting and `dns.Resolver.setServers` take. */
  server: string;
  /** Every question received, oldest first; a test may empty it with `queries.length = 0`. */
  queries: DnsQuery[];
  stop(): Promise<void>;
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** RFC 1035 §4.2.1: what a client without EDNS accepts over UDP. */
const plainUdpBytes = 512;

/** An authoritative name server on loopback, UDP and TCP, for tests and labs; it recurses for nobody. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const address = options.address ?? "127.0.0.1";
  const queries: DnsQuery[] = [];
  const connections = new Set<Socket>();

  async function reply(message: Buffer, transport: "udp" | "tcp"): Promise<Buffer | undefined> {
    const packet = readQuery(message);
    if (packet === undefined) return undefined;
    const question = packet.questions?.[0];
    if (question === undefined) return undefined;
    const name = question.name.toLowerCase().replace(/\.$/, "");
    queries.push({ name, type: question.type, transport });
    let answer: DnsAnswer;
    try {
      answer = await options.lookup(name, question.type);
    } catch {
      answer = { rcode: "SERVFAIL" };
    }
    if ("drop" in answer) return undefined;
    const response = encodeResponse(packet, answer, false);
    const limit = transport === "tcp" ? 65_535 : udpLimit(packet);
    return response.length > limit ? encodeResponse(packet, answer, true) : response;
  }

  const { udp, tcp, port } = await listenOnBoth(address, options.port ?? 0);
  udp.on("message", (message, peer) => {
    void reply(message, "udp").then((response) => {
      if (response !== undefined && !stopped) udp.send(response, peer.port, peer.address);
    });
  });
  tcp.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy());
    answerFramedQueries(socket, (message) => reply(message, "tcp"));
  });

  let stopped = false;
  return {
    port,
    address,
    server: address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    queries,
    async stop() {
      if (stopped) return;
      stopped = true;
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

function readQuery(message: Buffer): dnsPacket.DecodedPacket | undefined {
  try {
    const packet = dnsPacket.decode(message);
    return packet.type === "query" ? packet : undefined;
  } catch {
    return undefined;
  }
}

function udpLimit(query: dnsPacket.Packet): number {
  const edns = query.additionals?.find((record) => record.type === "OPT");
  return edns?.type === "OPT" ? Math.max(plainUdpBytes, edns.udpPayloadSize) : plainUdpBytes;
}

function encodeResponse(
  query: dnsPacket.Packet,
  answer: Exclude<DnsAnswer, { drop: true }>,
  truncated: boolean,
): Buffer {
  const flags =
    rcodes[answer.rcode ?? "NOERROR"] |
    (answer.authoritative === false ? 0 : dnsPacket.AUTHORITATIVE_ANSWER) |
    (truncated ? dnsPacket.TRUNCATED_RESPONSE : 0) |
    ((query.flags ?? 0) & dnsPacket.RECURSION_DESIRED);
  return dnsPacket.encode({
    type: "response",
    id: query.id,
    flags,
    questions: query.questions,
    answers: truncated ? [] : (answer.answers ?? []).map(toWire),
    authorities: truncated ? [] : (answer.authorities ?? []).map(toWire),
  });
}

/** One TXT character-string holds 255 bytes at most (RFC 1035 §3.3.14). */
const txtStringBytes = 255;

function toWire(record: ZoneRecord): dnsPacket.Answer {
  const head = { name: record.name.replace(/\.$/, ""), ttl: record.ttl ?? 300 };
  if (record.type === "TXT") {
    const bytes = Buffer.from(record.data, "utf8");
    const strings: Buffer[] = [];
    for (let start = 0; start === 0 || start < bytes.length; start += txtStringBytes) {
      strings.push(bytes.subarray(start, start + txtStringBytes));
    }
    return { ...head, type: "TXT", data: strings };
  }
  if (record.type === "CNAME" || record.type === "NS") {
    return { ...head, type: record.type, data: record.data.replace(/\.$/, "") };
  }
  return { ...head, ...recordData(record) } as dnsPacket.Answer;
}

function recordData(record: ZoneRecord): { type: string; data: unknown } {
  return { type: record.type, data: record.data };
}

/** TCP frames carry a two-byte length (RFC 1035 §4.2.2); several queries may share one connection. */
function answerFramedQueries(socket: Socket, reply: (message: Buffer) => Promise<Buffer | undefined>): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const length = pending.readUInt16BE(0);
      if (pending.length < 2 + length) return;
      const message = pending.subarray(2, 2 + length);
      pending = pending.subarray(2 + length);
      void reply(message).then((response) => {
        if (response === undefined || socket.destroyed) return;
        const frame = Buffer.alloc(2);
        frame.writeUInt16BE(response.length);
        socket.write(Buffer.concat([frame, response]));
      });
    }
  });
}

/** A free UDP port may be taken on TCP, so a port that was not asked for by number is tried again. */
async function listenOnBoth(
  address: string,
  wanted: number,
): Promise<{ udp: ReturnType<typeof createSocket>; tcp: TcpServer; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const tcp = createServer();
    const port = await listenTcp(tcp, address, wanted);
    const udp = createSocket(address.includes(":") ? "udp6" : "udp4");
    try {
      await bindUdp(udp, address, port);
      return { udp, tcp, port };
    } catch (cause) {
      udp.close();
      await new Promise((resolve) => tcp.close(resolve));
      if (wanted !== 0 || attempt === 10) throw cause;
    }
  }
}

function listenTcp(server: TcpServer, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function bindUdp(socket: ReturnType<typeof createSocket>, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}
