import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { type RequestOptions as HttpsOptions, request as requestHttps } from "node:https";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Clock } from "../clock.ts";
import { asCodedError, CodedError } from "../errors.ts";
import { request as requestHttp } from "../node-http.ts";
import type { Settings } from "../settings.ts";
import type { Check } from "./doctor.ts";

const syncs = 25;
/** Milliseconds. A disk that really writes needs more; so does a battery-backed cache behind a bus. */
const fastestSync = 0.02;
const slowestSync = 100;

/**
 * How long the disk takes to make a small write safe. Storage that answers at once has only promised, and a power cut
 * takes webhooks along that were answered with 200 (spec reliability §6).
 */
export function syncCheck(stateDir: string, clock: Clock): Check {
  return {
    name: "Disk safety",
    async try() {
      const middle = measureSync(join(stateDir, "sync-probe"), clock);
      const said = `a write is safe after ${middle < 1 ? middle.toFixed(3) : middle.toFixed(0)} ms`;
      if (middle < fastestSync) throw new CodedError("sync-implausible", { detail: said });
      if (middle > slowestSync) throw new CodedError("sync-slow", { detail: said });
      return said;
    },
  };
}

/** The middle of several, because one alone may wait for somebody else's. */
function measureSync(path: string, clock: Clock): number {
  const handle = openSync(path, "w", 0o600);
  try {
    const times: number[] = [];
    for (let turn = 0; turn < syncs; turn += 1) {
      const begin = clock.monotonic();
      writeSync(handle, "probe");
      fsyncSync(handle);
      times.push(clock.monotonic() - begin);
    }
    return times.sort((a, b) => a - b)[Math.floor(syncs / 2)] ?? 0;
  } finally {
    closeSync(handle);
    rmSync(path, { force: true });
  }
}

/** What the kernel says of this process, as text of `/proc/self/status`. Pure. */
export function hardeningProblems(status: string, uid: number, socketsHandedOver: boolean): string[] {
  const value = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(status)?.[1] ?? "";
  return [
    ...(uid === 0 ? ["it runs as root"] : []),
    ...(value("NoNewPrivs") === "1" ? [] : ["it may gain new privileges"]),
    ...(/^0+$/.test(value("CapEff")) ? [] : ["it has capabilities"]),
    ...(value("Seccomp") === "2" ? [] : ["its system calls are not filtered"]),
    ...(socketsHandedOver ? [] : ["its sockets are its own, so a restart lets go of the port"]),
  ];
}

export function hardeningCheck(socketsHandedOver: boolean): Check {
  return {
    name: "Rights of the service",
    async try() {
      const status = readFileSync("/proc/self/status", "utf8");
      const problems = hardeningProblems(status, process.getuid?.() ?? 0, socketsHandedOver);
      if (problems.length > 0) throw new CodedError("not-hardened", { detail: problems.join("; ") });
      return "own user, no privileges, filtered system calls, sockets kept by systemd";
    },
  };
}

/** The plugin as the panel has it and the program that runs are two halves of one package. */
export function versionCheck(ours: string, panels: () => Promise<string | null>): Check {
  return {
    name: "Version",
    async try() {
      const theirs = await panels();
      if (theirs !== null && theirs !== ours) {
        throw new CodedError("version-mismatch", {
          detail: `the panel has ${theirs}, the service is ${ours}`,
        });
      }
      return theirs === null ? ours : `${ours}, in the panel as well`;
    },
  };
}

const ownTimeout = 10_000;

/**
 * A call to ourselves the way a webhook comes from Xolphin: public name, name server, port, TLS. It asks for the health of
 * the listener, which leaves no trace; `arrived` counts those calls, so that nobody else can answer in our place.
 */
export function ownWebhookCheck(parts: {
  readonly settings: Settings;
  readonly port: number;
  readonly hostName: () => Promise<string>;
  readonly arrived: () => number;
}): Check {
  const { webhook } = parts.settings;
  return {
    name: "Webhook address",
    async try() {
      const url = new URL(
        `${webhook.tls ? "https" : "http"}://${await parts.hostName()}:${parts.port}/healthz`,
      );
      const before = parts.arrived();
      const problem = await callAsStranger(url);
      if (problem !== null && url.protocol === "https:") await callAsOurselves(url, webhook.certificateFile);
      if (parts.arrived() === before) {
        throw new CodedError("webhook-not-reachable", {
          detail: `${url.host}: ${problem ?? "somebody else answers"}`,
        });
      }
      if (problem !== null) throw new CodedError("webhook-untrusted", { detail: `${url.host}: ${problem}` });
      return `${url.protocol}//${url.host}${webhook.path} leads here`;
    },
  };
}

/** As a client that knows only public roots; what goes wrong as text, null when nothing does. */
async function callAsStranger(url: URL): Promise<string | null> {
  try {
    await send(url, { ca: [...rootCertificates] });
    return null;
  } catch (thrown) {
    return asCodedError(thrown).detail;
  }
}

/** Trusting only our own certificate under any name: tells a certificate that nobody trusts from a port that nobody reaches. */
async function callAsOurselves(url: URL, certificateFile: string | null): Promise<void> {
  if (certificateFile === null) return;
  const options = {
    ca: readFileSync(certificateFile, "utf8"),
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
  };
  await send(url, options).catch(() => undefined);
}

function send(url: URL, trust: HttpsOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { timeout: ownTimeout, agent: false, headers: { connection: "close" } };
    const call =
      url.protocol === "http:" ? requestHttp(url, options) : requestHttps(url, { ...options, ...trust });
    call.on("response", (response) => {
      response.resume();
      response.on("end", () => resolve());
    });
    call.on("timeout", () => call.destroy(new Error("no answer in time")));
    call.on("error", (cause) => {
      const { code = "" } = cause as NodeJS.ErrnoException;
      // Behind a semicolon Node tells programmers what to do.
      const [said] = cause.message.split(";");
      reject(new CodedError("webhook-not-reachable", { cause, detail: `${code} ${said}`.trim() }));
    });
    call.end();
  });
}
