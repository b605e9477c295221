import { posix } from "node:path";
import { CodedError } from "../../src/errors.ts";
import type { DcvAnswer } from "../../src/panel.ts";
import { readAsOwner, removeAsOwner, type UnixOwner, writeAsOwner } from "../unix-owner.ts";
import type { Access } from "./access.ts";
import { documentRoot } from "./vhosts.ts";

type FileAnswer = Extract<DcvAnswer, { method: "FILE" }>;

/** May read what the web server shows to everybody, and nothing else. */
const nobody: UnixOwner = { uid: 65_534, gid: 65_534 };

/**
 * Puts a validation file into the document root that serves the name, as the account and never as root (spec cpanel §4.11):
 * by commands that run under the account's own Unix user. A link that the account has laid there leads no further than
 * the account could go itself. A home that belongs to nobody of that kind is left to the panel's file manager.
 */
export async function publishFile(access: Access, answer: FileAnswer): Promise<void> {
  const place = await placeOf(access, answer);
  if (place.owner !== null) {
    await writeAsOwner(place.owner, `${place.path}/${place.name}`, answer.content);
    return;
  }
  await access.api.uapi(answer.account, "Fileman::save_file_content", {
    dir: place.folder,
    file: place.name,
    content: answer.content,
  });
}

/** Takes the file away when it still is exactly ours. */
export async function withdrawFile(access: Access, answer: FileAnswer): Promise<void> {
  const place = await placeOf(access, answer);
  const path = `${place.path}/${place.name}`;
  if (place.owner !== null) {
    await removeAsOwner(place.owner, path, answer.content);
    return;
  }
  if ((await readAsOwner(nobody, path)) !== answer.content) return;
  throw new CodedError("panel-feature-missing", {
    detail: `the home of ${answer.account} belongs to root, where nothing is removed`,
  });
}

interface Place {
  /** As the panel names it. */
  readonly folder: string;
  /** The same folder on this machine. */
  readonly path: string;
  readonly name: string;
  readonly owner: UnixOwner | null;
}

async function placeOf(access: Access, { account, name, path }: FileAnswer): Promise<Place> {
  const { folder, home } = await documentRoot(access, account, name);
  const inside = `${folder}${posix.dirname(path)}`;
  return {
    folder: inside,
    path: access.files.onThisMachine(inside),
    name: posix.basename(path),
    owner: access.files.homeOwner(home),
  };
}
