import { execFileSync } from "node:child_process";
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageEntry } from "../../scripts/packing/package-entry.ts";
import { packZip } from "../../scripts/packing/zip.ts";
import { type Machine, startMachine } from "../labs/machine/machine.ts";
import { alterPackage } from "./altered-package.ts";
import { command } from "./lab-process.ts";
import { onServer, problem, why } from "./on-server.ts";
import { ownTime } from "./own-time.ts";
import { pack } from "./pack.ts";
import { adminPassword, startPleskOn } from "./plesk-server.ts";
import { addressWanted, click, takeAfterwards, type } from "./readme-steps.ts";

const root = join(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

let packages: string;
let machine: Machine;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("plesk", packages, "--arch", "x64");
  machine = await startMachine();
  await startPleskOn(machine);
  const archive = `xolphin-ssl-plesk-${version}.zip`;
  copyFileSync(join(packages, archive), join(machine.root, "root", archive));
  writeFileSync(join(machine.root, `root/xolphin-ssl-plesk-${next}.zip`), packNext(join(packages, archive)));
}, 240_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await machine.stop();
}, 30_000);

/** The same extension as a later version; Plesk takes numbers only (spec plesk §1.3). */
const next = "9.9.9";
function packNext(archive: string): Buffer {
  const opened = join(packages, "next");
  execFileSync("unzip", ["-q", archive, "-d", opened]);
  const meta = join(opened, "meta.xml");
  writeFileSync(meta, readFileSync(meta, "utf8").replace(/<version>[^<]*/, `<version>${next}`));
  alterPackage(join(opened, "plib/payload"), { version: next, files: {} });
  const entries = globSync("**/*", { cwd: opened })
    .filter((path) => statSync(join(opened, path)).isFile())
    .map((path): PackageEntry => {
      const full = join(opened, path);
      const mode = (statSync(full).mode & 0o100) === 0 ? 0o644 : 0o755;
      return { path, mode, content: readFileSync(full) };
    });
  return packZip(entries, 0);
}

const asAdmin = { panel: "plesk", password: adminPassword } as const;

onServer(
  `the extension installs by the panel's own command, and its pages reach the service${why}`,
  async () => {
    const before = await machine.changes();
    expect((await machine.run(["ip", "route"])).out).toBe("");
    const took = await ownTime(machine, async () => {
      expect(await type(machine, "Plesk", 0, version)).toMatch(/successfully installed/);
    });
    expect(took.total).toBeLessThan(20_000);
    expect(await command(machine, "systemctl", "is-active", "xolphin-ssl.service")).toBe("active\n");
    expect(await command(machine, "curl", "-sk", "https://server.lab.test:9770/healthz")).toBe("OK");
    const modes = await command(
      machine,
      "stat",
      "--format=%a %U:%G %n",
      "/run/xolphin-ssl/pages.sock",
      "/run/xolphin-ssl/pages.key",
    );
    expect(modes).toBe(
      "660 xolphin-ssl:psaadm /run/xolphin-ssl/pages.sock\n640 xolphin-ssl:psaadm /run/xolphin-ssl/pages.key\n",
    );
    const settings = await click(machine, asAdmin, "Plesk", 1, { until: addressWanted });
    expect(settings).toMatch(/Enter the account at Xolphin/);
    expect(settings).toContain("https://server.lab.test:9770/webhook");
    const doctor = await machine.run(["xolphin-ssl", "doctor"]);
    expect(doctor.out.match(/^BAD.*$/gm)).toEqual([
      expect.stringMatching(/has not been entered yet/) as string,
    ]);
    expect(doctor.out).toMatch(/Panel: plesk/);
    await takeAfterwards(machine);

    // The panel's own upgrade brings the next version, in the panel as well; once more, it is one to the same.
    for (let turn = 0; turn < 2; turn += 1) {
      await type(machine, "Plesk", 1, next);
      expect(await command(machine, "xolphin-ssl", "version")).toBe(`${next}\n`);
      const upgraded = await machine.run(["xolphin-ssl", "doctor"]);
      expect(upgraded.out).toMatch(new RegExp(`Version: ${next}, in the panel as well`));
    }

    // The other way in, where the panel's owner allows it.
    const ini = join(machine.root, "opt/psa/admin/conf/panel.ini");
    const asItWas = readFileSync(ini, "utf8");
    writeFileSync(ini, `${asItWas}\n[ext-catalog]\nextensionUpload = true\n`);
    const files = { "Upload Extension": `/root/xolphin-ssl-plesk-${next}.zip` };
    const listed = await click(machine, asAdmin, "Plesk", 0, { files, press: "Upload", until: next });
    expect(listed).toMatch(new RegExp(`Xolphin SSL *${next}-\\d+ *Active`));
    expect(await command(machine, "xolphin-ssl", "version")).toBe(`${next}\n`);
    writeFileSync(ini, asItWas);

    expect(await type(machine, "Plesk", 2)).toMatch(/successfully uninstalled/);
    const after = await machine.changes();
    const left = [...after.keys()].filter((path) => before.get(path) !== after.get(path));
    const kept =
      /^(etc\/xolphin-ssl|var\/lib\/xolphin-ssl)(\/|$)|^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^var\/(log|lib\/systemd)\/|^root\/|^etc\/ca-lab-roots\.pem$|^opt\/psa\/var|^usr\/local\/psa\/var|^var\/spool\/cron|^var\/tmp\/systemd-private-/;
    expect(left.filter((path) => !kept.test(path))).toEqual([]);
    // The panel's own table of timed tasks stays, without ours.
    expect((await machine.run(["cat", "/var/spool/cron/crontabs/psaadm"])).out).not.toContain("xolphin-ssl");
  },
  240_000,
);
