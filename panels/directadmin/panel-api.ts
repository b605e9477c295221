import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { LocalHttps } from "../local-https.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { runCommand } from "../run-command.ts";
import type { RawAnswer } from "./answers.ts";
import type { PanelFiles } from "./files.ts";

const commandLimits = { timeout: 30_000, maxOutput: 1024 * 1024 };
const callTimeout = 60_000;
const maxAnswer = 8 * 1024 * 1024;

/** Who a call is made as. */
export type Login =
  | { readonly kind: "account"; readonly name: string; readonly secret: Secret }
  | { readonly kind: "session"; readonly id: Secret; readonly key: Secret };

export interface PanelCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With query, relative to the panel's root. */
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly multipart?: { readonly boundary: string; readonly body: Buffer };
}

/**
 * HTTPS to the panel on this machine: the connection goes to the loopback address, the certificate is verified against
 * the panel's host name (spec directadmin §2.5). Redirects are not followed.
 */
export class PanelApi {
  readonly base: URL;
  private readonly files: PanelFiles;
  private readonly https: LocalHttps;

  constructor(options: PanelOptions, files: PanelFiles) {
    this.files = files;
    this.base = new URL(options.apiUrl ?? addressOf(files));
    this.https = new LocalHttps({
      trust: [...options.trust, ...pinned(files)],
      idleTimeout: callTimeout,
      clock: options.clock,
    });
  }

  /**
   * Credentials to act as an account, made by the panel for this occasion and kept in memory only (spec directadmin
   * §3.1). Throws `account-unknown` or `panel-refused-us`.
   */
  async loginAs(account: string): Promise<Login> {
    const output = await this.command(["api-url", `--user=${account}`]);
    const url = URL.canParse(output.trim()) ? new URL(output.trim()) : null;
    if (url === null || url.username === "" || url.password === "") {
      throw new CodedError("panel-answer-unreadable", { detail: "directadmin api-url printed no address" });
    }
    return {
      kind: "account",
      name: decodeURIComponent(url.username),
      secret: new Secret(decodeURIComponent(url.password)),
    };
  }

  /** Runs the panel's own command with fixed arguments and returns what it printed. */
  async command(args: readonly string[]): Promise<string> {
    const { code, stdout } = await runCommand(this.files.command, args, commandLimits);
    if (code === 0) return stdout;
    throw new CodedError("panel-fault", { detail: `directadmin ${args[0] ?? ""} did not succeed` });
  }

  call(login: Login, call: PanelCall): Promise<RawAnswer> {
    const headers: Record<string, string> = {
      accept: "*/*",
      referer: `${this.base.origin}/`,
      ...credentials(login),
    };
    let body: string | Buffer | undefined;
    if (call.form !== undefined) {
      headers["content-type"] = "application/x-www-form-urlencoded";
      body = new URLSearchParams(call.form).toString();
    } else if (call.json !== undefined) {
      headers["content-type"] = "application/json";
      body = JSON.stringify(call.json);
    } else if (call.multipart !== undefined) {
      headers["content-type"] = `multipart/form-data; boundary=${call.multipart.boundary}`;
      body = call.multipart.body;
    }
    return this.https.call({
      method: call.method,
      url: new URL(call.path, this.base),
      headers,
      ...(body === undefined ? {} : { body }),
      deadline: callTimeout,
      maxBody: maxAnswer,
    });
  }

  close(): Promise<void> {
    return this.https.close();
  }
}

function credentials(login: Login): Record<string, string> {
  if (login.kind === "session") return { cookie: `session=${login.id.reveal()}; key=${login.key.reveal()}` };
  const pair = Buffer.from(`${login.name}:${login.secret.reveal()}`, "utf8").toString("base64");
  return { authorization: `Basic ${pair}` };
}

/** Where the panel answers, from its own settings. Throws `panel-unreachable` when that is not over TLS. */
export function addressOf(files: PanelFiles): string {
  const conf = files.panelConf();
  if (conf.get("ssl") === "0") {
    throw new CodedError("panel-unreachable", {
      detail: "the panel answers without TLS (ssl=0); its answers can't be trusted",
    });
  }
  return `https://${conf.get("servername") ?? "localhost"}:${conf.get("port") ?? "2222"}/`;
}

/** A panel with a certificate of its own making is known by exactly that certificate. */
function pinned(files: PanelFiles): string[] {
  const path = join(files.home, "conf/cacert.pem");
  try {
    return existsSync(path) ? [readFileSync(path, "utf8")] : [];
  } catch {
    // Not readable for the service's user: the settings name a trust file then.
    return [];
  }
}
