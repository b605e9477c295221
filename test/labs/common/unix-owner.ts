import { chownSync, readFileSync, statSync } from "node:fs";

/** Uid and primary gid of a Unix user of this machine; undefined when there is none. */
export function unixUser(name: string): { uid: number; gid: number } | undefined {
  const line = findLine("/etc/passwd", name);
  return line === undefined ? undefined : { uid: Number(line[2]), gid: Number(line[3]) };
}

function unixGroup(name: string): number | undefined {
  const line = findLine("/etc/group", name);
  return line === undefined ? undefined : Number(line[2]);
}

function findLine(file: string, name: string): string[] | undefined {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find((fields) => fields[0] === name);
}

/**
 * Gives a file to a user and group. The lab also runs as a plain user and on machines without the panel's accounts;
 * files keep their owner there.
 */
export function giveTo(path: string, user: string, group?: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = unixUser(user);
  if (owner === undefined) return;
  chownSync(path, owner.uid, (group === undefined ? undefined : unixGroup(group)) ?? owner.gid);
}

/** Gives a file to whoever owns another one: what an account makes belongs to the owner of its home. */
export function giveToOwnerOf(path: string, model: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(model);
  chownSync(path, uid, gid);
}
