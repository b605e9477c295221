import { createHash } from "node:crypto";

/** One file as it will lie on the server. Everything belongs to root; folders are 0755. */
export interface PackageEntry {
  /** Relative, with `/`. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  readonly content: Buffer;
}

/** What the manifest says of one file. */
export interface ManifestFile {
  readonly path: string;
  readonly mode: string;
  readonly owner: "root:root";
  readonly size: number;
  readonly sha256: string;
}

export function manifestFile({ path, mode, content }: PackageEntry): ManifestFile {
  return {
    path,
    mode: mode.toString(8).padStart(4, "0"),
    owner: "root:root",
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  };
}

/** By bytes and not by language, so that every machine packs in the same order. */
export function inOrder<T extends { readonly path: string }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every folder that the entries lie in, parents first. */
export function foldersOf(entries: readonly PackageEntry[]): string[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) folders.add(parts.slice(0, depth).join("/"));
  }
  return [...folders].sort((a, b) => (a < b ? -1 : 1));
}
