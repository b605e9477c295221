import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { extname, normalize } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Caller, sessionEnvironment } from "./authentication.ts";
import type { HttpExchange } from "./cpsrvd.ts";
import { answerFeatureManager, featureManagerPath } from "./feature-manager.ts";
import { type HttpReply, htmlReply } from "./http-reply.ts";
import type { LabState } from "./lab-state.ts";
import { LiveApiSocket } from "./live-api.ts";
import { type PageProgram, runnableProblem, runPage } from "./page-process.ts";
import { appsFor, jupiterHome, messagePage, whmHome, whmStyle } from "./shell-pages.ts";
import { mayCall } from "./whm.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** Pages of the two interfaces (spec §9.3.5, §9.3.6). */
export function answerPage(
  state: LabState,
  service: "cpanel" | "whm",
  caller: Caller,
  exchange: HttpExchange,
): Promise<HttpReply> | HttpReply {
  return service === "cpanel"
    ? answerCpanelPage(state, caller, exchange)
    : answerWhmPage(state, caller, exchange);
}

function notFound(path: string): HttpReply {
  return htmlReply(404, messagePage("Not Found", `There is no page ${path}.`));
}

/** The path of a file, decoded and without ways out. */
function cleanPath(url: URL): string | undefined {
  try {
    const path = normalize(decodeURIComponent(url.pathname));
    return path.includes("\0") ? undefined : path;
  } catch {
    return undefined;
  }
}

async function answerCpanelPage(state: LabState, caller: Caller, exchange: HttpExchange): Promise<HttpReply> {
  const path = cleanPath(exchange.url);
  if (path === "/frontend/jupiter/index.html" || path === "/frontend/jupiter/")
    return htmlReply(200, jupiterHome(state, caller.account));
  if (path === undefined || !path.startsWith("/frontend/jupiter/")) return notFound(exchange.url.pathname);
  const found = splitPathInfo(state, `/usr/local/cpanel/base${path}`);
  if (found === undefined) return notFound(path);
  const isPhp = /\.live\.php$|\.livephp$/.test(found.file);
  if (!isPhp && !/\.(?:pl|cgi|py|livepl)$/.test(found.file)) return sendFile(state, found.file);
  const problem = runnableProblem(state, found.file, !isPhp);
  if (problem !== undefined) return htmlReply(403, messagePage("Forbidden", problem));
  const isLive = isPhp || /\.live\.(?:pl|cgi|py)$|\.livepl$/.test(found.file);
  const common = {
    ...sessionEnvironment(caller),
    REMOTE_USER: caller.login,
    USER: caller.account,
    HOME: state.files.home(caller.account),
    SCRIPT_NAME: `${exchange.token}${path.slice(0, path.length - found.info.length)}`,
    PATH_INFO: found.info,
  };
  const interpreter = isPhp ? ["/usr/bin/php-cgi"] : [];
  const uid = state.files.uid(caller.account);
  const program = { path: found.file, interpreter, uid, environment: common };
  return isLive ? runLivePage(state, caller, exchange, program) : runPage(state, exchange, program);
}

/** A page that opened its socket must close it; the browser waits for that (spec §2.3.6). */
async function runLivePage(
  state: LabState,
  caller: Caller,
  exchange: HttpExchange,
  program: PageProgram,
): Promise<HttpReply> {
  const owner = { account: caller.account, login: caller.login, environment: sessionEnvironment(caller) };
  const live = new LiveApiSocket(state, owner);
  await live.open();
  const sockets = { CPANEL_CONNECT_SOCKET: live.path, CPANEL_PHPCONNECT_SOCKET: live.path };
  try {
    const reply = await runPage(state, exchange, {
      ...program,
      environment: { ...program.environment, ...sockets },
    });
    if (!live.leftOpen) return reply;
    await Promise.race([live.goodbye, wait(state.pageGraceMs)]);
    if (!live.leftOpen) return reply;
    state.errorLog(`${program.path} ended without the shutdown element on its LiveAPI socket.`);
    return htmlReply(
      500,
      messagePage("Internal Server Error", "The page did not end its session with the engine."),
    );
  } finally {
    await live.close();
  }
}

/** The file that a path leads to, and what is left behind it for the program. */
function splitPathInfo(state: LabState, path: string): { file: string; info: string } | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    const file = path.slice(0, end);
    const found = statSync(state.files.path(file), { throwIfNoEntry: false });
    if (found?.isFile() === true) return { file, info: path.slice(end) };
    if (found?.isDirectory() === true) return undefined;
  }
  return undefined;
}

function sendFile(state: LabState, path: string): HttpReply {
  const real = realpathSync(state.files.path(path));
  const type = contentTypes[extname(path)] ?? "application/octet-stream";
  return { status: 200, headers: { "content-type": type }, body: readFileSync(real) };
}

function answerWhmPage(
  state: LabState,
  caller: Caller,
  exchange: HttpExchange,
): Promise<HttpReply> | HttpReply {
  const path = cleanPath(exchange.url);
  if (path === undefined) return notFound(exchange.url.pathname);
  const may = (acl: string): boolean =>
    mayCall(state, { login: caller.account, tokenAcls: caller.tokenAcls }, acl);
  const apps = appsFor(state, may);
  if (path === "/scripts/command" || path === "/scripts/index.html")
    return htmlReply(200, whmHome(caller.account, apps));
  if (path === featureManagerPath && may("all")) return answerFeatureManager(state, exchange);
  if (path === "/styles/whm.css")
    return { status: 200, headers: { "content-type": "text/css" }, body: whmStyle };
  if (path.startsWith("/addon_plugins/")) {
    const file = `/usr/local/cpanel/whostmgr/docroot${path}`;
    return existsSync(state.files.path(file)) ? sendFile(state, file) : notFound(path);
  }
  if (!path.startsWith("/cgi/")) return notFound(path);
  const found = splitPathInfo(state, `/usr/local/cpanel/whostmgr/docroot${path}`);
  if (found === undefined) return notFound(path);
  if (!/\.(?:cgi|pl|py)$/.test(found.file)) return sendFile(state, found.file);
  const script = path.slice(0, path.length - found.info.length);
  const app = apps.find((one) => one.urls.includes(script));
  if (app === undefined) {
    const why = "The application is not registered, or you do not have the rights that it takes.";
    return htmlReply(403, messagePage("Forbidden", why));
  }
  const problem = runnableProblem(state, found.file);
  if (problem !== undefined) return htmlReply(403, messagePage("Forbidden", problem));
  const user = app.user === "$authuser" ? caller.account : app.user;
  return runPage(state, exchange, {
    path: found.file,
    uid: user === "root" ? 0 : state.files.uid(user),
    environment: {
      ...sessionEnvironment(caller),
      REMOTE_USER: caller.login,
      USER: user,
      HOME: user === "root" ? "/root" : state.files.home(user),
      SCRIPT_NAME: `${exchange.token}${script}`,
      PATH_INFO: found.info,
    },
  });
}
