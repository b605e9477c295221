import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Machine, startMachine } from "../labs/machine/machine.ts";
import { rootPassword, startCpanelOn } from "./cpanel-server.ts";
import { command } from "./lab-process.ts";
import { onServer, problem, why } from "./on-server.ts";
import { ownTime } from "./own-time.ts";
import { pack } from "./pack.ts";
import { addressWanted, click, takeAfterwards, type } from "./readme-steps.ts";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

/** The lab lays a stand-in before it in the search path, for scripts that only mean to call it. */
const systemctl = "/usr/bin/systemctl";

let packages: string;
let machine: Machine;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("cpanel", packages);
  pack("cpanel", packages, "--label", "next");
  machine = await startMachine();
  await startCpanelOn(machine);
  for (const name of [version, `${version}-next`]) {
    const archive = `xolphin-ssl-cpanel-${name}.tar.gz`;
    copyFileSync(join(packages, archive), join(machine.root, "root", archive));
  }
}, 240_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await machine.stop();
}, 30_000);

const asRoot = { panel: "cpanel", password: rootPassword } as const;

onServer(
  `unpacked and one script run: the service runs and WHM shows its pages; the other script takes it away${why}`,
  async () => {
    const before = await machine.changes();
    expect((await machine.run(["ip", "route"])).out).toBe("");
    const took = await ownTime(machine, async () => {
      expect(await type(machine, "cPanel & WHM", 0, version)).toMatch(/Xolphin SSL is installed/);
    });
    expect(took.total).toBeLessThan(20_000);
    expect(await command(machine, systemctl, "is-active", "xolphin-ssl.service")).toBe("active\n");
    expect(await command(machine, "curl", "-sk", "https://server.lab.test:9770/healthz")).toBe("OK");
    expect((await command(machine, "stat", "--format=%a %U", "/etc/xolphin-ssl/whm-token")).trim()).toBe(
      "600 root",
    );
    expect(await command(machine, "cat", "/etc/xolphin-ssl/config.yaml")).toContain(
      "credentialFile: /etc/xolphin-ssl/whm-token",
    );
    const settings = await click(machine, asRoot, "cPanel & WHM", 0, {
      until: addressWanted,
    });
    expect(settings).toMatch(/Enter the account at Xolphin/);
    expect(settings).toContain("https://server.lab.test:9770/webhook");
    const doctor = await machine.run(["xolphin-ssl", "doctor"]);
    expect(doctor.out).toMatch(/Panel: cpanel/);
    expect(doctor.out).toMatch(/Version: .*, in the panel as well/);
    expect(doctor.out.match(/^BAD.*$/gm)).toEqual([
      expect.stringMatching(/has not been entered yet/) as string,
    ]);
    // Off in the list of all packages, and on again.
    const list = "/var/cpanel/features/default";
    const saved = { press: "Save", until: "was saved" };
    await click(machine, asRoot, "cPanel & WHM", 1, { ...saved, switchOff: ["xolphin_ssl"] });
    expect(await command(machine, "cat", list)).toMatch(/^xolphin_ssl=0$/m);
    await command(machine, "sed", "-i", "s/^xolphin_ssl=0$/xolphin_ssl=1/", list);
    await takeAfterwards(machine);

    // The script of the next version is the upgrade; once more, it is one to the same.
    for (let turn = 0; turn < 2; turn += 1) {
      await type(machine, "cPanel & WHM", 0, `${version}-next`);
      expect(await command(machine, "xolphin-ssl", "version")).toBe(`${version}-next\n`);
      const upgraded = await machine.run(["xolphin-ssl", "doctor"]);
      expect(upgraded.out).toMatch(new RegExp(`Version: ${version}-next, in the panel as well`));
    }
    // An update of the panel takes files of ours away; what it calls afterwards puts them back.
    const taken = "/usr/local/cpanel/base/frontend/jupiter/xolphin_ssl/index.live.pl";
    await command(machine, "rm", taken);
    await command(machine, "/var/cpanel/xolphin_ssl/upcp");
    // The hook answers at once, because the panel waits for it; the repair goes on behind it.
    const working = "while pgrep -f cpanel/[r]epair.sh; do sleep 0.1; done";
    await command(machine, "timeout", "60", "sh", "-c", working);
    expect((await machine.run(["test", "-x", taken])).status).toBe(0);

    await type(machine, "cPanel & WHM", 1);
    const after = await machine.changes();
    const left = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    const kept =
      /^(etc\/xolphin-ssl|var\/lib\/xolphin-ssl)(\/|$)|^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^var\/(log|lib\/systemd)\/|^root\/|^etc\/ca-lab-roots\.pem$|^usr\/lib32$|^var\/tmp\/systemd-private-/;
    // The panel's own folders and lists, which it keeps without us.
    const panels =
      /^var\/cpanel\/(apps|features\/default|hooks\.yaml|pluginscache\.yaml)$|^usr\/local\/cpanel\/base\/frontend\/jupiter\/assets(\/application_icons)?$/;
    expect(left.filter((path) => !kept.test(path) && !panels.test(path))).toEqual([]);
    expect(await command(machine, "cat", "/var/cpanel/hooks.yaml")).not.toMatch(/xolphin/);
  },
  300_000,
);
