import { globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageEntry } from "../../../scripts/packing/package-entry.ts";
import { readPageAssets } from "../../../scripts/packing/page-assets.ts";
import { packZip } from "../../../scripts/packing/zip.ts";

const root = join(import.meta.dirname, "../../..");
const source = join(root, "plugin/plesk");

/** Packs the extension as it lies in the sources, without program and runtime, and returns the archive's path. */
export function packPleskExtension(
  folder: string,
  { leaveOut = [], add = [] }: { leaveOut?: readonly string[]; add?: readonly PackageEntry[] } = {},
): string {
  const entries = globSync("**/*", { cwd: source })
    .filter((path) => !leaveOut.includes(path) && statSync(join(source, path)).isFile())
    .map((path): PackageEntry => {
      const content = readFileSync(join(source, path));
      return { path, mode: content.subarray(0, 2).toString("latin1") === "#!" ? 0o755 : 0o644, content };
    });
  const assets = readPageAssets(join(root, "templates")).map(
    ({ name, content }): PackageEntry => ({ path: `htdocs/${name}`, mode: 0o644, content }),
  );
  const archive = join(folder, "xolphin-ssl-plesk.zip");
  writeFileSync(archive, packZip([...entries, ...assets, ...add], Date.UTC(2026, 0, 1) / 1000));
  return archive;
}
