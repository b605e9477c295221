import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** One installed plugin as it lies on disk (spec directadmin §1.1). */
export interface InstalledPlugin {
  readonly id: string;
  readonly folder: string;
  readonly conf: ReadonlyMap<string, string>;
}

export type PluginLevel = "admin" | "reseller" | "user";
export const pluginLevels: readonly PluginLevel[] = ["admin", "reseller", "user"];

export function pluginsFolder(rootDir: string): string {
  return join(rootDir, "usr/local/directadmin/plugins");
}

/** Without plugin.conf the folder is not a plugin. */
export function installedPlugin(rootDir: string, id: string): InstalledPlugin | null {
  if (!/^[A-Za-z0-9_-]+$/.test(id)) return null;
  const folder = join(pluginsFolder(rootDir), id);
  try {
    return { id, folder, conf: readConf(readFileSync(join(folder, "plugin.conf"), "utf8")) };
  } catch {
    return null;
  }
}

export function installedPlugins(rootDir: string): InstalledPlugin[] {
  let names: string[] = [];
  try {
    names = readdirSync(pluginsFolder(rootDir)).sort();
  } catch {
    // A server without any plugin.
  }
  return names.map((name) => installedPlugin(rootDir, name)).filter((plugin) => plugin !== null);
}

/** Comments and blank lines occur in published plugins; quotes are tolerated. */
export function readConf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const equals = line.indexOf("=");
    if (equals < 1 || line.trimStart().startsWith("#")) return [];
    const value = line.slice(equals + 1).trim();
    return [[line.slice(0, equals).trim(), value.replace(/^"(.*)"$/, "$1")]];
  });
  return new Map(pairs);
}

export function isActive(plugin: InstalledPlugin): boolean {
  return plugin.conf.get("active") !== "no";
}

/** A level's page exists when its start page is there and can be executed; an `index.raw` alone makes none. */
export function hasLevel(plugin: InstalledPlugin, level: PluginLevel): boolean {
  return isExecutable(join(plugin.folder, level, "index.html"));
}

export function isExecutable(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && (found.mode & 0o111) !== 0;
}
