import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { readLines, removeFile, writeLines } from "../common/text-files.ts";
import type { ServerFiles } from "./server-files.ts";

/** What a tool refuses, in its words. */
export class PluginProblem extends Error {}

/** One object of `install.json` (spec §1.3). */
export interface PluginItem {
  type: "group" | "link";
  id: string;
  name: string;
  icon: string;
  order: string;
  groupId: string;
  uri: string;
  /** The feature without which it is not shown; empty for always. */
  feature: string;
  description: string;
}

/** Groups of Jupiter's home page. */
export const builtInGroups = [
  "files",
  "databases",
  "domains",
  "email",
  "metrics",
  "security",
  "software",
  "advanced",
  "preferences",
];

/** Feeds interface definition, icon and feature; copies no pages. */
export async function installPlugin(files: ServerFiles, path: string, theme: string): Promise<string> {
  return withSource(path, (folder) => {
    const items = readItems(folder);
    const jupiter = themeFolder(files, theme);
    for (const item of items) {
      const icon = join(folder, item.icon);
      if (item.icon !== "" && !existsSync(icon))
        throw new PluginProblem(`The icon “${item.icon}” does not exist.`);
      if (item.icon !== "") {
        mkdirSync(join(jupiter, "assets/application_icons"), { recursive: true });
        copyFileSync(icon, join(jupiter, "assets/application_icons", basename(item.icon)));
      }
      writeLines(dynamicUi(files, theme, item.id), [
        ...Object.entries({
          type: item.type,
          name: item.name,
          icon: basename(item.icon),
          order: item.order,
          group: item.groupId,
          url: item.uri,
          feature: item.feature,
          description: item.description,
        }).map(([key, value]) => `${key}=>${value}`),
      ]);
      if (item.feature === item.id)
        writeLines(files.cpanel("whostmgr/addonfeatures", item.id), [`${item.id}:${item.name}`]);
    }
    return `Plugin ${items.map((item) => item.id).join(", ")} installed\n`;
  });
}

export async function uninstallPlugin(
  files: ServerFiles,
  path: string,
  theme: string,
  leaves: boolean,
): Promise<string> {
  return withSource(path, (folder) => {
    const items = readItems(folder);
    themeFolder(files, theme);
    for (const item of items) {
      if (!leaves) removeFile(dynamicUi(files, theme, item.id));
      removeFile(files.cpanel("whostmgr/addonfeatures", item.id));
    }
    return `Plugin ${items.map((item) => item.id).join(", ")} removed\n`;
  });
}

/** Definitions on the server, those of the feature manager told apart by their feature's name. */
export function installedItems(files: ServerFiles): PluginItem[] {
  const folder = files.cpanel("base/frontend/jupiter/dynamicui");
  return readdirSync(folder)
    .filter((name) => /^dynamicui_.+\.conf$/.test(name))
    .map((name) => {
      const pairs = new Map(
        readLines(join(folder, name)).map((line): [string, string] => [
          line.split("=>")[0] ?? "",
          line.slice(line.indexOf("=>") + 2),
        ]),
      );
      const text = (key: string): string => pairs.get(key) ?? "";
      return {
        type: text("type") === "group" ? "group" : "link",
        id: name.slice("dynamicui_".length, -".conf".length),
        name: text("name"),
        icon: text("icon"),
        order: text("order"),
        groupId: text("group"),
        uri: text("url"),
        feature: text("feature"),
        description: text("description"),
      };
    });
}

function themeFolder(files: ServerFiles, theme: string): string {
  const folder = files.cpanel("base/frontend", theme);
  if (!/^\w+$/.test(theme) || !existsSync(folder))
    throw new PluginProblem(`The theme “${theme}” does not exist.`);
  return folder;
}

function dynamicUi(files: ServerFiles, theme: string, id: string): string {
  return files.cpanel("base/frontend", theme, "dynamicui", `dynamicui_${id}.conf`);
}

function readItems(folder: string): PluginItem[] {
  const path = join(folder, "install.json");
  if (!existsSync(path)) throw new PluginProblem("The archive does not contain an install.json file.");
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new PluginProblem("The install.json file is not valid JSON.");
  }
  if (!Array.isArray(read) || read.length === 0)
    throw new PluginProblem("The install.json file must be an array of objects.");
  return read.map((item) => readItem(item as Record<string, unknown>));
}

function readItem(item: Record<string, unknown>): PluginItem {
  const text = (name: string): string => String(item[name] ?? "");
  const { type } = item;
  if (type !== "group" && type !== "link")
    throw new PluginProblem(`“${String(type)}” is not a type of item.`);
  if (!/^[a-z0-9_-]+$/.test(text("id"))) throw new PluginProblem(`“${text("id")}” is not a valid id.`);
  if (text("name") === "") throw new PluginProblem(`The item “${text("id")}” has no name.`);
  if (type === "link" && (text("uri") === "" || text("group_id") === "")) {
    throw new PluginProblem(`The link “${text("id")}” needs “uri” and “group_id”.`);
  }
  const manages = item["featuremanager"] === true || item["featuremanager"] === 1;
  return {
    type,
    id: text("id"),
    name: text("name"),
    icon: text("icon"),
    order: text("order"),
    groupId: text("group_id"),
    uri: text("uri"),
    feature: manages ? text("id") : text("feature"),
    description: text("description"),
  };
}

/** A folder as it is, or an archive unpacked for the time of the work. */
async function withSource(path: string, work: (folder: string) => string): Promise<string> {
  if (!existsSync(path)) throw new PluginProblem(`“${basename(path)}” does not exist.`);
  if (statSync(path).isDirectory()) return work(path);
  const unpacker = unpackerOf(path);
  const folder = mkdtempSync(join(tmpdir(), "plugin-"));
  try {
    await promisify(execFile)(
      unpacker,
      unpacker === "unzip" ? ["-q", path, "-d", folder] : ["-xf", path, "-C", folder],
    ).catch(() => {
      throw new PluginProblem(`“${basename(path)}” could not be unpacked.`);
    });
    const [only, ...others] = readdirSync(folder);
    const inner = only !== undefined && others.length === 0 && statSync(join(folder, only)).isDirectory();
    return work(inner ? join(folder, only) : folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unpackerOf(path: string): "tar" | "unzip" {
  if (/\.(?:tar\.gz|tgz|tar\.bz2|bzip2)$/.test(path)) return "tar";
  if (path.endsWith(".zip")) return "unzip";
  throw new PluginProblem("The plugin must be a .tar.gz, .bzip2 or .zip file, or a directory.");
}
