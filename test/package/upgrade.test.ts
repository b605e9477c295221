import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineProblem } from "../labs/machine/machine.ts";
import { type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { acceptOwnWebhooks, packTwoVersions, storedIds, underLoad, unpackOn } from "./upgrade-run.ts";

const problem = machineProblem();
const onServer = problem === null ? test : test.skip;
const why = problem === null ? "" : ` (skipped: ${problem})`;

let folder: string;
let archives: { old: string; next: string };
let payloads: { old: string; next: string };
let server: DirectAdminServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "upgrades-"));
  if (problem !== null) return;
  archives = packTwoVersions(folder);
  server = await openDirectAdminServer();
  await server.installPlugin(archives.old);
  payloads = await unpackOn(server, archives);
  await acceptOwnWebhooks(server);
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

const version = async (): Promise<string> => (await server.command("xolphin-ssl", "version")).trim();
const running = async (): Promise<string> =>
  (JSON.parse(await server.command("xolphin-ssl", "status", "--json")) as { version: string }).version;

onServer(
  `an upgrade and a downgrade under load refuse nobody and lose nothing (F-35, T-03)${why}`,
  async () => {
    const grabbed: string[] = [];
    const report = await underLoad(server, 50, async () => {
      await server.command("xolphin-ssl", "package", "install", "--from", payloads.next);
      expect(await running()).toMatch(/-next$/);
      // The port is never free for somebody else on this machine.
      const bind = await server.machine.run(
        ["python3", "-c", "import socket; s=socket.socket(); s.bind(('0.0.0.0', 9770)); print('mine')"],
        { as: "bob" },
      );
      grabbed.push(bind.out);
      await server.command("xolphin-ssl", "package", "install", "--from", payloads.old);
    });
    expect(report.outcomes).toEqual({ "200": report.accepted.length });
    expect(report.accepted.length).toBeGreaterThan(50);
    const stored = await storedIds(server);
    expect(report.accepted.filter((id) => !stored.has(id))).toEqual([]);
    expect(grabbed.join("")).toBe("");
    expect(await version()).not.toMatch(/next/);
  },
  300_000,
);

onServer(
  `a version that does not become healthy is taken back, and webhooks are answered again${why}`,
  async () => {
    await server.command("cp", "-a", payloads.next, "/tmp/broken");
    const broken = join(server.machine.root, "tmp/broken");
    const main = "program/src/main.js";
    writeFileSync(join(broken, main), "process.exit(1);\n");
    const manifest = JSON.parse(readFileSync(join(broken, "MANIFEST.json"), "utf8")) as {
      version: string;
      files: { path: string; size: number; sha256: string }[];
    };
    manifest.version = "9.9.9-broken";
    const entry = manifest.files.find(({ path }) => path === main);
    if (entry === undefined) throw new Error("the manifest does not list the program");
    entry.size = 17;
    entry.sha256 = createHash("sha256").update("process.exit(1);\n").digest("hex");
    writeFileSync(join(broken, "MANIFEST.json"), JSON.stringify(manifest));
    const outcome = await server.machine.run(["xolphin-ssl", "package", "install", "--from", "/tmp/broken"]);
    expect(outcome).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^xolphin-ssl: upgrade-failed/) as string,
    });
    expect(await running()).toBe(await version());
    expect(await version()).not.toMatch(/broken/);
    expect((await server.command("ls", "/opt/xolphin-ssl")).includes("broken")).toBe(false);
    expect(await server.command("curl", "-sk", "https://server.lab.test:9770/healthz")).toBe("OK");
  },
  180_000,
);

onServer.each([
  ["a byte of the program", (at: string) => appendFileSync(join(at, "program/src/main.js"), " ")],
  ["a byte of the runtime", (at: string) => appendFileSync(join(at, "bin/node"), " ")],
  ["a file that is missing", (at: string) => rmSync(join(at, "sbom.cdx.json"))],
  ["a file too many", (at: string) => writeFileSync(join(at, "program/extra.js"), "")],
])(
  `a package with %s is refused before anything of it runs (T-20)${why}`,
  async (_what, tamper) => {
    await server.command("rm", "-rf", "/tmp/tampered");
    await server.command("cp", "-a", payloads.next, "/tmp/tampered");
    tamper(join(server.machine.root, "tmp/tampered"));
    const before = await version();
    const outcome = await server.machine.run([
      "xolphin-ssl",
      "package",
      "install",
      "--from",
      "/tmp/tampered",
    ]);
    expect(outcome).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^xolphin-ssl: package-damaged/) as string,
    });
    expect(await version()).toBe(before);
    expect(await server.command("ls", "-A", "/opt/xolphin-ssl")).not.toMatch(/\.new|\.old|next/);
  },
  120_000,
);

onServer(
  `the plugin manager's own update brings the new version${why}`,
  async () => {
    const conf = join(server.machine.root, "usr/local/directadmin/plugins/xolphin_ssl/plugin.conf");
    appendFileSync(conf, "update_url=http://127.0.0.1:8099/xolphin_ssl.tar.gz\n");
    await server.command("cp", "/tmp/next/archive.tar.gz", "/tmp/next/xolphin_ssl.tar.gz");
    const mirror = server.machine.start(["python3", "-m", "http.server", "8099", "--directory", "/tmp/next"]);
    await server.command("sh", "-c", "until curl -so /dev/null http://127.0.0.1:8099/; do sleep 0.1; done");
    try {
      expect((await server.pluginManager("update")).status).toBe(204);
    } finally {
      mirror.kill();
    }
    expect(await running()).toMatch(/-next$/);
    expect(readFileSync(conf, "utf8")).toMatch(/^version=.*-next$/m);
  },
  180_000,
);
