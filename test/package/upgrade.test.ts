import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alterPackage, schemaOf } from "./altered-package.ts";
import { type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { onServer, problem, why } from "./on-server.ts";
import {
  acceptOwnWebhooks,
  grabPort,
  packTwoVersions,
  StoredWebhooks,
  underLoad,
  unpackOn,
} from "./upgrade-run.ts";

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
interface Status {
  readonly version: string;
  readonly schema: { readonly version: number; readonly oldest: number };
}
const status = async (): Promise<Status> =>
  JSON.parse(await server.command("xolphin-ssl", "status", "--json")) as Status;
const running = async (): Promise<string> => (await status()).version;

onServer(
  `an upgrade and a downgrade under load refuse nobody and lose nothing (F-35, T-03)${why}`,
  async () => {
    const grabber = await grabPort(server, "bob");
    const report = await underLoad(server, 50, async () => {
      await server.command("xolphin-ssl", "package", "install", "--from", payloads.next);
      expect(await running()).toMatch(/-next$/);
      for (let turn = 0; turn < 3; turn += 1)
        await server.command("systemctl", "restart", "xolphin-ssl.service");
      await server.command("xolphin-ssl", "package", "install", "--from", payloads.old);
    });
    expect(report.outcomes).toEqual({ "200": report.accepted.length });
    expect(report.accepted.length).toBeGreaterThan(50);
    const stored = new StoredWebhooks(server);
    await stored.read();
    expect(report.accepted.filter((id) => !stored.ids.has(id))).toEqual([]);
    const { tries, taken } = await grabber.stop();
    expect(tries).toBeGreaterThan(100);
    expect(taken).toBe(0);
    expect(await version()).not.toMatch(/next/);
  },
  300_000,
);

onServer(
  `a version that does not become healthy is taken back, and webhooks are answered again${why}`,
  async () => {
    await server.command("cp", "-a", payloads.next, "/tmp/broken");
    alterPackage(join(server.machine.root, "tmp/broken"), {
      version: "9.9.9-broken",
      files: { "program/src/main.js": "process.exit(1);\n" },
    });
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

/** Makes a package out of the newer one whose program brings the store to a schema of its own. */
async function packageWithSchema(
  name: string,
  schema: number,
  migrations: Record<number, string>,
): Promise<string> {
  const folder = `/tmp/${name}`;
  await server.command("cp", "-a", payloads.next, folder);
  const files = Object.entries(migrations).map(([number, sql]): [string, string] => [
    `program/src/store/migrations/${number.padStart(3, "0")}-${name}.sql`,
    sql,
  ]);
  alterPackage(join(server.machine.root, folder), {
    version: `9.9.${schema}-${name}`,
    schema,
    files: Object.fromEntries(files),
  });
  return folder;
}

onServer(
  `going back over a migration that adds works and loses nothing; over one that breaks it is refused while all goes on${why}`,
  async () => {
    const known = schemaOf(join(server.machine.root, payloads.old));
    const adding = `-- Programs of schema ${known} and later may run on it.\nALTER TABLE requests ADD COLUMN later TEXT;\n`;
    // It does not say that older programs may run on it.
    const breaking = "ALTER TABLE requests ADD COLUMN other TEXT;\n";
    const later = await packageWithSchema("later", known + 1, { [known + 1]: adding });
    const breaks = await packageWithSchema("breaks", known + 2, {
      [known + 1]: adding,
      [known + 2]: breaking,
    });
    const install = ["xolphin-ssl", "package", "install", "--from"];
    await server.command(...install, later);
    expect(await status()).toMatchObject({
      version: `9.9.${known + 1}-later`,
      schema: { version: known + 1, oldest: known },
    });
    // The older program runs on the newer store: what it takes in is there, and the store stays as new as it is.
    const report = await underLoad(server, 20, async () => {
      await server.command(...install, payloads.old);
    });
    expect(report.outcomes).toEqual({ "200": report.accepted.length });
    const stored = new StoredWebhooks(server);
    await stored.read();
    expect(report.accepted.filter((id) => !stored.ids.has(id))).toEqual([]);
    expect(await status()).toMatchObject({ schema: { version: known + 1, oldest: known } });
    expect(await version()).not.toMatch(/9\.9\./);

    // Both lie here now, and either is run by hand; one that is not here is not.
    const own = await version();
    await server.command("xolphin-ssl", "package", "use", `9.9.${known + 1}-later`);
    expect(await running()).toMatch(/later$/);
    await server.command("xolphin-ssl", "package", "use", own);
    expect(await running()).toBe(own);
    expect(await server.machine.run(["xolphin-ssl", "package", "use", "1.2.3"])).toMatchObject({
      status: 1,
      err: expect.stringContaining(
        `here are: ${[own, `9.9.${known + 1}-later`].sort().join(", ")}`,
      ) as string,
    });

    await server.command(...install, breaks);
    const mainProcess = ["systemctl", "show", "--property=MainPID", "xolphin-ssl.service"];
    const before = await server.command(...mainProcess);
    for (const back of [
      [...install, payloads.old],
      ["xolphin-ssl", "package", "use", own],
    ]) {
      expect(await server.machine.run(back)).toMatchObject({
        status: 1,
        err: expect.stringMatching(
          new RegExp(`^xolphin-ssl: store-newer.*programs of schema ${known + 2} and later.*knows ${known}`),
        ) as string,
      });
      expect(await server.command(...mainProcess)).toBe(before);
    }
    expect(await running()).toMatch(/breaks$/);
  },
  300_000,
);
