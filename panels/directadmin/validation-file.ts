import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { documentRoot } from "./accounts.ts";
import { acceptJson } from "./answers.ts";
import type { Access } from "./certificates.ts";
import type { PanelFiles } from "./files.ts";
import { commandEnvironment, type Login } from "./panel-api.ts";

type FileAnswer = Extract<DcvAnswer, { method: "FILE" }>;

const commandTimeout = 10_000;
const maxFile = 16_384;

/**
 * Puts a validation file into the site, as the account and never as root: through the panel's file manager, or on panels
 * without one by commands that run under the account's own Unix user (spec directadmin §3.8). A link that the account has
 * laid there leads no further than the account could go itself.
 */
export async function publishFile(access: Access, login: Login, answer: FileAnswer): Promise<void> {
  const place = placeOf(access.files, answer);
  if (!access.features.fileManager) {
    const path = `${access.files.homeDir(answer.account)}/${place.folder}/${place.name}`;
    await asAccount(
      access.files,
      answer.account,
      "/usr/bin/install",
      ["-D", "-m", "644", "/dev/stdin", path],
      answer.content,
    );
    return;
  }
  const dir = `/${place.folder}`;
  await fileManager(access, login, "POST", `/api/filemanager-actions/mkdir`, { dir, parents: true });
  const query = new URLSearchParams({ dir, name: place.name, overwrite: "true" });
  const path = `/api/filemanager-actions/upload?${query}`;
  const multipart = encodeFile(place.name, answer.content);
  acceptJson(await access.api.call(login, { method: "POST", path, multipart }), path);
}

/** Takes the file away when it still is exactly ours. */
export async function withdrawFile(access: Access, login: Login, answer: FileAnswer): Promise<void> {
  const place = placeOf(access.files, answer);
  const path = `${access.files.homeDir(answer.account)}/${place.folder}/${place.name}`;
  const present = await readAsAccount(access.files, answer.account, path);
  if (present !== answer.content) return;
  if (access.features.fileManager) {
    await fileManager(access, login, "POST", "/api/filemanager-actions/remove", {
      paths: [`/${place.folder}/${place.name}`],
      trash: false,
    });
    return;
  }
  await asAccount(access.files, answer.account, "/usr/bin/rm", ["-f", "--", path], "");
}

function placeOf(files: PanelFiles, { account, name, path }: FileAnswer): { folder: string; name: string } {
  const root = documentRoot(files, account, name);
  return { folder: `${root}${posix.dirname(path)}`, name: posix.basename(path) };
}

async function fileManager(
  { api }: Access,
  login: Login,
  method: "POST",
  path: string,
  json: unknown,
): Promise<void> {
  const answer = await api.call(login, { method, path, json });
  // It is there already.
  if (answer.status === 409) return;
  acceptJson(answer, path);
}

function encodeFile(name: string, content: string): { boundary: string; body: Buffer } {
  const boundary = randomBytes(16).toString("hex");
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n`;
  return { boundary, body: Buffer.from(`${head}${content}\r\n--${boundary}--\r\n`, "utf8") };
}

/** Null when it can't be read or is not there. */
async function readAsAccount(files: PanelFiles, account: string, path: string): Promise<string | null> {
  try {
    return await asAccount(files, account, "/usr/bin/head", ["-c", String(maxFile), "--", path], "");
  } catch {
    return null;
  }
}

function asAccount(
  files: PanelFiles,
  account: string,
  command: string,
  args: readonly string[],
  input: string,
): Promise<string> {
  const { uid, gid } = files.homeOwner(account);
  if (uid === 0 || gid === 0) {
    throw new CodedError("panel-refused", {
      detail: `the home of ${account} belongs to root; nothing is written there`,
    });
  }
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      [...args],
      { uid, gid, cwd: "/", env: commandEnvironment, timeout: commandTimeout, maxBuffer: maxFile * 2 },
      (cause, stdout) => {
        if (cause === null) resolve(stdout);
        else
          reject(
            new CodedError("panel-fault", { detail: `a validation file of ${account} can't be handled` }),
          );
      },
    );
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
