import { existsSync, lstatSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { giveToOwnerOf } from "../common/unix-owner.ts";
import {
  type ApiCall,
  ApiRefusal,
  type ApiRoute,
  badRequest,
  denied,
  flag,
  notFound,
  readObject,
  textMember,
} from "./api-call.ts";
import { emptyReply, type PanelReply } from "./panel-call.ts";

/** The file manager, which acts as the account's own Unix user inside its home (spec §3.8). */
export const fileManagerRoutes: readonly ApiRoute[] = [
  {
    method: "POST",
    path: "/api/filemanager-actions/mkdir",
    summary: "Make a folder, with those above it",
    body: () => "filemanager.mkdir",
    answer: makeFolder,
  },
  {
    method: "POST",
    path: "/api/filemanager-actions/upload",
    summary: "Store a file",
    query: ["dir", "name", "overwrite"],
    answer: upload,
  },
  {
    method: "POST",
    path: "/api/filemanager-actions/remove",
    summary: "Remove files and folders",
    body: () => "filemanager.remove",
    answer: remove,
  },
];

function makeFolder(call: ApiCall): PanelReply {
  const path = placeOf(call, textMember(readObject(call), "path"));
  if (existsSync(path)) throw new ApiRefusal(409, "ALREADY_EXISTS");
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    makeOne(folder);
    giveToOwnerOf(folder, call.state.files.home(call.caller.login.name));
  }
  return emptyReply(204);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOTDIR") throw notFound();
    throw cause;
  }
}

function upload(call: ApiCall): PanelReply {
  const name = call.query.get("name") ?? "";
  if (!/^[^/\0]+$/.test(name) || name === "." || name === "..") throw badRequest("the name is not valid");
  const folder = placeOf(call, call.query.get("dir") ?? "/");
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw notFound();
  const path = placeOf(call, `${call.query.get("dir") ?? "/"}/${name}`);
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) throw badRequest("there is a folder of that name");
    if (!flag(call, "overwrite")) throw new ApiRefusal(409, "ALREADY_EXISTS");
  }
  writeFileSync(path, readUpload(call), { mode: 0o644 });
  giveToOwnerOf(path, call.state.files.home(call.caller.login.name));
  return emptyReply(204);
}

function remove(call: ApiCall): PanelReply {
  const paths = readObject(call)["paths"];
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === "string")) {
    throw badRequest("paths must be a list of strings");
  }
  const found = paths.map((path: string) => linkPlaceOf(call, path));
  if (found.some((path) => lstatSync(path, { throwIfNoEntry: false }) === undefined)) throw notFound();
  for (const path of found) rmSync(path, { recursive: true });
  return emptyReply(204);
}

/** Where a path of the account's home really is, links followed; refused when that is outside of it. */
function placeOf(call: ApiCall, path: string): string {
  const home = realpathSync(call.state.files.home(call.caller.login.name));
  const wanted = join(home, normalize(`/${path}`));
  let present = wanted;
  while (!existsSync(present) && lstatSync(present, { throwIfNoEntry: false }) === undefined) {
    present = dirname(present);
  }
  // A link to nowhere would be created through.
  if (!existsSync(present)) throw denied();
  const real = realpathSync(present);
  if (real !== home && !real.startsWith(`${home}/`)) throw denied();
  return real + wanted.slice(present.length);
}

/** The same for what is removed: a link itself, not what it points to. */
function linkPlaceOf(call: ApiCall, path: string): string {
  const clean = normalize(`/${path}`).replace(/\/+$/, "");
  if (clean === "") throw denied();
  return join(placeOf(call, dirname(clean)), clean.slice(clean.lastIndexOf("/") + 1));
}

/** Bytes of the multipart part `file` (RFC 7578). */
function readUpload(call: ApiCall): Buffer {
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(call.headers["content-type"] ?? "");
  if (boundary?.[1] === undefined) throw badRequest("a multipart body is expected");
  const mark = Buffer.from(`--${boundary[1]}`);
  for (let at = call.body.indexOf(mark); at !== -1; ) {
    const next = call.body.indexOf(mark, at + mark.length);
    if (next === -1) break;
    const part = call.body.subarray(at + mark.length + 2, next - 2);
    const head = part.indexOf("\r\n\r\n");
    if (head !== -1 && /name="file"/.test(part.subarray(0, head).toString("utf8"))) {
      return part.subarray(head + 4);
    }
    at = next;
  }
  throw badRequest('the part "file" is missing');
}
