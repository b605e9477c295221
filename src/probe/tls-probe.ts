import { X509Certificate } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import type { ErrorCode } from "../errors.ts";
import { buildChain, type Certificate, parseCertificates, type TrustedRoots } from "../model/certificate.ts";
import type { HostName } from "../model/host-name.ts";
import type { Served } from "../model/installation.ts";

export interface TlsTarget {
  readonly address: string;
  readonly port: number;
  /** Sent as SNI. */
  readonly name: HostName;
  /** Talk SMTP first and ask for TLS (port 587). */
  readonly startTls?: "smtp";
}

const timeout = 5_000;
let shared: SecureContext | null = null;

/** One for all handshakes, and without roots: what is served is judged by `buildChain`, so OpenSSL need not. */
function secureContext(): SecureContext {
  shared ??= createSecureContext({ minVersion: "TLSv1.2", ca: [] });
  return shared;
}

/**
 * One handshake, judged by ourselves: nothing is trusted on the way, because a wrong certificate is just what has to be
 * seen. `complete` is true when what the server sent leads to a trusted root without a gap. Never throws.
 */
export async function probeTls(target: TlsTarget, roots: TrustedRoots, now: Date): Promise<Served> {
  const { leaf, complete, problem } = await probeCertificate(target, roots, now);
  const { address, port, name } = target;
  return { address, port, name, fingerprint: leaf?.fingerprint ?? null, complete, problem };
}

/** The same with the certificate itself. */
export async function probeCertificate(
  target: TlsTarget,
  roots: TrustedRoots,
  now: Date,
): Promise<{ leaf: Certificate | null; complete: boolean; problem: ErrorCode | null }> {
  let socket: TLSSocket | null = null;
  try {
    socket = await handshake(target);
    const [leaf, ...sent] = sentCertificates(socket).flatMap((der) => parseCertificates(der));
    if (leaf === undefined) return { leaf: null, complete: false, problem: "tls-refused" };
    return { leaf, complete: buildChain(leaf, sent, roots, now).complete, problem: null };
  } catch (error) {
    return { leaf: null, complete: false, problem: problemOf(error) };
  } finally {
    socket?.destroy();
  }
}

/**
 * The chain as the server sent it: without roots of its own, OpenSSL has nothing to complete it from. A root that the server
 * sent is left out, as `buildChain` would.
 */
function sentCertificates(socket: TLSSocket): Buffer[] {
  const found: Buffer[] = [];
  const seen = new Set<string>();
  let current = socket.getPeerCertificate(true) as ReturnType<TLSSocket["getPeerCertificate"]> & {
    issuerCertificate?: { raw?: Buffer; fingerprint256?: string };
  };
  while (current?.raw !== undefined && !seen.has(current.fingerprint256)) {
    seen.add(current.fingerprint256);
    if (!isRoot(current.raw) || found.length === 0) found.push(current.raw);
    current = current.issuerCertificate as typeof current;
  }
  return found;
}

function isRoot(der: Buffer): boolean {
  const parsed = new X509Certificate(der);
  return parsed.subject === parsed.issuer;
}

function handshake(target: TlsTarget): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const raw = connectTcp({ host: target.address, port: target.port });
    let secure: TLSSocket | null = null;
    const fail = (error: unknown): void => {
      secure?.destroy();
      raw.destroy();
      reject(error);
    };
    raw.setTimeout(timeout, () => fail(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
    raw.once("error", fail);
    raw.once("connect", () => {
      const ready = target.startTls === "smtp" ? askForTls(raw) : Promise.resolve();
      ready
        .then(() => {
          raw.off("error", fail);
          const socket = connectTls({
            socket: raw,
            servername: target.name,
            rejectUnauthorized: false,
            secureContext: secureContext(),
          });
          secure = socket;
          socket.once("error", fail);
          socket.once("secureConnect", () => {
            socket.off("error", fail);
            socket.on("error", () => undefined);
            resolve(socket);
          });
        })
        .catch(fail);
    });
  });
}

/** The few lines of SMTP before TLS (RFC 3207): greeting, EHLO, STARTTLS. */
async function askForTls(socket: Socket): Promise<void> {
  await reply(socket, 220);
  socket.write("EHLO localhost\r\n");
  await reply(socket, 250);
  socket.write("STARTTLS\r\n");
  await reply(socket, 220);
}

function reply(socket: Socket, expected: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const last = /^(\d{3}) [^\n]*\n$/m.exec(text);
      if (last === null && text.length < 4096) return;
      socket.off("data", onData);
      if (Number(last?.[1]) === expected) resolve();
      else reject(new Error("the mail server does not offer TLS"));
    };
    socket.on("data", onData);
    socket.once("close", () => reject(new Error("closed")));
  });
}

const networkCodes = ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EADDRNOTAVAIL", "EINVAL"];

function problemOf(error: unknown): ErrorCode {
  const { code } = error as NodeJS.ErrnoException;
  return networkCodes.includes(code ?? "") ? "tls-unreachable" : "tls-refused";
}
