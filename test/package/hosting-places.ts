import { lstatSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join, posix } from "node:path";

export interface UnixUser {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

/** Calls that only look at an entry, without opening what it is. */
const looks = /^(?:l?stat|statx|newfstatat|fstatat64|f?access|faccessat2?|readlink(?:at)?)$/;
const mostLinks = 40;

/** Who has a home where panels put those of hosting accounts; `root` is where the server's files are seen from here. */
export function hostingUsers(root: string): UnixUser[] {
  const fields = (file: string): string[][] =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((line) => line.split(":"));
  return fields("etc/passwd")
    .filter(([, , , , , home = ""]) => /^\/(?:home|var\/www\/vhosts)\/./.test(home))
    .map(([name = "", , uid, gid]) => {
      const more = fields("etc/group").filter(([, , , members = ""]) => members.split(",").includes(name));
      return { name, uid: Number(uid), gids: [Number(gid), ...more.map(([, , id]) => Number(id))] };
    });
}

/**
 * Whether one of the users has a hand in what a call of this name does at a path: they can write what is there, or one of
 * the folders on the way, whose entries they can then exchange for links. A look at an entry of root's own folder is root's
 * right whoever owns the entry, as with a home. What links lead to on the way is followed.
 */
export function inHostingPlace(
  root: string,
  users: readonly UnixUser[],
  { name, path }: { name: string; path: string },
): boolean {
  // Of the kernel's making; nobody makes an entry there.
  if (/^\/(?:proc|sys)(?:\/|$)/.test(path)) return false;
  const steps = path.split("/");
  let at = "/";
  let links = 0;
  for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
    if (step === "" || step === ".") continue;
    if (canWrite(users, lookAt(root, at))) return true;
    const next = posix.join(at, step);
    const found = step === ".." ? undefined : lookAt(root, next);
    if (found?.isSymbolicLink() === true) {
      links += 1;
      if (links > mostLinks) return false;
      const target = readlinkSync(join(root, next));
      steps.unshift(...target.split("/"));
      if (target.startsWith("/")) at = "/";
      continue;
    }
    // What is not there would be made in a folder that is nobody's.
    if (found === undefined && step !== "..") return false;
    at = next;
  }
  return !looks.test(name) && canWrite(users, lookAt(root, at));
}

function lookAt(root: string, path: string): Stats | undefined {
  try {
    return lstatSync(join(root, path));
  } catch {
    return undefined;
  }
}

/** An owner can give the right to write to himself. Who writes to a device such as `/dev/null` changes nothing for others. */
function canWrite(users: readonly UnixUser[], found: Stats | undefined): boolean {
  if (found === undefined || found.isCharacterDevice()) return false;
  if ((found.mode & 0o002) !== 0) return true;
  const groupWrites = (found.mode & 0o020) !== 0;
  return users.some(({ uid, gids }) => uid === found.uid || (groupWrites && gids.includes(found.gid)));
}
