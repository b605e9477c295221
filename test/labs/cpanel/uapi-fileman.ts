import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, normalize } from "node:path";
import { ApiFailure } from "./api-failure.ts";
import type { UapiCall, UapiModule } from "./uapi-call.ts";

/** `Fileman` (spec §4.11), with the account's own rights: nothing outside its home. */
export const filemanFunctions: UapiModule = {
  save_file_content: { run: saveFileContent, feature: "filemanager" },
  get_file_content: { run: getFileContent, feature: "filemanager", demo: true },
  list_files: { run: listFiles, feature: "filemanager", demo: true },
};

interface Place {
  /** As the account sees it. */
  shown: string;
  real: string;
}

/** A folder within the home, given from the root or from the home. */
export function homeFolder({ state, account }: UapiCall, given: string): Place {
  const home = state.files.home(account);
  const shown = normalize(given.startsWith("/") ? given : join(home, given)).replace(/\/$/, "");
  if (shown !== home && !shown.startsWith(`${home}/`))
    throw new ApiFailure(`You do not have permission to access “${shown}”.`);
  return { shown, real: state.files.path(shown) };
}

/** A link that leads out of the home would be followed by nobody with the account's rights alone. */
export function checkInside({ state, account }: UapiCall, path: string): void {
  const home = realpathSync(state.files.path(state.files.home(account)));
  const real = realpathSync(path);
  if (real !== home && !real.startsWith(`${home}/`)) throw new ApiFailure("Permission denied");
}

function fileName(call: UapiCall): string {
  const file = call.args.required("file");
  if (file.includes("/") || file === "." || file === "..")
    throw new ApiFailure(`“${file}” is not a valid file name.`);
  return file;
}

function saveFileContent(call: UapiCall): unknown {
  const folder = homeFolder(call, call.args.get("dir") ?? "");
  const file = fileName(call);
  const content = call.args.get("content") ?? "";
  if (!existsSync(folder.real)) {
    if (!call.state.switches.saveMakesFolders)
      throw new ApiFailure(`The directory “${folder.shown}” does not exist.`);
    makeFolders(call, folder.real);
  }
  checkInside(call, folder.real);
  const path = join(folder.real, file);
  if (existsSync(path)) checkInside(call, path);
  writeFileSync(path, content);
  call.state.files.giveTo(path, call.account);
  return {
    path: join(folder.shown, file),
    from_charset: call.args.get("from_charset") ?? "utf-8",
    to_charset: "utf-8",
  };
}

function makeFolders(call: UapiCall, path: string): void {
  if (existsSync(path)) {
    checkInside(call, path);
    return;
  }
  makeFolders(call, join(path, ".."));
  mkdirSync(path, { mode: 0o755 });
  call.state.files.giveTo(path, call.account);
}

function getFileContent(call: UapiCall): unknown {
  const folder = homeFolder(call, call.args.get("dir") ?? "");
  const file = fileName(call);
  const path = join(folder.real, file);
  if (!existsSync(path)) throw new ApiFailure(`The file “${join(folder.shown, file)}” does not exist.`);
  checkInside(call, path);
  const content = readFileSync(path, "utf8");
  return {
    dir: folder.shown,
    filename: file,
    path: join(folder.shown, file),
    content,
    from_charset: "utf-8",
    to_charset: "utf-8",
  };
}

function listFiles(call: UapiCall): unknown {
  const folder = homeFolder(call, call.args.get("dir") ?? "");
  if (!existsSync(folder.real)) throw new ApiFailure(`The directory “${folder.shown}” does not exist.`);
  checkInside(call, folder.real);
  return readdirSync(folder.real).map((file) => {
    const found = statSync(join(folder.real, file), { throwIfNoEntry: false });
    const type = found?.isDirectory() === true ? "dir" : "file";
    return {
      file,
      path: folder.shown,
      fullpath: join(folder.shown, file),
      type,
      size: String(found?.size ?? 0),
    };
  });
}
