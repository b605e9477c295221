import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../ca/certificate-authority.ts";
import { defaultSwitches } from "../ca/switches.ts";
import type { CpanelLab, CpanelLabOptions } from "../cpanel/cpanel-lab.ts";
import { startCpanelLab } from "../cpanel/cpanel-lab.ts";
import { type Answer, readAnswer } from "./site-visitor.ts";

export { type Answer, fetchPage, shownCertificate } from "./site-visitor.ts";

/** A lab in a folder of its own unless one is given; the folder goes with it. */
export async function freshLab(
  options: Partial<CpanelLabOptions> = {},
): Promise<{ lab: CpanelLab; remove(): Promise<void> }> {
  const rootDir = options.rootDir ?? mkdtempSync(join(tmpdir(), "cpanel-"));
  const lab = await startCpanelLab({ ...options, rootDir });
  return {
    lab,
    async remove() {
      await lab.stop();
      rmSync(rootDir, { recursive: true, force: true });
    },
  };
}

/** Accounts of issue 3: one with every kind of domain, one suspended, one without the feature; two resellers. */
export async function furnish(lab: CpanelLab): Promise<void> {
  lab.set({ apacheRestarts: "manual" });
  await lab.addAccount({
    name: "rita",
    domain: "rita.test",
    acls: ["list-accts", "ssl", "ssl-info", "cpanel-api"],
  });
  await lab.addAccount({ name: "norbert", domain: "norbert.test", acls: [] });
  await lab.addAccount({ name: "alice", domain: "example.nl", locale: "nl" });
  await lab.addDomain("alice", "shop.nl", { kind: "addon" });
  await lab.addDomain("alice", "alias.nl", { kind: "alias" });
  await lab.addDomain("alice", "dev.example.nl", { kind: "sub" });
  await lab.addDomain("alice", "*.example.nl", { kind: "sub" });
  await lab.addDomain("alice", "münchen.test", { kind: "addon" });
  await lab.addAccount({ name: "sam", domain: "sam.test", owner: "rita", suspended: true });
  await lab.addAccount({ name: "fay", domain: "fay.test", owner: "rita", features: { sslinstall: false } });
  lab.set({ apacheRestarts: "background" });
  await lab.restartApache();
}

/** A call of one of the two ports: connected to its address, verified by its name. */
export function callPort(
  lab: CpanelLab,
  service: "cpanel" | "whm",
  path: string,
  options: {
    token?: string;
    headers?: Record<string, string>;
    form?: Record<string, string> | URLSearchParams;
    method?: string;
  } = {},
): Promise<Answer> {
  const body = options.form === undefined ? undefined : new URLSearchParams(options.form).toString();
  return new Promise((resolve, reject) => {
    const port = service === "cpanel" ? lab.cpanelPort : lab.whmPort;
    const request = httpsRequest(
      {
        host: lab.address,
        port,
        servername: lab.hostName,
        ca: lab.panelCaPem,
        agent: false,
        path,
        method: options.method ?? (body === undefined ? "GET" : "POST"),
        headers: {
          host: `${lab.hostName}:${port}`,
          ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...(options.token === undefined ? {} : { authorization: `${service} ${options.token}` }),
          ...options.headers,
        },
      },
      (response) => resolve(readAnswer(response)),
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Runs a command of the server from outside, with nothing but a path in its environment. */
export function runCommand(
  lab: CpanelLab,
  name: string,
  ...words: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  const program = join(lab.rootDir, "usr/local/cpanel", name.includes("/") ? name : `bin/${name}`);
  return new Promise((resolve) => {
    execFile(program, words, { env: { PATH: "/usr/bin:/bin" } }, (cause, stdout, stderr) => {
      resolve({ stdout, stderr, code: cause === null ? 0 : Number(cause.code) });
    });
  });
}

/** A UAPI call as root, in JSON: what `result` holds. */
// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests as a client does.
export async function uapi(lab: CpanelLab, account: string, ...words: string[]): Promise<any> {
  const { stdout } = await runCommand(lab, "uapi", "--output=json", `--user=${account}`, ...words);
  return JSON.parse(stdout).result;
}

export interface TestPair {
  key: string;
  cert: string;
  /** Its intermediate. */
  bundle: string;
}

/** An authority with root and intermediate that issues what a test asks for. */
export function testAuthority(): {
  root: string;
  stranger: string;
  issue(names: string[], options?: { keys?: "rsa" | "ec" | "p384"; notAfter?: Date }): TestPair;
} {
  const now = new Date();
  const authority = createAuthority({ now, issuerAddress: () => "http://ca.invalid", keys: "ec" });
  return {
    root: authority.pems.root,
    stranger: authority.pems.stranger,
    issue(names, { keys = "ec", notAfter } = {}) {
      const { privateKey, publicKey } =
        keys === "rsa"
          ? generateKeyPairSync("rsa", { modulusLength: 2048 })
          : generateKeyPairSync("ec", { namedCurve: keys === "ec" ? "prime256v1" : "secp384r1" });
      const { pem } = authority.issue({
        spki: publicKey.export({ format: "der", type: "spki" }),
        keyType: keys === "rsa" ? "RSA" : "EC",
        names,
        subject: [["CN", names[0] ?? ""]],
        validation: "DV",
        notBefore: new Date(now.getTime() - 86_400_000),
        notAfter: notAfter ?? new Date(now.getTime() + 90 * 86_400_000),
        switches: defaultSwitches().leaf,
      });
      const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
      return { key, cert: pem, bundle: authority.pems.intermediate };
    },
  };
}
