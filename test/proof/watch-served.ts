import { createHash, X509Certificate } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";

/** What one handshake showed. `verified`: name, dates and chain hold against the given root, judged by OpenSSL. */
export interface Look {
  readonly at: number;
  readonly fingerprint: string | null;
  readonly verified: boolean;
  readonly notAfter: number;
  readonly problem: string | null;
}

/**
 * A handshake is waited for over so many turns of so many milliseconds. Where our own process stands still, which is many labs at
 * once, that is one turn, and not a web server that does not answer.
 */
const turns = 50;
const turnMs = 100;

/** One handshake with verification by OpenSSL against `ca` alone; never throws. */
export function look(address: string, port: number, name: string, ca: string): Promise<Look> {
  return new Promise((resolve) => {
    const at = performance.now();
    const socket = connect({ host: address, port, servername: name, ca, rejectUnauthorized: false });
    const done = (problem: string | null): void => {
      clearInterval(patience);
      const der = socket.getPeerCertificate?.()?.raw;
      const verified = problem === null && socket.authorized;
      socket.destroy();
      resolve({
        at,
        fingerprint: der === undefined ? null : createHash("sha256").update(der).digest("hex"),
        verified,
        notAfter: der === undefined ? 0 : new X509Certificate(der).validToDate.getTime(),
        problem,
      });
    };
    let left = turns;
    const patience = setInterval(() => {
      left -= 1;
      if (left === 0) done("no answer in time");
    }, turnMs);
    socket.once("error", (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    socket.once("secureConnect", () => done(null));
  });
}

/** Makes handshakes one after the other until it is stopped. */
export class ServedWatch {
  readonly looks: Look[] = [];
  private running = true;
  private readonly loop: Promise<void>;

  constructor(address: string, port: number, name: string, ca: string, everyMs: number) {
    this.loop = this.run(address, port, name, ca, everyMs);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.loop;
  }

  private async run(address: string, port: number, name: string, ca: string, everyMs: number): Promise<void> {
    while (this.running) {
      this.looks.push(await look(address, port, name, ca));
      await pause(everyMs);
    }
  }
}
