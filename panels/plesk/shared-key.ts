import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/secret.ts";

/** 32 random bytes as hex digits. */
const wellFormed = /^[0-9a-f]{64}$/;

/**
 * The key that the panel's PHP signs hand-overs with, `<runDir>/pages.key`; made when there is none that can be read. Its
 * group is the folder's, which is the panel's own: no hosting account is in it.
 */
export function openSharedKey(runDir: string): Secret {
  const path = join(runDir, "pages.key");
  const present = readOrNull(path);
  if (present !== null && wellFormed.test(present)) return new Secret(present);
  const made = randomBytes(32).toString("hex");
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o640);
  try {
    // The service's mask would take the group's right away.
    fchmodSync(file, 0o640);
    giveToGroupOf(runDir, file);
    writeSync(file, made);
  } finally {
    closeSync(file);
  }
  renameSync(draft, path);
  return new Secret(made);
}

/** Where the folder has the set-group bit the group is right already; else only root can give it. */
function giveToGroupOf(folder: string, file: number): void {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) fchownSync(file, uid, statSync(folder).gid);
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}
