import { execFileSync } from "node:child_process";
import { globSync, lstatSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Layout } from "./layouts.ts";
import { type ManifestFile, manifestFile } from "./package-entry.ts";

/**
 * Opens a packed archive with the system's own tools, as a server would, and compares it with what was meant. Throws
 * with every difference.
 */
export function compareWithManifest(
  archive: string,
  format: Layout["format"],
  files: readonly ManifestFile[],
): void {
  const folder = mkdtempSync(join(tmpdir(), "xolphin-ssl-package-"));
  try {
    if (format === "zip") execFileSync("unzip", ["-q", archive, "-d", folder]);
    else execFileSync("tar", ["-xzpf", archive, "-C", folder, "--no-same-owner"]);
    const differences = compare(folder, files);
    if (differences.length > 0)
      throw new Error(`${archive} is not what was packed:\n${differences.join("\n")}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compare(folder: string, files: readonly ManifestFile[]): string[] {
  const expected = new Map(files.map((file) => [file.path, JSON.stringify(file)]));
  const differences: string[] = [];
  for (const path of globSync("**/*", { cwd: folder })) {
    const found = lstatSync(join(folder, path));
    if (found.isDirectory()) continue;
    const mode = (found.mode & 0o777) === 0o755 ? 0o755 : 0o644;
    const content = readFileSync(join(folder, path));
    if (!found.isFile() || (found.mode & 0o777) !== mode) differences.push(`${path}: wrong kind or mode`);
    else if (expected.get(path) !== JSON.stringify(manifestFile({ path, mode, content }))) {
      differences.push(`${path}: not as in the manifest`);
    }
    expected.delete(path);
  }
  return [...differences, ...[...expected.keys()].map((path) => `${path}: missing`)];
}
