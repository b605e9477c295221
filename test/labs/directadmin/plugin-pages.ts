import { readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import {
  hasLevel,
  type InstalledPlugin,
  installedPlugin,
  isActive,
  isExecutable,
  type PluginLevel,
} from "./plugin-files.ts";
import { runScript, ScriptUserMissing } from "./plugin-process.ts";
import type { LabContext, LabLogin, PluginCall } from "./plugin-runtime-contract.ts";
import { framePage } from "./shell-frames.ts";
import { messagePage } from "./shell-pages.ts";

const addresses: Readonly<Record<string, PluginLevel>> = {
  CMD_PLUGINS_ADMIN: "admin",
  CMD_PLUGINS_RESELLER: "reseller",
  CMD_PLUGINS: "user",
};
const ranks: Readonly<Record<LabLogin["role"], number>> = { user: 0, reseller: 1, admin: 2 };
const contentTypes: Readonly<Record<string, string>> = {
  ".svg": "image/svg+xml",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
};

/** Answers `/CMD_PLUGINS…/<id>/…`: static files, whole answers of `.raw` scripts, fragments in the skin's frame (spec directadmin §1.1, §2). */
export async function answerPluginAddress(context: LabContext, call: PluginCall): Promise<void> {
  const url = new URL(call.request.url ?? "/", "http://panel");
  const match = /^\/(CMD_PLUGINS(?:_ADMIN|_RESELLER)?)\/([^/]+)(?:\/(.*))?$/.exec(url.pathname);
  const level = addresses[match?.[1] ?? ""];
  const plugin = installedPlugin(context.rootDir, decode(match?.[2] ?? ""));
  if (level === undefined || plugin === null || !isActive(plugin)) {
    send(call, 404, messagePage("Page not found", "There is no such plugin page."));
    return;
  }
  if (ranks[call.login.role] < ranks[level] || !isVisible(call.login, plugin.id)) {
    send(call, 403, messagePage("Access denied", "You cannot execute that command"));
    return;
  }
  const path = decode(match?.[3] ?? "") || "index.html";
  if (path.startsWith("images/")) {
    sendStatic(call, plugin, path);
    return;
  }
  await sendScript(context, call, plugin, level, path, url.search.slice(1));
}

async function sendScript(
  context: LabContext,
  call: PluginCall,
  plugin: InstalledPlugin,
  level: PluginLevel,
  name: string,
  query: string,
): Promise<void> {
  const script = join(plugin.folder, level, name);
  if (!/^[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)?$/.test(name) || !isExecutable(script) || !hasLevel(plugin, level)) {
    send(call, 404, messagePage("Page not found", "The script does not exist or can't be executed."));
    return;
  }
  let output: Buffer;
  try {
    output = await runScript(context, call, { plugin, level, script, query, body: call.body });
  } catch (thrown) {
    const why = thrown instanceof ScriptUserMissing ? thrown.message : "The script can't be started.";
    send(call, 500, messagePage("Plugin error", why));
    return;
  }
  if (call.response.destroyed) return;
  if (name.endsWith(".raw")) sendRaw(call, output);
  else send(call, 200, framePage(call.login.skin, output.toString("utf8")));
}

/** What a `.raw` script printed is the answer, head and all. */
function sendRaw(call: PluginCall, output: Buffer): void {
  const text = output.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? [] : text.slice(0, end.index).split(/\r?\n/);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head[0] ?? "")?.[1];
  if (end === null || status === undefined) {
    send(call, 502, messagePage("Plugin error", "The script printed no HTTP answer."));
    return;
  }
  const headers = head.slice(1).flatMap((line): [string, string][] => {
    const colon = line.indexOf(":");
    return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()]];
  });
  call.response.writeHead(Number(status), Object.fromEntries(headers));
  call.response.end(output.subarray(end.index + end[0].length));
}

/** Files of `images/` are served as they are and never executed. */
function sendStatic(call: PluginCall, plugin: InstalledPlugin, path: string): void {
  const file = join(plugin.folder, path);
  const inside = file.startsWith(`${join(plugin.folder, "images")}/`);
  if (!inside || statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    send(call, 404, messagePage("Page not found", "There is no such file."));
    return;
  }
  call.response.writeHead(200, {
    "content-type": contentTypes[extname(file)] ?? "application/octet-stream",
    "cache-control": "max-age=3600",
  });
  call.response.end(readFileSync(file));
}

/** An account's package may hide plugins from it (spec directadmin §1.3). */
export function isVisible(login: LabLogin, id: string): boolean {
  if (login.pluginsWhitelist !== null && !login.pluginsWhitelist.includes(id)) return false;
  return login.pluginsBlacklist?.includes(id) !== true;
}

export function send(call: PluginCall, status: number, html: string): void {
  call.response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "x-frame-options": "SAMEORIGIN",
  });
  call.response.end(html);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
