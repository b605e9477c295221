import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { removeAsOwner, type UnixOwner, writeAsOwner } from "../unix-owner.ts";
import { type Site, siteWithName } from "./accounts.ts";
import type { PleskCommands } from "./commands.ts";

type FileAnswer = Extract<DcvAnswer, { method: "FILE" }>;

const done = z.object({ done: z.literal(true) });
/** What the panel itself shows for every website, below the server's root. */
const sharedFolder = "var/www/vhosts/default/htdocs";

/**
 * Has the website show a validation file. It lies in the server's own folder, and the web server shows it from there past
 * everything that may stand before the document root: the panel's HTTPS redirect spares no path but its own engine's,
 * and applications, passwords and rules spare none (spec plesk §3.8). Where that folder is not root's alone, the file goes into
 * the document root, as the subscription's own Unix user.
 */
export async function publishFile(
  commands: PleskCommands,
  rootDir: string,
  sites: readonly Site[],
  answer: FileAnswer,
): Promise<void> {
  const site = siteWithName(sites, answer.account, answer.name);
  if (!isRootsAlone(rootDir)) {
    await writeAsOwner(ownerOf(rootDir, site), ownPlace(rootDir, site, answer), answer.content);
    return;
  }
  const place = sharedPlace(rootDir, answer);
  mkdirSync(join(place, ".."), { recursive: true, mode: 0o755 });
  writeFileSync(place, answer.content, { mode: 0o644 });
  await commands.ask(done, "serve-validation.php", "add", String(site.id), basename(answer.path));
}

/** Takes the file away where it still is exactly ours. */
export async function withdrawFile(
  commands: PleskCommands,
  rootDir: string,
  sites: readonly Site[],
  answer: FileAnswer,
): Promise<void> {
  const site = siteWithName(sites, answer.account, answer.name);
  const place = sharedPlace(rootDir, answer);
  if (isRootsAlone(rootDir) && readOrNull(place) === answer.content) {
    await commands.ask(done, "serve-validation.php", "remove", String(site.id), basename(answer.path));
    rmSync(place, { force: true });
  }
  if (site.documentRoot === null || site.documentRoot === undefined) return;
  await removeAsOwner(ownerOf(rootDir, site), ownPlace(rootDir, site, answer), answer.content);
}

function sharedPlace(rootDir: string, { path }: FileAnswer): string {
  return `${join(rootDir, sharedFolder)}${path}`;
}

/** Every folder on the way is root's and nobody else can put a link there. */
function isRootsAlone(rootDir: string): boolean {
  const steps = [...sharedFolder.split("/"), ".well-known", "pki-validation"];
  let path = rootDir;
  for (const step of steps) {
    path = join(path, step);
    const found = lstatSync(path, { throwIfNoEntry: false });
    // What is not there yet is made by root below what is root's.
    if (found === undefined) return step.startsWith(".") || step === "pki-validation";
    const root = process.getuid?.() ?? 0;
    if (!found.isDirectory() || found.uid !== root || (found.mode & 0o022) !== 0) return false;
  }
  return true;
}

function ownPlace(rootDir: string, { name, documentRoot }: Site, { path }: FileAnswer): string {
  if (documentRoot === null || documentRoot === undefined) {
    throw new CodedError("dcv-method-unsupported", { detail: `${name} has no document root` });
  }
  return `${onThisMachine(rootDir, documentRoot)}${path}`;
}

/** The subscription's Unix user: by its name, or as owner of the home, which lies where only root can make an entry. */
function ownerOf(rootDir: string, { name, user, home }: Site): UnixOwner {
  const owner = byName(rootDir, user ?? "") ?? ownerOfHome(rootDir, home ?? "");
  if (owner === null || owner.uid === 0 || owner.gid === 0) {
    throw new CodedError("panel-fault", { detail: `the Unix user of ${name} is not known` });
  }
  return owner;
}

function byName(rootDir: string, user: string): UnixOwner | null {
  const accounts = (readOrNull(join(rootDir, "etc/passwd")) ?? "").split("\n");
  const [, , uid = "", gid = ""] = accounts.find((line) => line.startsWith(`${user}:`))?.split(":") ?? [];
  const known = user !== "" && /^\d+$/.test(uid) && /^\d+$/.test(gid);
  return known ? { uid: Number(uid), gid: Number(gid) } : null;
}

function ownerOfHome(rootDir: string, home: string): UnixOwner | null {
  const found = home === "" ? undefined : lstatSync(onThisMachine(rootDir, home), { throwIfNoEntry: false });
  return found?.isDirectory() === true ? { uid: found.uid, gid: found.gid } : null;
}

/** The panel names its own paths; the server may lie below another root. */
function onThisMachine(rootDir: string, path: string): string {
  const root = rootDir.replace(/\/$/, "");
  return path.startsWith(`${root}/`) ? path : join(rootDir, path);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
