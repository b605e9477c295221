import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences } from "./differences.ts";
import { adminPassword, type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { onServer, problem, why } from "./on-server.ts";
import { ownTime } from "./own-time.ts";
import { pack } from "./pack.ts";
import { addressWanted, click, takeAfterwards } from "./readme-steps.ts";

const asAdmin = { panel: "directadmin", password: adminPassword } as const;

let packages: string;
let archive: string;
let server: DirectAdminServer;

beforeAll(() => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("directadmin", packages);
  archive = join(packages, "xolphin_ssl.tar.gz");
}, 120_000);
afterAll(() => rmSync(packages, { recursive: true, force: true }));

beforeEach(async () => {
  if (problem === null) server = await openDirectAdminServer();
}, 60_000);
afterEach(() => (problem === null ? server.close() : undefined));

onServer(
  `one upload in the plugin manager, without network, and the service runs within 20 seconds${why}`,
  async () => {
    const { machine, command } = server;
    expect((await machine.run(["ip", "route"])).out).toBe("");
    copyFileSync(archive, join(machine.root, "root/xolphin_ssl.tar.gz"));
    const took = await ownTime(machine, async () => {
      const files = { File: "/root/xolphin_ssl.tar.gz" };
      const filled = { files, type: { Password: adminPassword }, press: "Install", until: "Xolphin SSL" };
      await click(machine, asAdmin, "DirectAdmin", 0, filled);
    });
    expect(took.total).toBeLessThan(20_000);
    const active = await command(
      "systemctl",
      "is-active",
      "xolphin-ssl.service",
      "xolphin-ssl-webhook.socket",
    );
    expect(active).toBe("active\nactive\n");
    expect(await command("curl", "-sk", "https://server.lab.test:9770/healthz")).toBe("OK");
    expect(await command("curl", "-sk", "--ipv6", "https://localhost:9770/healthz")).toBe("OK");
    // What was unpacked has moved; the panel keeps only what it runs.
    expect((await machine.run(["ls", "/usr/local/directadmin/plugins/xolphin_ssl/payload"])).status).not.toBe(
      0,
    );
    const doctor = await machine.run(["xolphin-ssl", "doctor"]);
    expect(doctor.out).toMatch(/BAD {2}Xolphin: The account at Xolphin has not been entered yet\./);
    expect(doctor.out.match(/^BAD/gm)).toHaveLength(1);
    const settings = await click(machine, asAdmin, "DirectAdmin", 1, {
      until: addressWanted,
    });
    expect(settings).toMatch(/Enter the account at Xolphin/);
    expect(settings).toContain("https://server.lab.test:9770/webhook");
    await takeAfterwards(machine);
  },
  180_000,
);

onServer(
  `everything has the owner and mode it needs, and no more${why}`,
  async () => {
    await server.installPlugin(archive);
    const list = await server.command(
      "stat",
      "--format=%a %U:%G %n",
      "/opt/xolphin-ssl",
      "/opt/xolphin-ssl/current/bin/node",
      "/etc/xolphin-ssl",
      "/etc/xolphin-ssl/config.yaml",
      "/etc/xolphin-ssl/host-key.pem",
      "/var/lib/xolphin-ssl",
      "/run/xolphin-ssl",
      "/run/xolphin-ssl/pages.sock",
      "/run/xolphin-ssl/executor.sock",
      "/run/xolphin-ssl/control.sock",
    );
    expect(list.trim().split("\n")).toEqual([
      "755 root:root /opt/xolphin-ssl",
      "755 root:root /opt/xolphin-ssl/current/bin/node",
      "750 root:xolphin-ssl /etc/xolphin-ssl",
      "640 root:xolphin-ssl /etc/xolphin-ssl/config.yaml",
      "640 root:xolphin-ssl /etc/xolphin-ssl/host-key.pem",
      "700 xolphin-ssl:xolphin-ssl /var/lib/xolphin-ssl",
      "755 xolphin-ssl:xolphin-ssl /run/xolphin-ssl",
      "600 xolphin-ssl:xolphin-ssl /run/xolphin-ssl/pages.sock",
      "600 xolphin-ssl:xolphin-ssl /run/xolphin-ssl/executor.sock",
      "600 xolphin-ssl:xolphin-ssl /run/xolphin-ssl/control.sock",
    ]);
    const writable = [
      "find",
      "/opt/xolphin-ssl",
      "!",
      "-type",
      "l",
      "(",
      "!",
      "-user",
      "root",
      "-o",
      "-perm",
      "/022",
      ")",
    ];
    expect(await server.command(...writable)).toBe("");
    const processes = await server.command("ps", "-eo", "user:20,args");
    expect(processes).toMatch(/^xolphin-ssl +\S*\/bin\/node .* agent$/m);
  },
  120_000,
);

onServer(
  `uninstalling leaves the server as it was, but for state and settings; purging takes those too (F-50)${why}`,
  async () => {
    const before = await server.machine.changes();
    await server.installPlugin(archive);
    expect((await server.pluginManager("delete")).status).toBe(204);
    const left = await differences(server.machine, before);
    const kept =
      /^(etc\/xolphin-ssl|var\/lib\/xolphin-ssl)(\/|$)|^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/;
    expect(left.filter((path) => !kept.test(path))).toEqual([]);
    expect(left).toContain("etc/xolphin-ssl/config.yaml");
    // Without --all: systemd may keep the bare name of a unit that is gone in memory until it tidies up.
    expect(await server.command("systemctl", "list-units", "xolphin-ssl*", "--no-legend")).toBe("");
    // Installed again, it goes on with what was kept; then it goes for good.
    await server.installPlugin(archive);
    const asked = await server.machine.run(["xolphin-ssl", "package", "uninstall", "--purge"]);
    expect(asked).toMatchObject({
      status: 2,
      err: expect.stringMatching(/private keys.*settings.*--yes/) as string,
    });
    await server.command("xolphin-ssl", "package", "uninstall", "--purge", "--yes");
    await server.pluginManager("delete");
    const atLast = await differences(server.machine, before);
    expect(atLast.filter((path) => !/^etc\/(passwd|group|shadow|gshadow)-?$/.test(path))).toEqual([]);
    expect((await server.machine.run(["id", "xolphin-ssl"])).status).not.toBe(0);
  },
  120_000,
);
