import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hasLevel, installedPlugins, isActive, isExecutable, type PluginLevel } from "./plugin-files.ts";
import { isVisible } from "./plugin-pages.ts";
import { runScript } from "./plugin-process.ts";
import type { LabContext, PluginCall } from "./plugin-runtime-contract.ts";

export interface MenuEntry {
  readonly name: string;
  readonly icon: string;
  readonly href: string;
  readonly newTab: boolean;
  readonly updates: number;
}
export interface MenuCategory {
  readonly name: string;
  readonly icon: string;
  readonly entries: readonly MenuEntry[];
}

const commands: Readonly<Record<PluginLevel, string>> = {
  admin: "CMD_PLUGINS_ADMIN",
  reseller: "CMD_PLUGINS_RESELLER",
  user: "CMD_PLUGINS",
};
const levelsOf = {
  admin: ["admin", "reseller", "user"],
  reseller: ["reseller", "user"],
  user: ["user"],
} as const;

/** What plugins add to Evolution's menu for this caller (spec directadmin §1.4); a plugin whose menu can't be read adds nothing. */
export async function pluginMenus(context: LabContext, call: PluginCall): Promise<MenuCategory[]> {
  const found: MenuCategory[] = [];
  for (const plugin of installedPlugins(context.rootDir)) {
    if (!isActive(plugin) || !isVisible(call.login, plugin.id)) continue;
    for (const level of levelsOf[call.login.role]) {
      if (!hasLevel(plugin, level)) continue;
      const file = plugin.conf.get(`menu_${level}`);
      if (file === undefined) {
        const href = `/${commands[level]}/${plugin.id}/index.html`;
        const name = plugin.conf.get("name") ?? plugin.id;
        found.push({ name, icon: "", entries: [{ name, icon: "", href, newTab: false, updates: 0 }] });
        continue;
      }
      const path = join(plugin.folder, file);
      const text = isExecutable(path)
        ? bodyOf(
            (
              await runScript(context, call, {
                plugin,
                level,
                script: path,
                query: "",
                body: Buffer.alloc(0),
              })
            ).toString("utf8"),
          )
        : readOrEmpty(path);
      found.push(...readMenu(text));
    }
  }
  return found;
}

/** `GET /api/plugins/list`. */
export function listPlugins(context: LabContext, call: PluginCall): object[] {
  return installedPlugins(context.rootDir)
    .filter((plugin) => isActive(plugin) && isVisible(call.login, plugin.id))
    .flatMap((plugin) =>
      levelsOf[call.login.role]
        .filter((level) => hasLevel(plugin, level))
        .map((level) => {
          const menu = plugin.conf.get(`menu_${level}`);
          const base = `/${commands[level]}/${plugin.id}`;
          return {
            id: plugin.id,
            role: level,
            menuEntry: {
              title: plugin.conf.get("name") ?? plugin.id,
              url: `${base}/index.html`,
              icon: "",
              newTab: false,
            },
            menuURL: menu === undefined ? "" : `${base}/${menu.replace(/^[^/]+\//, "")}`,
          };
        }),
    );
}

function bodyOf(printed: string): string {
  const end = /\r?\n\r?\n/.exec(printed);
  return /^HTTP\/1\.[01] 200/.test(printed) && end !== null ? printed.slice(end.index + end[0].length) : "[]";
}

function readMenu(text: string): MenuCategory[] {
  try {
    const menu: unknown = JSON.parse(text);
    return Array.isArray(menu) ? (menu as MenuCategory[]) : [];
  } catch {
    return [];
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "[]";
  }
}
