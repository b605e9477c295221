import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { connect, createSecureContext } from "node:tls";

/*
 * Sends webhooks at a steady rate, each over a connection and a full TLS handshake of its own as the CA does, until
 * standard input is closed; then prints one JSON line with what became of them. It speaks HTTP by hand, because on a small
 * machine Node's client takes more of the processor than the service it calls. Run on the server itself:
 *   node webhook-load.ts ADDRESS RATE CERTIFICATE FIRST-ID
 */

const [address = "", rate = "", certificate = "", firstId = "0"] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(address);
const secureContext = createSecureContext({ ca: readFileSync(certificate, "utf8") });
const outcomes = new Map<string, number>();
const accepted: number[] = [];
/** Answers that nobody expects, to find out why. */
const strange: object[] = [];
const running = new Set<Promise<void>>();
const patience = 60_000;
let next = Number(firstId);
let slowest = 0;

function send(id: number): Promise<void> {
  const begin = performance.now();
  return new Promise((resolve) => {
    let answer = "";
    let problem: NodeJS.ErrnoException | null = null;
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, secureContext });
    socket.setTimeout(patience, () => socket.destroy(new Error("no answer in time")));
    socket.on("secureConnect", () => {
      socket.write(
        `GET ${pathname}?RequestId=${id}&Status=Updated&State=CSR HTTP/1.1\r\nhost: ${hostname}:${port}\r\nconnection: close\r\n\r\n`,
      );
    });
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      problem = error;
    });
    socket.on("close", () => {
      const after = Math.round(performance.now() - begin);
      slowest = Math.max(slowest, after);
      const outcome = outcomeOf(answer, problem);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome === "200") accepted.push(id);
      else strange.push({ id, after, answer: answer.slice(0, 500), problem: String(problem) });
      resolve();
    });
  });
}

/** The status of a whole answer; else what kept it from coming. */
function outcomeOf(answer: string, problem: NodeJS.ErrnoException | null): string {
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? [];
  if (status === "200" && !answer.endsWith("\r\n\r\nOK")) return "cut short";
  return status ?? problem?.code ?? problem?.message ?? "closed without an answer";
}

/** By the clock and not by ticks: a busy machine delivers those late, and the rate would be less than was asked for. */
let sent = 0;
/** A sender has an end to its connections too; on a machine that falls behind, more of them would only time out. */
const mostOpen = 400;
const begun = performance.now();
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - begun) / 1000) * Number(rate));
  for (; sent < due && running.size < mostOpen; sent += 1) {
    next += 1;
    const one = send(next);
    running.add(one);
    void one.finally(() => running.delete(one));
  }
}, 5);

console.log("sending");
createInterface({ input: process.stdin }).on("close", async () => {
  clearInterval(timer);
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(running);
  console.log(
    JSON.stringify({
      outcomes: Object.fromEntries(outcomes),
      accepted,
      perSecond: Math.round(sent / seconds),
      slowest,
      strange: strange.slice(0, 20),
    }),
  );
});
