import { z } from "zod";
import { asCodedError, type CodedError, type ErrorCode } from "../../src/errors.ts";
import type { PanelOptions } from "../panel-factory.ts";
import { acceptWhm, dataOf, flag, type Outcome, outcomeOf, readData } from "./answers.ts";
import type { PanelFiles } from "./files.ts";
import { askByCommand, encode } from "./panel-commands.ts";
import { PanelHttps, type Parameters } from "./panel-https.ts";

/** For this long a function that HTTP could not answer is asked by command at once, and rights count as they were. */
const detourKept = 600_000;
const detourCodes: readonly ErrorCode[] = [
  "panel-refused-us",
  "panel-unreachable",
  "panel-answer-unreadable",
];
const privileges = z.object({ privileges: z.array(z.record(z.string(), z.unknown())) });
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
  private readonly files: PanelFiles;
  private readonly options: PanelOptions;
  private readonly https: PanelHttps;
  private readonly detours = new Map<string, number>();
  private rights: { readonly all: Promise<boolean>; readonly at: number } | null = null;

  constructor(options: PanelOptions, files: PanelFiles) {
    this.files = files;
    this.options = options;
    this.https = new PanelHttps(options, files);
  }

  /** A function of the server's API. Returns its data; throws what a refusal means. */
  async whm(name: string, parameters: Parameters = {}, options: CallOptions = {}): Promise<unknown> {
    return this.ask(name, parameters, options);
  }

  /** A function of the account's API, run for that account. Returns its data; throws what a refusal means. */
  async uapi(
    account: string,
    name: string,
    parameters: Parameters = {},
    options: CallOptions = {},
  ): Promise<unknown> {
    return dataOf(await this.askAs(account, name, parameters, options), name);
  }

  /** The same where a refusal is one of the expected outcomes. */
  async tryUapi(
    account: string,
    name: string,
    parameters: Parameters = {},
    options: CallOptions = {},
  ): Promise<Outcome> {
    return this.askAs(account, name, parameters, options);
  }

  /** The server's name, as the panel is addressed. */
  get hostName(): string {
    return this.https.base.hostname;
  }

  close(): Promise<void> {
    return this.https.close();
  }

  private ask(name: string, parameters: Parameters, { secret = false }: CallOptions): Promise<unknown> {
    const byHttp = (): Promise<unknown> => this.https.post(name, name, parameters);
    const byCommand = (): Promise<unknown> =>
      askByCommand(this.files.whmapi1, ["--output=json", name, ...encode(parameters)], name);
    return this.either(name, secret, byHttp, byCommand, (json) => acceptWhm(json, name));
  }

  private askAs(
    account: string,
    name: string,
    parameters: Parameters,
    { secret = false }: CallOptions,
  ): Promise<Outcome> {
    const [module = "", func = ""] = name.split("::");
    const envelope = { "cpanel.user": account, "cpanel.module": module, "cpanel.function": func };
    const byHttp = (): Promise<unknown> =>
      this.https.post("uapi_cpanel", name, { ...envelope, ...parameters });
    const args = [
      "--output=json",
      `--user=${encodeURIComponent(account)}`,
      module,
      func,
      ...encode(parameters),
    ];
    const byCommand = (): Promise<unknown> => askByCommand(this.files.uapi, args, name);
    return this.either("uapi_cpanel", secret, byHttp, byCommand, (json) => outcomeOf(json, name));
  }

  /** `read` throws when the answer says that HTTP is not the way for this one; then the command, which is root, may be. */
  private async either<T>(
    name: string,
    secret: boolean,
    byHttp: () => Promise<unknown>,
    byCommand: () => Promise<unknown>,
    read: (json: unknown) => T,
  ): Promise<T> {
    if (secret) return read(await byHttp());
    const now = this.options.clock.monotonic();
    if (now - (this.detours.get(name) ?? Number.NEGATIVE_INFINITY) < detourKept)
      return read(await byCommand());
    let problem: CodedError | null = null;
    try {
      if (await this.seesEverything()) return read(await byHttp());
    } catch (thrown) {
      problem = asCodedError(thrown);
      if (!detourCodes.includes(problem.code)) throw problem;
    }
    if (problem === null) return read(await byCommand());
    const error = problem;
    const answer = await byCommand().catch((refused: unknown) => {
      // What was wrong on the first way says more than a command that is not there.
      throw asCodedError(refused).code === "panel-unreachable" ? error : refused;
    });
    this.detours.set(name, now);
    this.options.log.info("the panel is asked by command", { call: name, error });
    return read(answer);
  }

  /**
   * Whether the token has all rights. With fewer, even root's token sees only the accounts that root itself owns, and lists
   * would be short without a word.
   */
  private seesEverything(): Promise<boolean> {
    const now = this.options.clock.monotonic();
    if (this.rights === null || now - this.rights.at > detourKept) {
      const all = this.https
        .post("myprivs", "myprivs", {})
        .then((json) => hasAll(readData(privileges, acceptWhm(json, "myprivs"), "myprivs").privileges));
      this.rights = { all, at: now };
      all.catch(() => {
        this.rights = null;
      });
    }
    return this.rights.all;
  }
}

function hasAll(entries: readonly Readonly<Record<string, unknown>>[]): boolean {
  return entries.some((entry) => flag.safeParse(entry["all"]).data === true);
}
