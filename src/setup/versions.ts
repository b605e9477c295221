import { readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { places } from "./places.ts";
import { syncFolder } from "./root-files.ts";

/** The version that runs, or would run; null when none was chosen yet. */
export function currentVersion(): string | null {
  try {
    return basename(readlinkSync(places.current));
  } catch {
    return null;
  }
}

/** A panel's installer may keep folders of its own beside the versions. */
const versionFolder = /^\d+\.\d+\.\d+/;

/** Every version that lies there, unpacked. */
export function unpackedVersions(): string[] {
  return readdirSync(places.programs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && versionFolder.test(entry.name))
    .map(({ name }) => name);
}

/** From now on this version is started. One rename, so that there is no moment without a program. */
export function chooseVersion(version: string): void {
  const work = `${places.current}.new`;
  rmSync(work, { force: true });
  symlinkSync(version, work);
  renameSync(work, places.current);
  syncFolder(places.programs);
}

/** Removes all but these. */
export function keepVersions(versions: readonly (string | null)[]): void {
  for (const version of unpackedVersions()) {
    if (!versions.includes(version)) {
      rmSync(join(places.programs, version), { recursive: true, force: true });
    }
  }
}
