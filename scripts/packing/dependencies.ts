import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PackageEntry } from "./package-entry.ts";

/** One package of the lock file that the program needs at run time. */
export interface Dependency {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Subresource integrity, as the lock file has it. */
  readonly integrity: string;
  readonly license: string;
}

/** Nothing at run time reads these. Licences stay. */
const uselessFiles =
  /\.(ts|mts|cts|map|md|markdown|flow|txt|ya?ml|html|swf|tsbuildinfo)$|\.min\.js$|(^|\/)\.[^/]+$|(^|\/)(Makefile|tsconfig\.json)$/i;
const uselessFolders = /(^|\/)(test|tests|__tests__|docs|examples?|benchmarks?|coverage|\.github|scripts)\//i;
const license = /(^|\/)(licen[cs]e|copying|notice)[^/]*$/i;

export function readDependencies(root: string): Dependency[] {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<
      string,
      { version: string; integrity: string; license?: string; dev?: boolean; devOptional?: boolean }
    >;
  };
  return Object.entries(packages)
    .filter(
      ([folder, { dev, devOptional }]) =>
        folder.startsWith("node_modules/") && dev !== true && devOptional !== true && !isTypesOnly(folder),
    )
    .map(([folder, { version, integrity, license: terms }]) => ({
      folder,
      name: folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      integrity,
      license: terms ?? "",
    }));
}

/** The files of these packages that the program may need. */
export function dependencyFiles(root: string, dependencies: readonly Dependency[]): PackageEntry[] {
  return dependencies.flatMap(({ folder }) => {
    const files = globSync("**/*", { cwd: join(root, folder), exclude: ["**/node_modules/**"] });
    return files.filter(wanted).flatMap((file): PackageEntry[] => {
      const path = `${folder}/${file}`;
      if (!statSync(join(root, path)).isFile()) return [];
      return [{ path, mode: 0o644, content: readFileSync(join(root, path)) }];
    });
  });
}

function wanted(file: string): boolean {
  if (license.test(file)) return !uselessFolders.test(file);
  return !uselessFiles.test(file) && !uselessFolders.test(file);
}

function isTypesOnly(folder: string): boolean {
  return folder.includes("node_modules/@types/");
}
