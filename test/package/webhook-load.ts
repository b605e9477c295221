import { readFileSync } from "node:fs";
import { request } from "node:https";
import { createInterface } from "node:readline";

/*
 * Sends webhooks at a steady rate, each over a connection of its own as the CA does, until standard input is closed; then
 * prints one JSON line with what became of them. Run on the server itself:
 *   node webhook-load.ts ADDRESS RATE CERTIFICATE
 */

const [address = "", rate = "", certificate = ""] = process.argv.slice(2);
const ca = readFileSync(certificate, "utf8");
const outcomes = new Map<string, number>();
const accepted: number[] = [];
/** Answers that nobody expects, to find out why. */
const strange: object[] = [];
const running = new Set<Promise<void>>();
const patience = 60_000;
let next = 900_000_000;
let slowest = 0;

function send(id: number): Promise<void> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const done = (outcome: string): void => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      slowest = Math.max(slowest, performance.now() - begin);
      resolve();
    };
    const url = `${address}?RequestId=${id}&Status=Updated&State=CSR`;
    const call = request(url, { ca, agent: false, timeout: patience, headers: { connection: "close" } });
    call.on("response", (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      response.on("end", () => {
        if (response.statusCode === 200) accepted.push(id);
        else
          strange.push({ id, after: Math.round(performance.now() - begin), head: response.rawHeaders, body });
        done(String(response.statusCode));
      });
      response.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    call.end();
  });
}

/** By the clock and not by ticks: a busy machine delivers those late, and the rate would be less than was asked for. */
let sent = 0;
/** A sender has an end to its connections too; without one, a machine that falls behind never catches up. */
const mostOpen = 200;
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
  await Promise.all(running);
  console.log(
    JSON.stringify({
      outcomes: Object.fromEntries(outcomes),
      accepted,
      slowest: Math.round(slowest),
      strange: strange.slice(0, 20),
    }),
  );
});
