import { type ChildProcess, spawn } from "node:child_process";
import { unixUser } from "../common/unix-owner.ts";
import type { InstalledPlugin, PluginLevel } from "./plugin-files.ts";
import type { LabContext, PluginCall } from "./plugin-runtime-contract.ts";

/** Beyond this a body comes on standard input; the kernel allows 128 KiB for one variable (spec directadmin §2.3). */
const largestPostVariable = 125 * 1024;
const longestRunMs = 60_000;

export interface ScriptCall {
  readonly plugin: InstalledPlugin;
  readonly level: PluginLevel;
  readonly script: string;
  /** Raw query string as it is handed over. */
  readonly query: string;
  readonly body: Buffer;
}

export class ScriptUserMissing extends Error {}

/**
 * Starts a page script as a process of its own: its own shebang, the environment of spec directadmin §2.3 and nothing
 * else, standard error dropped, exit code ignored. It is killed when the client goes away.
 */
export async function runScript(context: LabContext, call: PluginCall, script: ScriptCall): Promise<Buffer> {
  const user = scriptUser(context, call, script);
  const onStdin = script.plugin.conf.get("pipe_post") === "yes" || script.body.length > largestPostVariable;
  const child = spawn(script.script, [], {
    cwd: "/",
    env: environment(context, call, script, user.name, onStdin),
    stdio: ["pipe", "pipe", "ignore"],
    ...(user.ids ?? {}),
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(onStdin ? script.body : "");
  return collect(child, call);
}

function collect(child: ChildProcess, call: PluginCall): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const kill = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(kill, longestRunMs);
    call.response.on("close", kill);
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(cause);
    });
    child.on("close", () => {
      clearTimeout(timer);
      call.response.off("close", kill);
      resolve(Buffer.concat(chunks));
    });
  });
}

/** The account's own Unix user, or the one that `<level>_run_as` names where that is honoured (spec directadmin §2.2). */
function scriptUser(
  context: LabContext,
  call: PluginCall,
  { plugin, level }: ScriptCall,
): { name: string; ids: { uid: number; gid: number } | null } {
  const honoured = context.profile !== "old" && context.config("plugins_allowed_run_as") !== "0";
  const wanted = honoured ? plugin.conf.get(`${level}_run_as`) : undefined;
  const mayChange = process.getuid?.() === 0;
  if (wanted !== undefined && wanted !== "") {
    const ids = unixUser(wanted);
    if (ids === undefined) throw new ScriptUserMissing(`The user ${wanted} does not exist.`);
    return { name: wanted, ids: mayChange ? ids : null };
  }
  // Accounts of the lab need not be users of this machine.
  const own = unixUser(call.login.name);
  const name = own === undefined || !mayChange ? "nobody" : call.login.name;
  const ids = own ?? unixUser("nobody");
  return { name, ids: mayChange ? (ids ?? null) : null };
}

function environment(
  context: LabContext,
  { login, session, request }: PluginCall,
  { plugin, query, body }: ScriptCall,
  runningAs: string,
  onStdin: boolean,
): Record<string, string> {
  const impersonated = session !== null && session.real.name !== session.login.name;
  const cookie = request.headers.cookie;
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    REQUEST_METHOD: request.method ?? "GET",
    QUERY_STRING: query,
    POST: onStdin ? "stdin=true" : body.toString("utf8"),
    CONTENT_LENGTH: "",
    USERNAME: login.name,
    RUNNING_AS: runningAs,
    SESSION_ID: session?.id ?? "",
    SESSION_KEY: session?.key ?? "",
    SESSION_SELECTED_DOMAIN: session?.selectedDomain ?? "",
    IS_LOGIN_AS: impersonated ? "1" : "0",
    ...(impersonated ? { LOGIN_AS_MASTER: session.real.name } : {}),
    IS_LOGIN_KEY: "0",
    ...(cookie === undefined ? {} : { HTTP_COOKIE: cookie }),
    REMOTE_ADDR: request.socket.remoteAddress ?? "",
    SERVER_ADDR: request.socket.localAddress ?? "",
    REQUEST_URI: request.url ?? "",
    DOCUMENT_ROOT: plugin.folder,
    ...(plugin.conf.get("headers_to_env") === "yes" && context.profile !== "old"
      ? { HEADERS: new URLSearchParams(flatHeaders(request.headers)).toString() }
      : {}),
  };
}

function flatHeaders(headers: PluginCall["request"]["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
