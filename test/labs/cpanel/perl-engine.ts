import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { AdminBin, type AdminRequest } from "./admin-bin.ts";
import type { LabState } from "./lab-state.ts";
import { domainsOf } from "./server-files.ts";
import { knownFeatures } from "./uapi-account.ts";
import type { UapiCall, UapiResult } from "./uapi-call.ts";

/** Facts that Perl code is told about the account it runs for. */
export interface PerlCaller {
  user: string;
  uid: number;
  homedir: string;
  domains: string[];
  features: Record<string, number>;
  demo: number;
  data: Record<string, string>;
}

export function perlCaller(state: LabState, account: string): PerlCaller {
  const { files } = state;
  const data = files.account(account) ?? {};
  return {
    user: account,
    uid: files.uid(account),
    homedir: files.home(account),
    domains: domainsOf(files.domainMap(account)),
    features: Object.fromEntries(
      knownFeatures(state).map((name) => [name, files.hasFeature(account, name) ? 1 : 0]),
    ),
    demo: data["DEMO"] === "1" ? 1 : 0,
    data,
  };
}

export interface EngineAnswer {
  result: UapiResult;
  /** What the module printed: on a real server it lands in front of the JSON and spoils it (spec §3.4). */
  printed: string;
  /** What it wrote to standard error. */
  log: string[];
}

const longestRunMs = 60_000;

/**
 * The Perl inside the panel's engine (spec §3.4, §9.5): a UAPI module of a plugin runs as the account in a process that alone has
 * a way to root's side.
 */
export class PerlEngine {
  private readonly state: () => LabState;
  private readonly adminBin: AdminBin;

  constructor(state: () => LabState) {
    this.state = state;
    this.adminBin = new AdminBin(state);
  }

  has(module: string): boolean {
    return /^\w+$/.test(module) && existsSync(this.state().files.cpanel("Cpanel/API", `${module}.pm`));
  }

  async call(call: UapiCall, module: string, func: string): Promise<EngineAnswer> {
    const state = this.state();
    const caller = perlCaller(state, call.account);
    const child = await state.shell.spawn(
      ["/usr/local/cpanel/bin/lab/engine"],
      {
        uid: caller.uid,
        env: { USER: call.account, HOME: caller.homedir, REMOTE_USER: call.login, ...call.environment },
      },
      ["pipe"],
    );
    const timer = setTimeout(() => child.kill("SIGKILL"), longestRunMs);
    const channel = child.stdio[3] as Duplex;
    const request = { module, func, args: call.args.pairs, caller };
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(`${JSON.stringify(request)}\n`);
    const [printed, errors] = [collect(child.stdout), collect(child.stderr)];
    let result: UapiResult | undefined;
    try {
      for await (const line of createInterface({ input: channel })) {
        const said = JSON.parse(line) as { admin?: AdminRequest; result?: PerlResult };
        if (said.result !== undefined) result = toResult(said.result);
        if (said.admin === undefined) continue;
        channel.write(`${JSON.stringify(await this.adminBin.answer(call.account, said.admin, call.via))}\n`);
      }
    } finally {
      clearTimeout(timer);
    }
    const log = (await errors).split("\n").filter((line) => line !== "");
    // Assumption: what the panel says of a module that does not load.
    const failure = `The system failed to load the module “${module}”.`;
    return { result: result ?? failed(failure), printed: await printed, log };
  }

  /** A request to root's side from a program that is not the engine: refused unless the parent check is off (spec §3.3). */
  async callFromOutside(uid: number, text: string): Promise<string | undefined> {
    const state = this.state();
    const account = state.files.accountOfUid(uid);
    const open = state.switches.perlMayCallAdminBin || existsSync(state.files.var("skipparentcheck"));
    if (account === undefined || !open) return undefined;
    return JSON.stringify(await this.adminBin.answer(account, JSON.parse(text) as AdminRequest, "live"));
  }
}

interface PerlResult {
  status: 0 | 1;
  data: unknown;
  errors: string[];
  messages: string[];
  warnings: string[];
  metadata: Record<string, unknown>;
}

function toResult(said: PerlResult): UapiResult {
  const list = (items: string[]): string[] | null => (items.length === 0 ? null : items);
  const { status, data, metadata } = said;
  return {
    status,
    data,
    errors: list(said.errors),
    messages: list(said.messages),
    warnings: list(said.warnings),
    metadata,
  };
}

function failed(text: string): UapiResult {
  return { status: 0, data: null, errors: [text], messages: null, warnings: null, metadata: {} };
}

async function collect(stream: NodeJS.ReadableStream | null): Promise<string> {
  if (stream === null) return "";
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
