import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaOnServer } from "./ca-on-server.ts";
import {
  account,
  adminPassword,
  type DirectAdminServer,
  domain,
  forJourney,
  openDirectAdminServer,
} from "./directadmin-server.ts";
import { onServer, problem, why } from "./on-server.ts";
import { pack } from "./pack.ts";
import type { PanelOnServer } from "./panel-server.ts";
import { expectRootKeptAway, joinCa, watchJourney } from "./watched-journey.ts";

const root = join(import.meta.dirname, "../..");

let packages: string;
let server: DirectAdminServer;
let panel: PanelOnServer;
let ca: CaOnServer;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("directadmin", packages);
  server = await openDirectAdminServer();
  expect((await server.installPlugin(join(packages, "xolphin_ssl.tar.gz"))).status).toBe(204);
  panel = await forJourney(server);
  ca = await joinCa(panel);
}, 180_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

onServer(
  `the administrator answers one question on a page in a browser, and the self-test is green${why}`,
  async () => {
    const pictures = process.env["FIRST_RUN_PICTURES"] ?? packages;
    const browser = ["node_modules/.bin/node", "test/package/first-run.ts"].map((path) => join(root, path));
    const { status, out, err } = await server.machine.run([...browser, "/tmp/pictures"], {
      input: JSON.stringify({
        adminPassword,
        username: ca.userName,
        wrongPassword: "wrong-Passw0rd",
        password: ca.password,
      }),
    });
    expect([status, err]).toEqual([0, ""]);
    cpSync(join(server.machine.root, "tmp/pictures"), pictures, { recursive: true });
    const shown = JSON.parse(out) as Record<
      "first" | "refused" | "saved" | "selfTest",
      { text: string; violations: string[] }
    >;
    expect(shown.first.text).toMatch(/Enter the account at Xolphin/);
    expect(shown.first.text).toContain("https://server.lab.test:9770/webhook");
    expect(shown.refused.text).toMatch(/Xolphin refuses the account/);
    expect(shown.saved.text).toMatch(/The login was accepted and the account is saved/);
    // The service began anew by itself; nobody was refused meanwhile.
    expect(shown.selfTest.text).toMatch(/Everything works/);
    for (const { text, violations } of Object.values(shown)) {
      expect(violations).toEqual([]);
      expect(text).not.toContain("Passw0rd");
    }
    const { findings } = JSON.parse(await server.command("xolphin-ssl", "doctor", "--json")) as {
      findings: { check: string; level: string; what: string }[];
    };
    expect(findings.filter(({ level }) => level === "bad")).toEqual([]);
    expect(findings.map(({ what }) => what).join("\n")).toMatch(
      /Rights of the service: own user, no privileges, filtered system calls, sockets kept by systemd/,
    );
    expect(findings.map(({ what }) => what).join("\n")).toMatch(/Version: .*, in the panel as well/);
  },
  120_000,
);

onServer(`the password is where only root and the service can read it, and in no log${why}`, async () => {
  const list = await server.command("stat", "--format=%a %U:%G", "/etc/xolphin-ssl/ca-password");
  expect(list.trim()).toBe("640 root:xolphin-ssl");
  expect(
    (await server.machine.run(["cat", "/etc/xolphin-ssl/ca-password"], { as: account })).status,
  ).not.toBe(0);
  expect(await server.command("journalctl", "--no-pager")).not.toContain(ca.password);
});

onServer(
  `certificates are ordered, announced, installed, shown and issued anew, and root opens nothing that the account can write (T-07, T-21)${why}`,
  async () => {
    expectRootKeptAway(panel, await watchJourney(panel, ca));
  },
  400_000,
);

onServer(
  `the private key is in no log, store, argument or environment, and whole in no file but the panel's (T-09)${why}`,
  async () => {
    const found = await server.command(
      "grep",
      "-rlE",
      "--include=*.key",
      "PRIVATE KEY",
      "/usr/local/directadmin/data/users",
    );
    const [file = ""] = found
      .trim()
      .split("\n")
      .filter((path) => path.includes(domain));
    const key = await server.command("cat", file);
    // A line from the middle: the first ones are alike in every key of a kind.
    const lines = key.trim().split("\n");
    const canary = lines[Math.floor(lines.length / 2)] ?? "";
    expect(canary.length).toBeGreaterThan(40);
    expect((await server.machine.run(["grep", "-qF", canary, file])).status).toBe(0);
    const logs = await server.command("journalctl", "--no-pager", "--output=verbose");
    expect(logs.includes(canary)).toBe(false);
    const places = [
      "/var/lib/xolphin-ssl",
      "/etc/xolphin-ssl",
      "/run",
      "/var/log",
      "/opt/xolphin-ssl",
      "/home",
    ];
    const elsewhere = await server.machine.run(["grep", "-rlF", "--devices=skip", canary, ...places]);
    expect(elsewhere.out).toBe("");
    const processes = await server.command(
      "sh",
      "-c",
      "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'",
    );
    expect(processes.includes(canary)).toBe(false);
    const limits = await server.command(
      "sh",
      "-c",
      "cat /proc/$(systemctl show -p MainPID --value xolphin-ssl.service)/limits",
    );
    expect(limits).toMatch(/Max core file size +0 +0/);
  },
  60_000,
);

onServer(
  `uninstalling leaves the certificate where it is, and served${why}`,
  async () => {
    expect((await server.pluginManager("delete")).status).toBe(204);
    expect((await server.machine.run(["ls", "/opt/xolphin-ssl"])).status).not.toBe(0);
    expect(await handshake()).toMatch(/Verification: OK/);
  },
  60_000,
);

/** What a client that trusts the CA says about the account's website. */
async function handshake(): Promise<string> {
  const client = ["openssl", "s_client", "-connect", "127.0.0.1:443", "-servername", domain];
  return (await server.machine.run([...client, "-CAfile", ca.trustFile, "-brief"])).err;
}
