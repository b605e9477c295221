import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readContents, toJson } from "./contents.ts";
import { type Layout, layouts } from "./layouts.ts";
import { inOrder, manifestFile } from "./package-entry.ts";
import { compareWithManifest } from "./reopen.ts";
import type { Architecture } from "./runtime.ts";
import { openSigner, type Signer } from "./signature.ts";
import { packTar } from "./tar.ts";
import { packZip } from "./zip.ts";

const root = join(import.meta.dirname, "../..");
/** What panels and mail systems still take without complaint. */
const largest = 60 * 1024 * 1024;
/** The oldest time that both formats can tell; a time of building would make every archive another one. */
const fixedTime = Number(process.env["SOURCE_DATE_EPOCH"] ?? Date.UTC(1980, 0, 2) / 1000);

const { values, positionals } = parseArgs({
  options: {
    sign: { type: "string" },
    out: { type: "string" },
    label: { type: "string" },
    arch: { type: "string" },
  },
  allowPositionals: true,
});
const version = `${(JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version}${values.label === undefined ? "" : `-${values.label}`}`;
const out = resolve(values.out ?? join(root, "dist"));
const signer = values.sign === undefined ? null : openSigner(values.sign);
const unknown = positionals.filter((panel) => !layouts.some((layout) => layout.panel === panel));

if (unknown.length > 0 || !/^[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9.-]*$/.test(version)) {
  console.error(
    unknown.length > 0
      ? `there is no package for ${unknown.join(", ")}`
      : `${version} can't be a version number`,
  );
  process.exitCode = 2;
} else {
  mkdirSync(out, { recursive: true });
  const wanted = layouts.filter(({ panel }) => positionals.length === 0 || positionals.includes(panel));
  const archives = wanted.flatMap((layout) =>
    layout.architectures
      .filter((architecture) => values.arch === undefined || values.arch === architecture)
      .map((architecture) => build(layout, architecture, signer)),
  );
  writeFileSync(join(out, "SHA256SUMS"), archives.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""));
  if (signer === null)
    console.log("These archives are NOT signed: no key was given with --sign. Publish them nowhere.");
  else writeFileSync(join(out, "release-key.pem"), signer.publicKey);
}

function build(
  layout: Layout,
  architecture: Architecture,
  key: Signer | null,
): { name: string; sha256: string } {
  const { entries, sbom } = readContents(root, version, layout, architecture, key);
  const name = layout.archive(version, architecture);
  const archive = (layout.format === "zip" ? packZip : packTar)(entries, fixedTime);
  if (archive.length > largest) throw new Error(`${name} has ${archive.length} bytes, more than ${largest}`);
  const files = inOrder(entries).map(manifestFile);
  const path = join(out, name);
  writeFileSync(`${path}.new`, archive);
  compareWithManifest(`${path}.new`, layout.format, files);
  renameSync(`${path}.new`, path);
  writeFileSync(
    `${path}.manifest.json`,
    toJson({ name: "xolphin-ssl", version, panel: layout.panel, architecture, files }),
  );
  writeFileSync(`${path}.cdx.json`, sbom);
  if (key === null) rmSync(`${path}.sig`, { force: true });
  else writeFileSync(`${path}.sig`, key.sign(archive));
  const megabytes = (archive.length / 1024 / 1024).toFixed(1);
  console.log(
    `${path}: ${megabytes} MB, ${files.length} files, ${architecture}${key === null ? ", unsigned" : ""}`,
  );
  return { name, sha256: createHash("sha256").update(archive).digest("hex") };
}
