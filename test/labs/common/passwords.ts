import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readLines, writeLines } from "./text-files.ts";

/** Passwords of the logins, as salted digests in `etc/shadow`. */

interface ServerRoot {
  path(...parts: string[]): string;
}

export function setPassword(files: ServerRoot, name: string, password: string): void {
  const path = files.path("etc/shadow");
  const others = readLines(path).filter((line) => !line.startsWith(`${name}:`));
  const salt = randomBytes(8).toString("hex");
  writeLines(path, [...others, `${name}:${salt}$${digest(salt, password)}`], 0o600);
}

export function removePassword(files: ServerRoot, name: string): void {
  const path = files.path("etc/shadow");
  const others = readLines(path).filter((line) => !line.startsWith(`${name}:`));
  writeLines(path, others, 0o600);
}

export function isPassword(files: ServerRoot, name: string, password: string): boolean {
  const line = readLines(files.path("etc/shadow")).find((entry) => entry.startsWith(`${name}:`));
  const [salt, expected] = line?.slice(name.length + 1).split("$") ?? [];
  if (salt === undefined || expected === undefined) return false;
  return timingSafeEqual(Buffer.from(digest(salt, password)), Buffer.from(expected));
}

function digest(salt: string, password: string): string {
  return createHash("sha256").update(`${salt}:${password}`).digest("hex");
}
