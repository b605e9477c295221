import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Machine, machineProblem, startMachine } from "../labs/machine/machine.ts";
import { command, startLab } from "./lab-process.ts";

const root = join(import.meta.dirname, "../..");
const problem = machineProblem();
const onServer = problem === null ? test : test.skip;
const why = problem === null ? "" : ` (skipped: ${problem})`;
const version = "0.1.0";

let packages: string;
let machine: Machine;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  const args = [join(root, "scripts/packing/main.ts"), "plesk", "--arch", "x64", "--out", packages];
  execFileSync(join(root, "node_modules/.bin/node"), args, { stdio: "ignore" });
  machine = await startMachine();
  // The panel's installer makes these users; their numbers are those that the lab gives files to.
  for (const [name, id] of [
    ["psaadm", "8443"],
    ["psaserv", "8444"],
    ["psacln", "8445"],
  ] as const) {
    await command(machine, "groupadd", "--gid", id, name);
    await command(machine, "useradd", "--uid", id, "--gid", id, "--no-create-home", name);
  }
  const settings = {
    hostName: "server.lab.test",
    port: 8443,
    httpPort: 80,
    httpsPort: 443,
    mailPort: 993,
    dnsServer: { port: 53 },
    adminPassword: "admin-Passw0rd",
    accounts: [{ login: "bob", name: "Bob", domains: { "example.test": {} } }],
  };
  writeFileSync(join(machine.root, "tmp/lab.json"), JSON.stringify(settings));
  await startLab(machine, "test/labs/plesk/main.ts", "--dir", "/", "--settings", "/tmp/lab.json");
  copyFileSync(join(packages, `xolphin-ssl-plesk-${version}.zip`), join(machine.root, "tmp/xolphin-ssl.zip"));
}, 240_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await machine.stop();
}, 30_000);

/** A page of the extension in the administrator's session, by the panel's own login. */
async function page(name: string): Promise<string> {
  const curl = ["curl", "-sS", "--cacert", "/trust.pem", "--cookie", "/tmp/jar", "--cookie-jar", "/tmp/jar"];
  const panel = "https://server.lab.test:8443";
  await command(
    machine,
    ...[...curl, "--data", "login_name=admin&passwd=admin-Passw0rd", `${panel}/login_up.php`],
  );
  return command(machine, ...curl, `${panel}/modules/xolphin-ssl/index.php/index/index?page=${name}`);
}

onServer(
  `the extension installs by the panel's own command, and its pages reach the service${why}`,
  async () => {
    const before = await machine.changes();
    expect(await command(machine, "plesk", "bin", "extension", "--install", "/tmp/xolphin-ssl.zip")).toMatch(
      /successfully installed/,
    );
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
    const settings = await page("settings");
    expect(settings).toMatch(/Enter the account at Xolphin/);
    expect(settings).toContain("https://server.lab.test:9770/webhook");
    const doctor = await machine.run(["xolphin-ssl", "doctor"]);
    expect(doctor.out.match(/^BAD.*$/gm)).toEqual([
      expect.stringMatching(/has not been entered yet/) as string,
    ]);
    expect(doctor.out).toMatch(/Panel: plesk/);

    // Installed once more it is an upgrade to the same, and nothing is lost.
    await command(machine, "plesk", "bin", "extension", "--upgrade", "/tmp/xolphin-ssl.zip");
    expect(await command(machine, "systemctl", "is-active", "xolphin-ssl.service")).toBe("active\n");

    expect(await command(machine, "plesk", "bin", "extension", "--uninstall", "xolphin-ssl")).toMatch(
      /successfully uninstalled/,
    );
    const after = await machine.changes();
    const left = [...after.keys()].filter((path) => before.get(path) !== after.get(path));
    const kept =
      /^(etc\/xolphin-ssl|var\/lib\/xolphin-ssl)(\/|$)|^etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^var\/(log|lib\/systemd)\/|^root\/|^opt\/psa\/var|^usr\/local\/psa\/var|^var\/spool\/cron/;
    expect(left.filter((path) => !kept.test(path))).toEqual([]);
    // The panel's own table of timed tasks stays, without ours.
    expect((await machine.run(["cat", "/var/spool/cron/crontabs/psaadm"])).out).not.toContain("xolphin-ssl");
  },
  240_000,
);
