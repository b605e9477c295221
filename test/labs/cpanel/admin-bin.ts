import { existsSync, lstatSync } from "node:fs";
import type { Duplex } from "node:stream";
import { readPairs } from "../common/text-files.ts";
import type { LabState } from "./lab-state.ts";
import { perlCaller } from "./perl-engine.ts";
import type { UapiCall } from "./uapi-call.ts";

/** What the engine asks of root's side. */
export interface AdminRequest {
  namespace: string;
  module: string;
  function: string;
  args?: unknown[];
  /** In the style of wrapped programs (spec §3.2). */
  wrap?: 1;
  data?: unknown;
}

export type AdminAnswer =
  | { error: string }
  | { data: unknown; list?: 0 | 1 }
  | { data: unknown; error: 0 | 1; exit_code: number; statusmsg: string };

const longestRunMs = 120_000;

/** Published scripts load the panel's classes without saying where they are. */
const environment = { HOME: "/root", USER: "root", PERL5LIB: "/usr/local/cpanel" };

/** Program that each way in counts as, for `allowed_parents` (spec §3.2). */
const parents: Readonly<Record<UapiCall["via"], string>> = {
  cli: "/usr/local/cpanel/uapi",
  http: "/usr/local/cpanel/cpanel",
  live: "/usr/local/cpanel/cpanel",
  whm: "/usr/local/cpanel/whostmgr/bin/xml-api",
};

/** AdminBin (spec §3.2, §9.5): runs an admin module or script as root, for the account whose engine process asks. */
export class AdminBin {
  private readonly state: () => LabState;

  constructor(state: () => LabState) {
    this.state = state;
  }

  async answer(account: string, request: AdminRequest, via: UapiCall["via"]): Promise<AdminAnswer> {
    const { namespace, module } = request;
    const names = [namespace, module, request.function];
    if (names.some((name) => !/^\w+$/.test(String(name))) || namespace === "Cpanel")
      return { error: "The administrative request is not valid." };
    const { files } = this.state();
    const script = `/usr/local/cpanel/bin/admin/${namespace}/${module}`;
    const problem = this.scriptProblem(script, via);
    if (request.wrap === 1) {
      if (!existsSync(files.path(script))) return wrapFailure("no such program");
      return problem === undefined ? this.runWrapped(script, account, request) : wrapFailure(problem);
    }
    if (existsSync(files.var("perl/Cpanel/Admin/Modules", namespace, `${module}.pm`))) {
      return this.run(["/usr/local/cpanel/bin/lab/admin-module", namespace, module], account, request);
    }
    if (!existsSync(files.path(script)))
      return { error: `There is no administrative module “${namespace}/${module}”.` };
    if (problem !== undefined) return { error: problem };
    return this.run([script, String(files.uid(account))], account, request);
  }

  /** Owner and mode of a script, and whether its configuration lets this caller in. */
  private scriptProblem(script: string, via: UapiCall["via"]): string | undefined {
    const { files } = this.state();
    const found = lstatSync(files.path(script), { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    if (!found.isFile() || found.uid !== 0 || (found.mode & 0o077) !== 0 || (found.mode & 0o100) === 0) {
      return "The administrative program must belong to root and have the mode 0700.";
    }
    const allowed = readPairs(files.path(`${script}.conf`))["allowed_parents"];
    if (allowed === undefined || existsSync(files.var("skipparentcheck"))) return undefined;
    if (
      allowed
        .split(",")
        .map((one) => one.trim())
        .includes(parents[via])
    )
      return undefined;
    return `“${parents[via]}” is not an allowed parent of the administrative program.`;
  }

  private async run(
    command: readonly string[],
    account: string,
    request: AdminRequest,
  ): Promise<AdminAnswer> {
    const state = this.state();
    const child = await state.shell.spawn(command, { env: environment }, ["pipe"]);
    const timer = setTimeout(() => child.kill("SIGKILL"), longestRunMs);
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(`${JSON.stringify({ ...request, caller: perlCaller(state, account) })}\n`);
    child.stdout?.resume();
    child.stderr?.on("data", (chunk: Buffer) => state.errorLog(chunk.toString("utf8")));
    let text = "";
    for await (const chunk of (child.stdio[3] as Duplex).setEncoding("utf8")) text += chunk;
    clearTimeout(timer);
    if (text === "") return { error: "The administrative request failed because of an internal error." };
    return JSON.parse(text) as AdminAnswer;
  }

  /** Uid in ARGV with `mode=full`, in the first line without it; a result that begins with a dot is data. */
  private async runWrapped(script: string, account: string, request: AdminRequest): Promise<AdminAnswer> {
    const { files, shell } = this.state();
    const uid = String(files.uid(account));
    const full = readPairs(files.path(`${script}.conf`))["mode"] === "full";
    const data = typeof request.data === "string" ? request.data : "";
    const extended =
      typeof request.data === "object" && request.data !== null ? `${JSON.stringify(request.data)}\n` : "";
    const words = `${request.function} ${data}`.trim();
    const input = full ? `${words}\n${extended}` : `${uid} ${words}\n`;
    const { code, stdout } = await shell.run([script, ...(full ? [uid] : [])], {
      input,
      env: environment,
      timeoutMs: longestRunMs,
    });
    const result = stdout.startsWith(".\n") ? (JSON.parse(stdout.slice(2)) as unknown) : stdout;
    return {
      data: result,
      error: code === 0 ? 0 : 1,
      exit_code: code,
      statusmsg: code === 0 ? "OK" : `exit ${code}`,
    };
  }
}

function wrapFailure(problem: string): AdminAnswer {
  return { data: null, error: 1, exit_code: 255, statusmsg: problem };
}
