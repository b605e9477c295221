import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { rootCertificates } from "node:tls";
import { Agent, request } from "undici";
import { z } from "zod";
import { asCodedError, CodedError, type ErrorCode } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { commandEnvironment } from "../unix-owner.ts";
import {
  acceptUapi,
  acceptWhm,
  flag,
  jsonOfCommand,
  jsonOfHttp,
  type Outcome,
  outcomeOf,
  type RawAnswer,
  readData,
} from "./answers.ts";
import type { PanelFiles } from "./files.ts";

const callTimeout = 60_000;
/** An installation verifies chains and may download intermediates. */
const installTimeout = 120_000;
const connectTimeout = 5_000;
/** `installed_hosts` of one account may be tens of megabytes (spec cpanel §6). */
const maxAnswer = 100 * 1024 * 1024;
/** For this long a function that HTTP could not answer is asked by command at once, and rights count as they were. */
const detourKept = 600_000;
const detourCodes: readonly ErrorCode[] = [
  "panel-refused-us",
  "panel-unreachable",
  "panel-answer-unreadable",
];
const privileges = z.object({ privileges: z.array(z.record(z.string(), z.unknown())) });
/** Values by name; a list is the same name several times. Empty texts are left out by nobody: some calls want them. */
export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * A call holds a secret when its parameters do. Such a call only ever travels in the body of an HTTPS request: arguments of
 * a command can be read by every user of the machine (spec cpanel §4.3).
 */
export interface CallOptions {
  readonly secret?: boolean;
}

/**
 * The panel's two APIs, as root. HTTPS to the loopback address with the certificate verified against the server's name, and
 * an API token; where HTTP can't answer (no token, one with fewer rights, a garbled header, spec cpanel §4.4) and nothing
 * secret is sent, the panel's own commands are asked instead.
 */
export class PanelApi {
  readonly base: URL;
  private readonly files: PanelFiles;
  private readonly options: PanelOptions;
  private readonly agent: Agent;
  private readonly detours = new Map<string, number>();
  private rights: { readonly all: Promise<boolean>; readonly at: number } | null = null;

  constructor(options: PanelOptions, files: PanelFiles) {
    this.files = files;
    this.options = options;
    this.base = new URL(options.apiUrl ?? `https://${hostname()}:2087/`);
    this.agent = new Agent({
      connections: 4,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      headersTimeout: installTimeout,
      bodyTimeout: installTimeout,
      connect: {
        timeout: connectTimeout,
        servername: this.base.hostname,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        ca: [...rootCertificates, ...options.trust, ...pinned(files)],
        lookup: (_name, wish, answer) => {
          if (wish.all === true) answer(null, [{ address: "127.0.0.1", family: 4 }]);
          else answer(null, "127.0.0.1", 4);
        },
      },
    });
  }

  /** A function of the server's API. Returns its data; throws what a refusal means. */
  async whm(name: string, parameters: Parameters = {}, options: CallOptions = {}): Promise<unknown> {
    return acceptWhm(await this.ask(name, parameters, options), name);
  }

  /** A function of the account's API, run for that account. Returns its data; throws what a refusal means. */
  async uapi(
    account: string,
    name: string,
    parameters: Parameters = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    return acceptUapi(await this.askAs(account, name, parameters, options), name);
  }

