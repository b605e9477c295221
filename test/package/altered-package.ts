import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Manifest {
  version: string;
  schema: number;
  files: { path: string; mode: string; owner: string; size: number; sha256: string }[];
}

/** The number of the newest schema that an unpacked package knows. */
export function schemaOf(folder: string): number {
  return readManifest(folder).schema;
}

/**
 * Makes an unpacked package another one that is sound in itself, as whoever builds packages could: these files are
 * replaced or added, and the manifest says so.
 */
export function alterPackage(
  folder: string,
  { version, files, schema }: { version?: string; files: Readonly<Record<string, string>>; schema?: number },
): void {
  const manifest = readManifest(folder);
  manifest.version = version ?? manifest.version;
  manifest.schema = schema ?? manifest.schema;
  // The version that the program says of itself stands in a file of its own.
  const own = "program/package.json";
  const said = readFileSync(join(folder, own), "utf8").replace(
    /("version": ")[^"]+/,
    `$1${manifest.version}`,
  );
  for (const [path, content] of Object.entries({ [own]: said, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    manifest.files = manifest.files.filter((file) => file.path !== path);
    manifest.files.push({
      path,
      mode: "0644",
      owner: "root:root",
      size: Buffer.byteLength(content),
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  }
  writeFileSync(join(folder, "MANIFEST.json"), JSON.stringify(manifest));
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "MANIFEST.json"), "utf8")) as Manifest;
}
