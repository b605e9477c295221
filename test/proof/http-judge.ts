import { connect } from "node:net";
import { systemClock } from "../../src/clock.ts";
import { silentLog } from "../../src/logging.ts";
import {
  openWebhookListener,
  type ReceivedHint,
  type WebhookListener,
} from "../../src/webhook/webhook-listener.ts";

/** Without an input for so long the listener is closed, because a process ends when nothing listens any more. */
const patience = 3_000;
/** Milliseconds: ten seconds, and as much again for a busy machine. */
const longest = 20_000;

/**
 * Judges raw streams by a listener on this machine: a 200 for each kept hint and for nothing else, and no hint that a reader
 * who takes HTTP by the letter (RFC 9112) does not find in its turn.
 */
export function openHttpJudge(): (stream: Buffer) => Promise<void> {
  let kept: ReceivedHint[] = [];
  let opened: Promise<WebhookListener> | null = null;
  let closing: NodeJS.Timeout | undefined;
  return async (stream) => {
    clearTimeout(closing);
    opened ??= openListener((hints) => kept.push(...hints));
    const listener = await opened;
    kept = [];
    const checksBefore = listener.healthChecks;
    const answer = await exchange(listener.ports[0] ?? 0, stream);
    closing = setTimeout(() => {
      opened = null;
      void listener.close();
    }, patience);
    judge(stream, answer, kept, listener.healthChecks - checksBefore);
  };
}

function openListener(keep: (hints: readonly ReceivedHint[]) => void): Promise<WebhookListener> {
  return openWebhookListener(
    {
      inherited: [],
      listen: ["127.0.0.1:0"],
      path: "/webhook",
      token: null,
      certificate: null,
      allowedSources: ["127.0.0.1"],
      trustedProxies: [],
    },
    { accept: keep },
    { clock: systemClock, log: silentLog },
  );
}

function judge(stream: Buffer, answer: string, kept: readonly ReceivedHint[], checks: number): void {
  const yes = [...answer.matchAll(/HTTP\/1\.1 200 /g)].length;
  // The connection may be cut before the last answer; more answers than hints there can't be.
  if (yes > kept.length + checks) throw new Error(`${yes} times 200 for ${kept.length} hints`);
  if (/\n\s+at /.test(answer)) throw new Error("a stack trace was sent");
  const named = readByTheLetter(stream);
  for (const { requestId } of kept) {
    // Those before it were refused.
    const at = named.indexOf(String(requestId));
    if (at < 0) throw new Error(`hint ${requestId} was kept, and nothing names it`);
    named.splice(0, at + 1);
  }
}

/** All that is answered. Fails when the connection is still there after the time in which anybody is to be gone (T-05). */
function exchange(port: number, stream: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect({ port, host: "127.0.0.1" });
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`not closed within ${longest} ms; answered ${JSON.stringify(received)}`));
    }, longest);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(late);
      resolve(received);
    });
    socket.end(stream);
  });
}

/** The numbers that the requests of a stream name, for as long as each is one that a webhook may be. */
function readByTheLetter(stream: Buffer): string[] {
  const found: string[] = [];
  let rest = stream.toString("latin1");
  for (;;) {
    // Empty lines before a request are passed over (RFC 9112 §2.2).
    rest = rest.replace(/^(?:\r\n)+/, "");
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) return found;
    const [line = "", ...fields] = rest.slice(0, end).split("\r\n");
    // Several spaces may stand where one must (RFC 9112 §3).
    const [, method, target = "", minor] = /^([A-Z]+) +(\S+) +HTTP\/1\.([01])$/.exec(line) ?? [];
    const headers = fields.map((field) => /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(field));
    if (method === undefined || headers.includes(null)) return found;
    const named = (name: string): string[] =>
      headers.filter((field) => field?.[1]?.toLowerCase() === name).map((field) => field?.[2] ?? "");
    const lengths = new Set(named("content-length"));
    if (named("transfer-encoding").length > 0 || lengths.size > 1) return found;
    if (named("host").length !== 1 && minor === "1") return found;
    const [length = "0"] = lengths;
    if (!/^\d+$/.test(length)) return found;
    const body = rest.slice(end + 4, end + 4 + Number(length));
    if (body.length < Number(length)) return found;
    rest = rest.slice(end + 4 + Number(length));
    const [path, query = ""] = target.split(/\?(.*)/s);
    if (path !== "/webhook" || (method !== "GET" && method !== "POST")) continue;
    const encoded = method === "GET" ? query : Buffer.from(body, "latin1").toString("utf8");
    const id = [...new URLSearchParams(encoded)].find(([name]) => name.toLowerCase() === "requestid")?.[1];
    if (id !== undefined) found.push(id);
  }
}