  /** The same where a refusal is one of the expected outcomes. */
  async tryUapi(
    account: string,
    name: string,
    parameters: Parameters = {},
    options: CallOptions = {},
  ): Promise<Outcome> {
    return outcomeOf(await this.askAs(account, name, parameters, options), name);
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private ask(name: string, parameters: Parameters, { secret = false }: CallOptions): Promise<unknown> {
    const byHttp = (): Promise<unknown> => this.post(name, name, parameters);
    const byCommand = (): Promise<unknown> =>
      this.command(this.files.whmapi1, ["--output=json", name, ...encode(parameters)], name);
    return this.either(name, secret, byHttp, byCommand, (json) => acceptWhm(json, name));
  }

  private askAs(
    account: string,
    name: string,
    parameters: Parameters,
    { secret = false }: CallOptions,
  ): Promise<unknown> {
    const [module = "", func = ""] = name.split("::");
    const envelope = { "cpanel.user": account, "cpanel.module": module, "cpanel.function": func };
    const byHttp = (): Promise<unknown> => this.post("uapi_cpanel", name, { ...envelope, ...parameters });
    const args = [
      "--output=json",
      `--user=${encodeURIComponent(account)}`,
      module,
      func,
      ...encode(parameters),
    ];
    const byCommand = (): Promise<unknown> => this.command(this.files.uapi, args, name);
    return this.either("uapi_cpanel", secret, byHttp, byCommand, (json) => outcomeOf(json, name));
  }

  /** `check` throws when the answer says that HTTP is not the way for this one; then the command, which is root, may be. */
  private async either(
    name: string,
    secret: boolean,
    byHttp: () => Promise<unknown>,
    byCommand: () => Promise<unknown>,
    check: (json: unknown) => unknown,
  ): Promise<unknown> {
    if (secret) return byHttp();
    const now = this.options.clock.monotonic();
    if (now - (this.detours.get(name) ?? Number.NEGATIVE_INFINITY) < detourKept) return byCommand();
    try {
      if (!(await this.seesEverything())) return byCommand();
      const json = await byHttp();
      check(json);
      return json;
    } catch (thrown) {
      const error = asCodedError(thrown);
      if (!detourCodes.includes(error.code)) throw error;
      const answer = await byCommand().catch((refused: unknown) => {
        // What was wrong on the first way says more than a command that is not there.
        throw asCodedError(refused).code === "panel-unreachable" ? error : refused;
      });
      this.detours.set(name, now);
      this.options.log.info("the panel is asked by command", { call: name, error });
      return answer;
    }
  }

  /**
   * Whether the token has all rights. With fewer, even root's token sees only the accounts that root itself owns, and lists
   * would be short without a word.
   */
  private seesEverything(): Promise<boolean> {
    const now = this.options.clock.monotonic();
    if (this.rights === null || now - this.rights.at > detourKept) {
      const all = this.post("myprivs", "myprivs", {}).then((json) =>
        hasAll(readData(privileges, acceptWhm(json, "myprivs"), "myprivs").privileges),
      );
      this.rights = { all, at: now };
      all.catch(() => {
        this.rights = null;
      });
    }
    return this.rights.all;
  }

  private async post(path: string, call: string, parameters: Parameters): Promise<unknown> {
    const token = readToken(this.options.credentialFile);
    const body = new URLSearchParams({ "api.version": "1" });
    for (const [name, value] of Object.entries(parameters)) {
      for (const one of Array.isArray(value) ? value : [String(value)]) body.append(name, one);
    }
    const abort = new AbortController();
    const allowed = call === "SSL::install_ssl" || call === "installssl" ? installTimeout : callTimeout;
    const cancel = this.options.clock.after(allowed, () => abort.abort(new Error("no answer in time")));
    try {
      const answer = await request(new URL(`/json-api/${path}`, this.base), {
        method: "POST",
        dispatcher: this.agent,
        signal: abort.signal,
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "content-type": "application/x-www-form-urlencoded",
          authorization: `whm ${token.reveal()}`,
        },
        body: body.toString(),
      });
      const text = await readCapped(answer.body);
      const raw: RawAnswer = {
        status: answer.statusCode,
        type: String(answer.headers["content-type"] ?? ""),
        body: text,
      };
      return jsonOfHttp(raw, call);
    } catch (thrown) {
      if (thrown instanceof CodedError) throw thrown;
      const { code = "", message = "" } = thrown as { code?: string; message?: string };
      throw new CodedError("panel-unreachable", {
        cause: thrown,
        detail: `${call}: ${code} ${message}`.trim(),
      });
    } finally {
      cancel();
    }
  }

  /** Its exit code says nothing about the call (spec cpanel §4.3); only a command that can't run at all is a failure here. */
  private command(path: string, args: readonly string[], call: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      execFile(
        path,
        [...args],
        { env: commandEnvironment, cwd: "/", timeout: callTimeout, maxBuffer: maxAnswer },
        (cause, stdout) => {
          const { code } = (cause ?? {}) as { code?: unknown };
          if (code === "ENOENT" || code === "EACCES") {
            reject(new CodedError("panel-unreachable", { detail: `${path} can't be run` }));
            return;
          }
          try {
            resolve(jsonOfCommand(stdout, call));
          } catch (thrown) {
            reject(
              cause === null
                ? thrown
                : new CodedError("panel-fault", { detail: `${call}: the command failed` }),
            );
          }
        },
      );
    });
  }
}

function hasAll(entries: readonly Readonly<Record<string, unknown>>[]): boolean {
  return entries.some((entry) => flag.safeParse(entry["all"]).data === true);
}

/** Names and values are decoded by the commands; `+` must not stand for a space (spec cpanel §4.3). */
export function encode(parameters: Parameters): string[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [String(value)]).map((one: string) => `${escaped(name)}=${escaped(one)}`),
  );
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `user:token`, or the token alone, which is root's then. Read for each call: a new token needs no restart. */
function readToken(file: string | null): Secret {
  if (file === null)
    throw new CodedError("panel-refused-us", { detail: "panel.credentialFile names no API token" });
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new CodedError("panel-refused-us", { cause, detail: `the API token in ${file} can't be read` });
  }
  if (!/^(?:[A-Za-z0-9._-]+:)?[A-Za-z0-9]+$/.test(text)) {
    throw new CodedError("panel-refused-us", { detail: `${file} holds no API token` });
  }
  return new Secret(text.includes(":") ? text : `root:${text}`);
}

/** A panel with a certificate of its own making is known by exactly that certificate. The file holds the key as well. */
function pinned(files: PanelFiles): string[] {
  try {
    const found = files.hostCertificate();
    const text = found === null ? "" : readFileSync(found.certificateFile, "utf8");
    return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  } catch {
    // Not readable for the service's user: the settings name a trust file then.
    return [];
  }
}

async function readCapped(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxAnswer)
      throw new CodedError("panel-answer-unreadable", { detail: `longer than ${maxAnswer} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
