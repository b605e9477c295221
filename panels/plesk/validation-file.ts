import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { readAsOwner, removeAsOwner, type UnixOwner, writeAsOwner } from "../unix-owner.ts";
import { type Site, siteWithName } from "./accounts.ts";

type FileAnswer = Extract<DcvAnswer, { method: "FILE" }>;

/** Puts a validation file into the website's document root, as the subscription's own Unix user and never as root. */
export async function publishFile(
  rootDir: string,
  sites: readonly Site[],
  answer: FileAnswer,
): Promise<void> {
  const site = siteWithName(sites, answer.account, answer.name);
  await writeAsOwner(ownerOf(rootDir, site), placeOf(rootDir, site, answer), answer.content);
}

/** Takes the file away when it still is exactly ours. */
export async function withdrawFile(
  rootDir: string,
  sites: readonly Site[],
  answer: FileAnswer,
): Promise<void> {
  const site = siteWithName(sites, answer.account, answer.name);
  const owner = ownerOf(rootDir, site);
  const path = placeOf(rootDir, site, answer);
  if ((await readAsOwner(owner, path)) === answer.content) await removeAsOwner(owner, path);
}

function placeOf(rootDir: string, { name, documentRoot }: Site, { path }: FileAnswer): string {
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
  const accounts = readFileSync(join(rootDir, "etc/passwd"), "utf8").split("\n");
  const [, , uid = "", gid = ""] = accounts.find((line) => line.startsWith(`${user}:`))?.split(":") ?? [];
  return user !== "" && /^\d+$/.test(uid) && /^\d+$/.test(gid)
    ? { uid: Number(uid), gid: Number(gid) }
    : null;
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
