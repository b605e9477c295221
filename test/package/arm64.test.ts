import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pack } from "./pack.ts";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
/** From Debian: runs programs of the other architecture, with that one's own libraries. */
const emulator = ["/usr/bin/qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"] as const;
const emulated = existsSync(emulator[0]) && existsSync(`${emulator[2]}/lib/libstdc++.so.6`);
const onArm = emulated ? test : test.skip;
const why = emulated ? "" : " (skipped: needs qemu-user-static and libstdc++6-arm64-cross)";

interface Manifest {
  readonly architecture?: string;
  readonly files: readonly { path: string; mode: string; size: number; sha256: string }[];
}

let folder: string;
const archiveOf = (suffix: string): string => join(folder, `xolphin-ssl-plesk-${version}${suffix}.zip`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arm64-"));
  // Plesk is the panel that runs on both (spec plesk §1).
  pack("plesk", folder);
  for (const name of ["-arm64", ""]) {
    mkdirSync(join(folder, `opened${name}`));
    execFileSync("unzip", ["-q", archiveOf(name), "-d", join(folder, `opened${name}`)]);
  }
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where the program lies in an opened archive. */
const payload = (suffix: string): string => join(folder, `opened${suffix}`, payloadFolder(suffix));
function payloadFolder(suffix: string): string {
  const files = filesOf(`${archiveOf(suffix)}.manifest.json`);
  const node = [...files.keys()].find((path) => path.endsWith("bin/node")) ?? "";
  return node.slice(0, -"bin/node".length);
}

function filesOf(manifest: string): Map<string, string> {
  const { files } = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  return new Map(files.map(({ path, mode, size, sha256 }) => [path, `${mode} ${size} ${sha256}`]));
}

test("the archive for arm64 is the other one but for the runtime and what describes it", () => {
  const [x64, arm64] = ["", "-arm64"].map((suffix) => filesOf(`${archiveOf(suffix)}.manifest.json`));
  const paths = [...(x64?.keys() ?? [])];
  expect([...(arm64?.keys() ?? [])]).toEqual(paths);
  const different = paths.filter((path) => x64?.get(path) !== arm64?.get(path));
  expect(different.map((path) => path.replace(payloadFolder(""), "")).sort()).toEqual([
    "MANIFEST.json",
    "bin/node",
    "sbom.cdx.json",
  ]);
  const inner = JSON.parse(readFileSync(join(payload("-arm64"), "MANIFEST.json"), "utf8")) as Manifest;
  expect(inner.architecture).toBe("arm64");
  expect(statSync(archiveOf("-arm64")).size).toBeLessThan(60 * 1024 * 1024);
});

test("each runtime is a program for its own processor, and nothing else in the archives is one", () => {
  // e_machine of the ELF header (System V gABI): 62 is x86-64, 183 is AArch64.
  const machineOf = (file: string): number | null => {
    const head = readFileSync(file).subarray(0, 20);
    return head.subarray(0, 4).toString("latin1") === "\x7fELF" ? head.readUInt16LE(18) : null;
  };
  for (const [suffix, machine] of [
    ["", 62],
    ["-arm64", 183],
  ] as const) {
    const programs = [...filesOf(`${archiveOf(suffix)}.manifest.json`).keys()]
      .map((path) => [
        path.replace(payloadFolder(suffix), ""),
        machineOf(join(folder, `opened${suffix}`, path)),
      ])
      .filter(([, found]) => found !== null);
    expect(programs).toEqual([["bin/node", machine]]);
  }
}, 30_000);

onArm(
  `the program runs on arm64: it says its version, opens a store and signs a request${why}`,
  () => {
    const here = payload("-arm64");
    const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
      spawnSync(emulator[0], [...emulator.slice(1), join(here, "bin/node"), ...args], {
        encoding: "utf8",
        env: {},
      });
    expect(run("-p", "process.arch").stdout).toBe("arm64\n");
    expect(run(join(here, "program/src/main.js"), "version").stdout).toBe(`${version}\n`);
    const script = `
      const { openDatabase } = await import(${JSON.stringify(join(here, "program/src/store/database.js"))});
      const { makeCertificateRequest } = await import(${JSON.stringify(join(here, "program/src/keys/certificate-request.js"))});
      const { generateKeyPairSync } = await import("node:crypto");
      const db = openDatabase(${JSON.stringify(join(folder, "state"))});
      console.log(db.schema().version);
      db.close();
      const { Secret } = await import(${JSON.stringify(join(here, "program/src/secret.js"))});
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }));
      console.log(await makeCertificateRequest(["example.test"], key));`;
    const { status, stdout, stderr } = run(
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "-e",
      script,
    );
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\d+\n-----BEGIN CERTIFICATE REQUEST-----/);
    const request = stdout.slice(stdout.indexOf("-----BEGIN"));
    const checked = spawnSync("openssl", ["req", "-verify", "-noout", "-subject"], {
      input: request,
      encoding: "utf8",
    });
    expect(checked.stdout + checked.stderr).toMatch(/CN ?= ?example\.test[\s\S]*verify OK/);
  },
  240_000,
);
