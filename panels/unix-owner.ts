import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { CodedError } from "../src/errors.ts";
import { runCommand } from "./run-command.ts";

/** A Unix user to act as. Never root: what a hosting account can write is touched with that account's rights only. */
export interface UnixOwner {
  readonly uid: number;
  readonly gid: number;
}

const commandTimeout = 10_000;
const maxFile = 16_384;

/** Puts a small file where the owner may, with the folders above it. A link laid there leads no further than the owner could go. */
export async function writeAsOwner(owner: UnixOwner, path: string, content: string): Promise<void> {
  const script = 'umask 022 && mkdir -p -- "$1" && cat > "$1/$2"';
  const folder = posix.dirname(path);
  await runAsOwner(owner, "/bin/sh", ["-c", script, "publish", folder, posix.basename(path)], content);
}

/** The beginning of a file as the owner sees it; null when there is none. */
export async function readAsOwner(owner: UnixOwner, path: string): Promise<string | null> {
  return runAsOwner(owner, "/usr/bin/head", ["-c", String(maxFile), "--", path], "").catch(() => null);
}

/**
 * Removes a file that holds exactly `content`; any other stays. It is taken out of the way first and compared there, so that
 * what was put in its place since it was read, such as the answer to the next order, is not lost.
 */
export async function removeAsOwner(owner: UnixOwner, path: string, content: string): Promise<void> {
  if ((await readAsOwner(owner, path)) !== content) return;
  const name = posix.basename(path);
  const aside = `.${name}.${randomBytes(6).toString("hex")}`;
  const script = `cd -P -- "$1" && mv -f -T -- "$2" "$3" || exit
    if [ "$(head -c ${maxFile} -- "$3" && echo .)" = "$(cat && echo .)" ]; then rm -f -- "$3"; exit; fi
    mv -n -T -- "$3" "$2"
    rm -f -- "$3"`;
  await runAsOwner(owner, "/bin/sh", ["-c", script, "withdraw", posix.dirname(path), name, aside], content);
}

async function runAsOwner(
  as: UnixOwner,
  command: string,
  args: readonly string[],
  input: string,
): Promise<string> {
  const limits = { timeout: commandTimeout, maxOutput: maxFile * 2, input, as };
  const { code, stdout } = await runCommand(command, args, limits);
  if (code === 0) return stdout;
  throw new CodedError("panel-fault", { detail: `a validation file can't be handled (${command})` });
}
