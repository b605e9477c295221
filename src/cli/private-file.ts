import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { CodedError } from "../errors.ts";

/*
 * Files that hold keys, sealed or not. They are made anew and followed through no link, so that a name in a folder that
 * others may write to leads nowhere else; and what others could have read or put there is not taken.
 */

/** Throws `input-invalid` before anything is done for a file that can't be made. */
export function refuseExisting(path: string): void {
  if (existsSync(path)) throw new CodedError("input-invalid", { detail: `${path} is there already` });
}

/** Throws `input-invalid`; what is there already is never written over. */
export function writePrivateFile(path: string, content: string): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let handle: number;
  try {
    handle = openSync(path, flags, 0o600);
  } catch (cause) {
    throw new CodedError("input-invalid", { detail: `${path} can't be made`, cause });
  }
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Throws `input-invalid` for what is no file, belongs to somebody else, or can be read by others. */
export function readPrivateFile(path: string): string {
  let handle: number;
  try {
    handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new CodedError("input-invalid", { detail: `${path} can't be read`, cause });
  }
  try {
    const { mode, uid } = fstatSync(handle);
    if (
      (mode & constants.S_IFMT) !== constants.S_IFREG ||
      uid !== process.getuid?.() ||
      (mode & 0o077) !== 0
    ) {
      throw new CodedError("input-invalid", { detail: `${path} must be your own file with mode 0600` });
    }
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}
