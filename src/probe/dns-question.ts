import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

const timeout = 3_000;
const tries = 2;
const typeA = 1;
const servFail = 2;

/**
 * Asks a resolver one question with or without its checking of signatures (the CD bit, RFC 4035 §3.2.2), which the
 * system's resolver library can't. Returns the response code; null when no answer came.
 */
export async function askResolver(
  server: string,
  name: string,
  checkingDisabled: boolean,
): Promise<number | null> {
  for (let turn = 0; turn < tries; turn += 1) {
    const code = await askOnce(server, name, checkingDisabled);
    if (code !== null) return code;
  }
  return null;
}

/** Signatures are broken when a resolver answers only to those who do not want them checked. */
export async function dnssecOf(server: string, name: string): Promise<"fine" | "broken" | "unknown"> {
  const checked = await askResolver(server, name, false);
  if (checked === null) return "unknown";
  if (checked !== servFail) return "fine";
  const unchecked = await askResolver(server, name, true);
  return unchecked === null || unchecked === servFail ? "unknown" : "broken";
}

function askOnce(server: string, name: string, checkingDisabled: boolean): Promise<number | null> {
  const { host, port } = readServer(server);
  const id = randomInt(0x10000);
  return new Promise((resolve) => {
    const socket = createSocket({
      type: isIPv6(host) ? "udp6" : "udp4",
      signal: AbortSignal.timeout(timeout),
    });
    socket.once("close", () => resolve(null));
    socket.once("error", () => socket.close());
    socket.on("message", (message, from) => {
      // Only an answer to this question, from whom we asked.
      if (from.port !== port || message.length < 12 || message.readUInt16BE(0) !== id) return;
      if ((message[2] ?? 0) < 0x80) return;
      resolve((message[3] ?? 0) & 0x0f);
      socket.close();
    });
    socket.send(question(id, name, checkingDisabled), port, host);
  });
}

function question(id: number, name: string, checkingDisabled: boolean): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  // Recursion desired; CD is the fifth bit of the second byte.
  header.writeUInt16BE(0x0100 | (checkingDisabled ? 0x0010 : 0), 2);
  header.writeUInt16BE(1, 4);
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label, "ascii")]));
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, typeA, 0, 1])]);
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`. */
function readServer(server: string): { host: string; port: number } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(server);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: Number(bracketed[2] ?? 53) };
  const [host = "", port] = isIPv6(server) ? [server] : server.split(":");
  return { host, port: Number(port ?? 53) };
}
