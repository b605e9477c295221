import { lstatSync, realpathSync } from "node:fs";
import type { HttpExchange } from "./cpsrvd.ts";
import { type HttpReply, htmlReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { messagePage } from "./shell-pages.ts";

/** A program that answers a request. */
export interface PageProgram {
  /** As the server names it. */
  path: string;
  /** What reads it where it isn't executed itself: PHP. */
  interpreter?: readonly string[];
  uid: number;
  environment: Readonly<Record<string, string>>;
}

const longestRunMs = 60_000;

/** Is the file one that the panel runs: of root, executable, written by nobody else (spec §1.5, §9.3.5)? */
export function runnableProblem(state: LabState, path: string, isProgram = true): string | undefined {
  const found = lstatSync(realpathSync(state.files.path(path)));
  if (found.uid !== 0) return "The page must belong to root.";
  if ((found.mode & 0o022) !== 0) return "The page must be writable by root alone.";
  return isProgram && (found.mode & 0o111) === 0 ? "The page cannot be executed." : undefined;
}

/** Runs a page as CGI/1.1 (spec §2.2). It starts in a folder that only root may enter, as the real one may. */
export async function runPage(
  state: LabState,
  exchange: HttpExchange,
  program: PageProgram,
): Promise<HttpReply> {
  const child = await state.shell.spawn([...(program.interpreter ?? []), program.path], {
    uid: program.uid,
    cwd: "/root",
    env: { ...cgiEnvironment(exchange, program.path), ...program.environment },
  });
  const kill = (): void => void child.kill("SIGKILL");
  const timer = setTimeout(kill, longestRunMs);
  exchange.response.on("close", kill);
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(exchange.body);
  child.stderr?.on("data", (chunk: Buffer) => state.errorLog(`[${program.path}] ${chunk.toString("utf8")}`));
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (status) => resolve(status ?? 1));
  });
  clearTimeout(timer);
  exchange.response.off("close", kill);
  return readCgi(Buffer.concat(chunks), code);
}

function cgiEnvironment({ request, url, body }: HttpExchange, path: string): Record<string, string> {
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name === "authorization" ? [] : [[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`, String(value)]],
  );
  return {
    ...Object.fromEntries(headers),
    GATEWAY_INTERFACE: "CGI/1.1",
    SERVER_PROTOCOL: "HTTP/1.1",
    SERVER_SOFTWARE: "cpsrvd/11.138.0.10",
    REQUEST_METHOD: request.method ?? "GET",
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: request.headers["content-type"] ?? "",
    CONTENT_LENGTH: body.length === 0 ? "" : String(body.length),
    SCRIPT_FILENAME: path,
    // Without it PHP takes the call for one of a command line.
    REDIRECT_STATUS: "200",
    REQUEST_URI: request.url ?? "",
    REMOTE_ADDR: (request.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    SERVER_PORT: String(request.socket.localPort ?? ""),
    HTTPS: "on",
  };
}

/** Headers up to a blank line, then the body; without headers it is no answer. */
function readCgi(output: Buffer, code: number): HttpReply {
  const text = output.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const lines = end === null ? [] : text.slice(0, end.index).split(/\r?\n/);
  const fields = lines.map((line) => /^([\w-]+):\s*(.*)$/.exec(line));
  if (end === null || fields.some((field) => field === null)) {
    const why = `The page printed no headers (it ended with ${code}).`;
    return htmlReply(500, messagePage("Internal Server Error", why));
  }
  const headers: Record<string, string | string[]> = {};
  for (const field of fields) {
    const [name, value] = [(field?.[1] ?? "").toLowerCase(), field?.[2] ?? ""];
    const known = headers[name];
    headers[name] = known === undefined ? value : [known, value].flat();
  }
  const { status, ...others } = headers;
  const given = Number(String(status ?? "").slice(0, 3));
  const usual = others["location"] === undefined ? 200 : 302;
  return {
    status: given >= 100 ? given : usual,
    headers: others,
    body: output.subarray(end.index + end[0].length),
  };
}
