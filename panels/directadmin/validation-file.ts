import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { readAsOwner, removeAsOwner, type UnixOwner, writeAsOwner } from "../unix-owner.ts";
import { documentRoot } from "./accounts.ts";
import { acceptJson } from "./answers.ts";
import type { Access } from "./certificates.ts";
import type { PanelFiles } from "./files.ts";
import type { Login } from "./panel-api.ts";

type FileAnswer = Extract<DcvAnswer, { method: "FILE" }>;

/** May read what the web server shows to everybody, and nothing else. */
const nobody = { uid: 65_534, gid: 65_534 };

/**
 * Puts a validation file into the site, as the account and never as root: by commands that run under the account's own
 * Unix user, which every version allows (spec directadmin §3.8). A link that the account has laid there leads no further
 * than the account could go itself. A home that belongs to nobody of that kind is left to the panel's file manager.
 */
export async function publishFile(access: Access, login: Login, answer: FileAnswer): Promise<void> {
  const place = placeOf(access.files, answer);
  const owner = ownerOf(access.files, answer.account);
  if (owner !== null) {
    await writeAsOwner(owner, place.path, answer.content);
    return;
  }
  assertFileManager(access, answer);
  await makeFolders(access, login, place.folder);
  const query = new URLSearchParams({ dir: place.folder, name: place.name, overwrite: "true" });
  const path = `/api/filemanager-actions/upload?${query}`;
  const multipart = encodeFile(place.name, answer.content);
  acceptJson(await access.api.call(login, { method: "POST", path, multipart }), path);
}

/** Takes the file away when it still is exactly ours. */
export async function withdrawFile(access: Access, login: Login, answer: FileAnswer): Promise<void> {
  const place = placeOf(access.files, answer);
  const owner = ownerOf(access.files, answer.account);
  if (owner !== null) {
    await removeAsOwner(owner, place.path, answer.content);
    return;
  }
  if ((await readAsOwner(nobody, place.path)) !== answer.content) return;
  assertFileManager(access, answer);
  const path = "/api/filemanager-actions/remove";
  const json = { paths: [`${place.folder}/${place.name}`], trash: false };
  const reply = await access.api.call(login, { method: "POST", path, json });
  const goneAlready = reply.status === 404;
  if (!goneAlready) acceptJson(reply, path);
}

interface Place {
  /** Within the account's home, with leading slash. */
  readonly folder: string;
  readonly name: string;
  /** On this machine. */
  readonly path: string;
}

function placeOf(files: PanelFiles, { account, name, path }: FileAnswer): Place {
  const folder = `/${documentRoot(files, account, name)}${posix.dirname(path)}`;
  const file = posix.basename(path);
  return { folder, name: file, path: `${files.homeDir(account)}${folder}/${file}` };
}

/** The Unix user to act as; null when the home belongs to root, as which nothing is ever written there. */
function ownerOf(files: PanelFiles, account: string): UnixOwner | null {
  const { uid, gid } = files.homeOwner(account);
  return uid === 0 || gid === 0 ? null : { uid, gid };
}

function assertFileManager({ features }: Access, { account }: FileAnswer): void {
  if (features.fileManager) return;
  throw new CodedError("panel-feature-missing", {
    detail: `the home of ${account} belongs to root and the panel has no file manager to ask`,
  });
}

async function makeFolders({ api }: Access, login: Login, folder: string): Promise<void> {
  const path = "/api/filemanager-actions/mkdir";
  const answer = await api.call(login, { method: "POST", path, json: { path: folder } });
  const alreadyThere = answer.status === 409;
  if (!alreadyThere) acceptJson(answer, path);
}

function encodeFile(name: string, content: string): { boundary: string; body: Buffer } {
  const boundary = randomBytes(16).toString("hex");
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: text/plain\r\n\r\n`;
  return { boundary, body: Buffer.from(`${head}${content}\r\n--${boundary}--\r\n`, "utf8") };
}
