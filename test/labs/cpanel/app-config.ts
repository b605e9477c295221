import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readText, removeFile, writeText } from "../common/text-files.ts";
import { PluginProblem } from "./plugin-install.ts";
import type { ServerFiles } from "./server-files.ts";

/** A registered application (spec §1.6). */
export interface RegisteredApp {
  name: string;
  service: string;
  /** Addresses it may be reached at, below the document root. */
  urls: string[];
  /** `root`, another Unix user, or `$authuser`. */
  user: string;
  acls: string[];
  displayName: string;
  /** Below `/cgi/`; empty for no menu entry. */
  entryUrl: string;
  icon: string;
  target: string;
  values: ReadonlyMap<string, string>;
}

const keys =
  /^(?:name|service|url\d*|user|acls|displayname|entryurl|icon|target|searchtext|features|phpConfig|implements|upgradecall|group|feature)$/;

/** Checks a file and keeps a copy; the application's name. */
export function registerAppConfig(files: ServerFiles, path: string): string {
  const text = readText(path);
  if (text === undefined) throw new PluginProblem(`The file “${basename(path)}” does not exist.`);
  const app = parse(text);
  mkdirSync(files.var("apps"), { recursive: true, mode: 0o755 });
  writeText(files.var("apps", `${app.name}.conf`), text, 0o600);
  writeText(
    files.var("pluginscache.yaml"),
    `---\n${registeredApps(files)
      .map((one) => `- ${one.name}\n`)
      .join("")}`,
  );
  return app.name;
}

export function unregisterAppConfig(files: ServerFiles, given: string, path: string): string {
  const name = existsSync(path) ? parse(readText(path) ?? "").name : basename(given, ".conf");
  const kept = files.var("apps", `${name}.conf`);
  if (!existsSync(kept)) throw new PluginProblem(`There is no application “${name}”.`);
  removeFile(kept);
  return name;
}

export function registeredApps(files: ServerFiles): RegisteredApp[] {
  const folder = files.var("apps");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => parse(readText(join(folder, name)) ?? ""));
}

function parse(text: string): RegisteredApp {
  const values = new Map<string, string>();
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const key = line.slice(0, Math.max(equals, 0));
    if (!keys.test(key)) throw new PluginProblem(`“${line}” is not a valid line.`);
    values.set(key, line.slice(equals + 1));
  }
  const value = (key: string): string => values.get(key) ?? "";
  if (!/^[\w-]+$/.test(value("name"))) throw new PluginProblem("The key “name” is missing or not valid.");
  if (!["whostmgr", "cpanel", "webmail"].includes(value("service")))
    throw new PluginProblem("The key “service” is missing or not valid.");
  const urls = [...values].filter(([key]) => key.startsWith("url")).map(([, url]) => url);
  if (urls.length === 0 || urls.some((url) => !url.startsWith("/")))
    throw new PluginProblem("The key “url” is missing or does not begin with a slash.");
  if (value("service") === "whostmgr" && value("acls") === "")
    throw new PluginProblem("The key “acls” is missing.");
  return {
    name: value("name"),
    service: value("service"),
    urls,
    user: value("user") || "root",
    acls: value("acls")
      .split(",")
      .map((acl) => acl.trim()),
    displayName: value("displayname") || value("name"),
    entryUrl: value("entryurl"),
    icon: value("icon"),
    target: value("target") || "_blank",
    values,
  };
}
