import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Fault, WireReply } from "./faults.ts";

const dripEveryMs = 100;
const endlessChunk = Buffer.alloc(16 * 1024, "x");

export function sendReply(response: ServerResponse, reply: WireReply): void {
  response.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
  response.end(reply.body);
}

/**
 * Sends with the disturbance of a fault; false when the fault does not disturb the sending. `reset` sends a TCP
 * reset, which the TLS socket at hand cannot do by itself.
 */
export function sendDisturbed(
  response: ServerResponse,
  fault: Fault,
  reply: WireReply,
  reset: (socket: Socket) => void,
): boolean {
  const socket = response.socket;
  if (socket === null) return true;
  switch (fault.kind) {
    case "reset-before":
    case "reset-after":
      reset(socket);
      return true;
    case "hang":
      return true;
    case "half-body":
      response.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
      response.write(reply.body.subarray(0, Math.floor(reply.body.length / 2)), () => socket.destroy());
      return true;
    case "short-content-length":
      sendRaw(socket, reply, Math.max(0, reply.body.length - 10));
      return true;
    case "slow-drip":
      drip(response, reply, fault.everyMs ?? dripEveryMs, fault.bytes ?? 1);
      return true;
    case "endless":
      pour(response, reply);
      return true;
    default:
      return false;
  }
}

/** Past node's HTTP writer, which refuses to lie about a length. */
function sendRaw(socket: Socket, reply: WireReply, announcedLength: number): void {
  const headers = Object.entries({ ...reply.headers, "content-length": String(announcedLength) });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(`HTTP/1.1 ${reply.status} OK\r\n${head}\r\n`);
  socket.end(reply.body);
}

function drip(response: ServerResponse, reply: WireReply, everyMs: number, bytes: number): void {
  response.writeHead(reply.status, { ...reply.headers, "content-length": reply.body.length });
  response.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    response.write(reply.body.subarray(sent, sent + bytes));
    sent += bytes;
    if (sent < reply.body.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.on("close", () => clearInterval(timer));
}

function pour(response: ServerResponse, reply: WireReply): void {
  response.writeHead(reply.status, reply.headers);
  response.write(reply.body);
  const more = (): void => {
    while (!response.destroyed && response.write(endlessChunk));
  };
  response.on("drain", more);
  more();
}
