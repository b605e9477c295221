import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alterPackage } from "./altered-package.ts";
import { type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { onServer, problem, why } from "./on-server.ts";
import { pack } from "./pack.ts";

const root = join(import.meta.dirname, "../..");

let folder: string;
let archive: string;
let server: DirectAdminServer;
/** The publisher's, made for this test and thrown away. */
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const pinned = "/etc/xolphin-ssl/release-key.pem";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "signed-"));
  if (problem !== null) return;
  writeFileSync(join(folder, "key.pem"), privateKey.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  pack("directadmin", folder, "--sign", join(folder, "key.pem"));
  archive = join(folder, "xolphin_ssl.tar.gz");
  server = await openDirectAdminServer();
  mkdirSync(join(server.machine.root, "tmp/release"));
  for (const name of ["xolphin_ssl.tar.gz", "xolphin_ssl.tar.gz.sig", "release-key.pem", "SHA256SUMS"]) {
    cpSync(join(folder, name), join(server.machine.root, "tmp/release", name));
  }
  // The list names the archives of the other panels too, which nobody downloads for one server.
  appendFileSync(
    join(server.machine.root, "tmp/release/SHA256SUMS"),
    `${"0".repeat(64)}  xolphin-ssl-plesk-9.9.9.zip\n`,
  );
  await server.command("tar", "-xzpf", "/tmp/release/xolphin_ssl.tar.gz", "-C", "/tmp/release");
}, 180_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

const install = (from: string): Promise<{ status: number; err: string }> =>
  server.machine.run(["/tmp/release/payload/bin/xolphin-ssl", "package", "install", "--from", from]);
const refused = { status: 1, err: expect.stringMatching(/^xolphin-ssl: package-damaged/) as string };

/** A copy of the signed package on the server, seen from outside. */
async function copyOf(name: string): Promise<string> {
  await server.command("rm", "-rf", `/tmp/${name}`);
  await server.command("cp", "-a", "/tmp/release/payload", `/tmp/${name}`);
  return join(server.machine.root, "tmp", name);
}

function signManifest(package_: string, key: KeyObject): void {
  writeFileSync(
    join(package_, "MANIFEST.json.sig"),
    sign(null, readFileSync(join(package_, "MANIFEST.json")), key),
  );
}

onServer(
  `a first package whose own signature does not fit is refused, and nothing of it stays (T-20)${why}`,
  async () => {
    const copy = await copyOf("first");
    alterPackage(copy, { files: { "program/src/main.js": "process.exit(0);\n" } });
    expect(await install("/tmp/first")).toMatchObject(refused);
    expect((await server.machine.run(["ls", pinned])).status).not.toBe(0);
    expect(await server.command("ls", "-A", "/opt/xolphin-ssl")).toBe("");
  },
  120_000,
);

onServer(
  `a signed package is checked by hand as SECURITY.md says, installed by the plugin manager, and its key is kept (T-20)${why}`,
  async () => {
    const guide = readFileSync(join(root, "SECURITY.md"), "utf8");
    const commands = [...guide.matchAll(/^ {4}(sha256sum .*|openssl .*)$/gm)].map(([, line]) => String(line));
    expect(commands).toHaveLength(2);
    for (const line of commands) await server.command("sh", "-c", `cd /tmp/release && ${line}`);
    expect(await server.installPlugin(archive)).toEqual({ status: 204, body: "" });
    expect(readFileSync(join(server.machine.root, pinned), "utf8")).toBe(
      publicKey.export({ type: "spki", format: "pem" }),
    );
    expect((await server.command("stat", "--format=%a %U", pinned)).trim()).toBe("644 root");
  },
  120_000,
);

const other = generateKeyPairSync("ed25519");
onServer.each<[string, (at: string) => void]>([
  ["no signature", (at) => rmSync(join(at, "MANIFEST.json.sig"))],
  ["the signature of somebody else", (at) => signManifest(at, other.privateKey)],
  [
    "the key and the signature of somebody else",
    (at) => {
      alterPackage(at, {
        files: { "release-key.pem": other.publicKey.export({ type: "spki", format: "pem" }).toString() },
      });
      signManifest(at, other.privateKey);
    },
  ],
  [
    "a program of somebody else, listed in the manifest",
    (at) => alterPackage(at, { files: { "program/src/main.js": "process.exit(0);\n" } }),
  ],
  ["a byte of the manifest changed", (at) => flipByte(join(at, "MANIFEST.json"), -3)],
  ["a byte of the signature changed", (at) => flipByte(join(at, "MANIFEST.json.sig"), 10)],
  ["a byte of the key changed", (at) => flipByte(join(at, "release-key.pem"), 40)],
  ["a byte of the runtime changed", (at) => flipByte(join(at, "bin/node"), -1_000)],
  ["a byte of the program changed", (at) => flipByte(join(at, "program/src/main.js"), 100)],
  [
    "a byte of a dependency changed",
    (at) => flipByte(join(at, "program/node_modules/express/index.js"), 100),
  ],
  ["a byte of a page changed", (at) => flipByte(join(at, "program/templates/settings.ejs"), 100)],
  ["a byte of the bill of materials changed", (at) => flipByte(join(at, "sbom.cdx.json"), 100)],
])(
  `an upgrade with %s is refused before anything of it runs (T-20)${why}`,
  async (_what, tamper) => {
    const copy = await copyOf("tampered");
    tamper(copy);
    expect(
      await server.machine.run(["xolphin-ssl", "package", "install", "--from", "/tmp/tampered"]),
    ).toMatchObject(refused);
    expect(await server.command("systemctl", "is-active", "xolphin-ssl.service")).toBe("active\n");
    expect(readFileSync(join(server.machine.root, pinned), "utf8")).toBe(
      publicKey.export({ type: "spki", format: "pem" }),
    );
    expect(await server.command("ls", "-A", "/opt/xolphin-ssl")).not.toMatch(/\.new|\.old/);
  },
  60_000,
);

onServer(
  `an archive changed on its way is told by the two commands (T-20)${why}`,
  async () => {
    const guide = readFileSync(join(root, "SECURITY.md"), "utf8");
    flipByte(join(server.machine.root, "tmp/release/xolphin_ssl.tar.gz"), 5_000);
    for (const [, line] of guide.matchAll(/^ {4}(sha256sum .*|openssl .*)$/gm)) {
      expect((await server.machine.run(["sh", "-c", `cd /tmp/release && ${line}`])).status).not.toBe(0);
    }
  },
  60_000,
);

onServer(
  `another version signed with the same key is an upgrade${why}`,
  async () => {
    const copy = await copyOf("next");
    alterPackage(copy, { version: "9.9.9-signed", files: {} });
    signManifest(copy, privateKey);
    await server.command("xolphin-ssl", "package", "install", "--from", "/tmp/next");
    expect(await server.command("xolphin-ssl", "version")).toBe("9.9.9-signed\n");
  },
  120_000,
);

/** Changes one bit at this offset; a negative one counts from the end. */
function flipByte(path: string, offset: number): void {
  const at = offset < 0 ? statSync(path).size + offset : offset;
  const byte = readFileSync(path)[at] ?? 0;
  writeSync(openSync(path, "r+"), Buffer.from([byte ^ 1]), 0, 1, at);
}
