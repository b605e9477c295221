import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export interface FileOwner {
  readonly mode: number;
  readonly gid: number;
}

/**
 * Writes a file of root's, whole or not at all, and says whether anything changed. The folder it lies in must belong to
 * root alone: that is what makes following its path safe (T-07).
 */
export function writeRootFile(path: string, content: string | Buffer, { mode, gid }: FileOwner): boolean {
  const bytes = Buffer.from(content);
  const old = readOrNull(path);
  if (old?.equals(bytes) === true) {
    own(path, gid);
    chmodSync(path, mode);
    return false;
  }
  const work = `${path}.new`;
  rmSync(work, { force: true });
  const handle = openSync(work, "wx", 0o600);
  try {
    writeSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  own(work, gid);
  chmodSync(work, mode);
  renameSync(work, path);
  syncFolder(dirname(path));
  return true;
}

/** In development everything belongs to whoever runs it. */
function own(path: string, gid: number): void {
  if (process.getuid?.() === 0) chownSync(path, 0, gid);
}

export function makeFolder(path: string, mode: number, uid: number, gid: number): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

export function readOrNull(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
}

export function syncFolder(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
