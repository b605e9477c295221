import { readFileSync } from "node:fs";
import { CodedError } from "../errors.ts";
import { serviceUser } from "./places.ts";
import { findCommand, runCommand } from "./system-command.ts";

export interface ServiceAccount {
  readonly uid: number;
  readonly gid: number;
}

/** The system user of the service: no login, no home, no password. Made when it is not there. */
export async function ensureServiceAccount(): Promise<ServiceAccount> {
  const known = readServiceAccount();
  if (known !== null) return known;
  const noLogin = findCommand("nologin") ?? "/bin/false";
  await runCommand("useradd", [
    "--system",
    "--user-group",
    "--no-create-home",
    "--home-dir",
    "/nonexistent",
    "--shell",
    noLogin,
    serviceUser,
  ]);
  const made = readServiceAccount();
  if (made === null) throw new CodedError("setup-failed", { detail: `the user ${serviceUser} was not made` });
  return made;
}

export function readServiceAccount(): ServiceAccount | null {
  const [, , uid, gid] = entryOf("/etc/passwd", serviceUser);
  return uid === undefined || gid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}

/** Null when there is no such group. */
export function groupId(name: string): number | null {
  const [, , gid] = entryOf("/etc/group", name);
  return gid === undefined ? null : Number(gid);
}

function entryOf(file: string, name: string): string[] {
  const line = readFileSync(file, "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  return line?.split(":") ?? [];
}
