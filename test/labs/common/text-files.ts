import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Text of a file; undefined when it isn't there. */
export function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Lines of a file without blank ones; none when the file isn't there. */
export function readLines(path: string): string[] {
  return (readText(path) ?? "").split("\n").filter((line) => line.trim() !== "");
}

/** A file of `name=value` lines, the form of everything the panel keeps (spec §3.2). */
export function readPairs(path: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const line of readLines(path)) {
    const equals = line.indexOf("=");
    if (equals > 0 && !line.startsWith("#")) pairs[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return pairs;
}

/** Replaces a file at once, so that no reader sees half of it. */
export function writeText(path: string, text: string, mode = 0o644): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, path);
}

export function writeLines(path: string, lines: readonly string[], mode?: number): void {
  writeText(path, lines.map((line) => `${line}\n`).join(""), mode);
}

export function writePairs(path: string, pairs: Readonly<Record<string, string>>, mode?: number): void {
  writeLines(
    path,
    Object.entries(pairs).map(([name, value]) => `${name}=${value}`),
    mode,
  );
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}
