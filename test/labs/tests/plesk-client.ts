import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { TestAuthority } from "../../fakes/test-authority.ts";
import { type KeyAndCertificate, selfSigned } from "../common/lab-certificates.ts";
import type { PleskLab, PleskLabOptions } from "../plesk/plesk-lab.ts";
import { startPleskLab } from "../plesk/plesk-lab.ts";

/** A lab in a folder of its own unless one is given; the folder goes with it. */
export async function freshPlesk(
  options: Partial<PleskLabOptions> = {},
): Promise<{ lab: PleskLab; remove(): Promise<void> }> {
  const rootDir = options.rootDir ?? mkdtempSync(join(tmpdir(), "plesk-"));
  const lab = await startPleskLab({ ...options, rootDir });
  return {
    lab,
    async remove() {
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
}

export interface CommandEnd {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Runs `plesk …` with nothing but a path in its environment. */
export function plesk(lab: PleskLab, ...words: string[]): Promise<CommandEnd> {
  return runProgram(lab.command, words);
}

export function runProgram(
  program: string,
  words: readonly string[],
  ids: { uid?: number; gid?: number; timeout?: number } = {},
): Promise<CommandEnd> {
  return new Promise((resolve) => {
    execFile(
      program,
      words,
      { env: { PATH: "/usr/bin:/bin" }, cwd: "/", ...ids },
      (cause, stdout, stderr) => {
        const { code = 0, signal = null } = (cause ?? {}) as { code?: number; signal?: string | null };
        resolve({ code: typeof code === "number" ? code : 1, signal, stdout, stderr });
      },
    );
  });
}

/** Writes the parts of a pair for the utility to read; the options that name them. */
export function partsOf(lab: PleskLab, pair: KeyAndCertificate, ca?: string): string[] {
  const folder = mkdtempSync(join(lab.rootDir, "tmp/parts-"));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const options = ["-key-file", write("key", pair.key), "-cert-file", write("cert", pair.cert)];
  return ca === undefined ? options : [...options, "-cacert-file", write("ca", ca)];
}

const authority = new TestAuthority(new Date());

/** A pair issued by an authority, and the intermediate that goes with it. */
export function issuedFor(...names: string[]): { pair: KeyAndCertificate; ca: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const cert = authority.leaf(names, { key: publicKey }).pem;
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { pair: { key, cert }, ca: authority.part("intermediate").pem };
}

export function pairFor(...names: string[]): KeyAndCertificate {
  return selfSigned(names, new Date());
}

/** What is shown for a name at a port: names of the first certificate, and how many there are. */
export function shown(
  lab: PleskLab,
  name: string,
  port = lab.httpsPort,
): Promise<{ names: string; length: number }> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: lab.address, port, servername: name, rejectUnauthorized: false },
      () => {
        const leaf = socket.getPeerCertificate(true);
        let length = 1;
        for (let one = leaf; one.issuerCertificate && one.issuerCertificate !== one; length += 1) {
          one = one.issuerCertificate;
        }
        socket.destroy();
        resolve({ names: leaf.subjectaltname ?? "", length });
      },
    );
    socket.on("error", reject);
  });
}

export interface Page {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

/** A page of a web site over plain HTTP. */
export function fetchSite(lab: PleskLab, host: string, path = "/"): Promise<Page> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: lab.address, port: lab.httpPort, path, headers: { host }, agent: false },
      (response) => resolve(readPage(response)),
    );
    request.on("error", reject);
  });
}

export async function readPage(response: IncomingMessage): Promise<Page> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
