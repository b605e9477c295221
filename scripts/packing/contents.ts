import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { dependencyFiles, readDependencies } from "./dependencies.ts";
import type { Layout } from "./layouts.ts";
import { inOrder, manifestFile, type PackageEntry } from "./package-entry.ts";
import { readPageAssets } from "./page-assets.ts";
import { type Architecture, readRuntime } from "./runtime.ts";
import { billOfMaterials } from "./sbom.ts";
import type { Signer } from "./signature.ts";

/** The name of the list that the installer checks the program against. */
const manifestName = "MANIFEST.json";

export interface Contents {
  readonly entries: readonly PackageEntry[];
  readonly sbom: string;
}

/** Everything that goes into one archive, from the checkout and the compiled program in `build/`. */
export function readContents(
  root: string,
  version: string,
  layout: Layout,
  architecture: Architecture,
  signer: Signer | null,
): Contents {
  const dependencies = readDependencies(root);
  const runtime = readRuntime(root, architecture);
  const sbom = toJson(billOfMaterials({ name: "xolphin-ssl", version, dependencies, runtime }));
  const payload: PackageEntry[] = [
    { path: "bin/node", mode: 0o755, content: runtime.binary },
    { path: "bin/node.LICENSE", mode: 0o644, content: runtime.license },
    ...tree(join(root, "plugin/program"), ""),
    ...tree(join(root, "build"), "program/"),
    {
      path: "program/package.json",
      mode: 0o644,
      content: Buffer.from(toJson({ name: "xolphin-ssl", version, type: "module", private: true })),
    },
    ...dependencyFiles(root, dependencies).map((entry) => ({ ...entry, path: `program/${entry.path}` })),
    { path: "LICENSE", mode: 0o644, content: readFileSync(join(root, "LICENSE")) },
    { path: "sbom.cdx.json", mode: 0o644, content: Buffer.from(sbom) },
    ...(signer === null
      ? []
      : [{ path: "release-key.pem", mode: 0o644 as const, content: Buffer.from(signer.publicKey) }]),
  ];
  const manifest = Buffer.from(
    toJson({
      name: "xolphin-ssl",
      version,
      panel: layout.panel,
      architecture,
      schema: payload.filter(({ path }) => /^program\/src\/store\/migrations\/\d{3}-.+\.sql$/.test(path))
        .length,
      files: inOrder(payload).map(manifestFile),
    }),
  );
  payload.push({ path: manifestName, mode: 0o644, content: manifest });
  if (signer !== null) {
    payload.push({ path: `${manifestName}.sig`, mode: 0o644, content: signer.sign(manifest) });
  }
  const inside = layout.payload === "" ? "" : `${layout.payload}/`;
  const entries = [
    ...tree(join(root, "plugin", layout.panel), "").map((entry) => withVersion(entry, version)),
    ...readPageAssets(join(root, "templates")).map(({ name, content }) => ({
      path: `${layout.assets}/${name}`,
      mode: 0o644 as const,
      content,
    })),
    ...payload.map((entry) => ({ ...entry, path: `${inside}${entry.path}` })),
  ];
  const paths = entries.map(({ path }) => path);
  const twice = paths.filter((path, at) => paths.indexOf(path) !== at);
  if (twice.length > 0) throw new Error(`in the package twice: ${twice.join(", ")}`);
  return { entries, sbom };
}

/** Every file below a folder; what begins with `#!` is a program, whatever the checkout's modes are. */
function tree(folder: string, prefix: string): PackageEntry[] {
  return globSync("**/*", { cwd: folder })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => {
      const content = readFileSync(join(folder, file));
      return {
        path: `${prefix}${file}`,
        mode: content.subarray(0, 2).toString("latin1") === "#!" ? 0o755 : 0o644,
        content,
      };
    });
}

/** The descriptors carry the version of the sources; a labelled build says so everywhere. */
const descriptors: Readonly<Record<string, RegExp>> = {
  "plugin.conf": /^(version=).*$/m,
  "meta.xml": /(<version>)[^<]*/,
  version: /^().*$/m,
};

function withVersion(entry: PackageEntry, version: string): PackageEntry {
  const pattern = descriptors[entry.path];
  if (pattern === undefined) return entry;
  const text = entry.content.toString("utf8");
  if (!pattern.test(text)) throw new Error(`${entry.path} names no version`);
  return { ...entry, content: Buffer.from(text.replace(pattern, `$1${version}`)) };
}

export function toJson(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
