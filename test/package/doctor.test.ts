import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../src/agent/doctor.ts";
import { type CaOnServer, startCaOn } from "./ca-on-server.ts";
import { type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { eventually } from "./eventually.ts";
import { onServer, problem, why } from "./on-server.ts";
import { pack } from "./pack.ts";

let packages: string;
let server: DirectAdminServer;
let ca: CaOnServer;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("directadmin", packages);
  server = await openDirectAdminServer();
  ca = await startCaOn(server.machine, "127.0.0.1:53", "/usr/local/directadmin/conf/cacert.pem");
  await server.installPlugin(join(packages, "xolphin_ssl.tar.gz"));
  const answers = {
    caPassword: ca.password,
    settings: {
      ca: { baseUrl: ca.url, trustFile: ca.trustFile, username: ca.userName },
      webhook: { allowedSources: ["127.0.0.1"] },
      verify: { address: "127.0.0.1" },
    },
  };
  writeFileSync(join(server.machine.root, "tmp/answers.yaml"), JSON.stringify(answers));
  await server.command("xolphin-ssl", "setup", "--answers", "/tmp/answers.yaml");
}, 180_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

async function examine(): Promise<{ status: number; findings: readonly Finding[] }> {
  const { status, out } = await server.machine.run(["xolphin-ssl", "doctor", "--json"]);
  return { status, ...(JSON.parse(out) as { findings: Finding[] }) };
}

const at = (path: string): string => join(server.machine.root, path);
const restart = (): Promise<string> => server.command("systemctl", "restart", "xolphin-ssl.service");

/** Changes a file for the time of `work`; what was there comes back in any case. */
async function withFile(path: string, content: string, work: () => Promise<void>): Promise<void> {
  const before = readFileSync(at(path));
  writeFileSync(at(path), content);
  try {
    await work();
  } finally {
    writeFileSync(at(path), before);
  }
}

/** The finding of one check, and that nothing is said that would help nobody: cause, remedy and owner are there. */
async function findingOf(check: string): Promise<Finding & { status: number }> {
  const { status, findings } = await examine();
  const finding = findings.find((one) => one.check === check);
  if (finding === undefined) throw new Error(`no check is called ${check}`);
  if (finding.level !== "good") {
    expect(finding.what).toMatch(/\S{3}/);
    expect(finding.next).not.toBe("");
    expect(finding.owner).not.toBe("nobody");
  }
  return { ...finding, status };
}

onServer(
  `a sound server: every path is tried and works, and the exit status says so${why}`,
  async () => {
    await eventually(async () => expect((await examine()).status).toBe(0));
    const { findings } = await examine();
    expect(findings.filter(({ level }) => level === "bad")).toEqual([]);
    const names = ["Xolphin", "Clock", "Webhooks", "Proxies", "Panel", "Accounts", "DNS", "Webhook address"];
    const more = ["Rights of the service", "Version", "Disk", "Disk safety", "Served certificates"];
    expect(findings.map(({ check }) => check).sort()).toEqual([...names, ...more].sort());
    const said = (await server.machine.run(["xolphin-ssl", "doctor"])).out;
    expect(said.trim().split("\n").length).toBeGreaterThanOrEqual(findings.length);
    expect(said).not.toMatch(/^BAD/m);
    expect(said).toMatch(/Accounts: \d+ accounts?, 1 vhost$/m);
  },
  60_000,
);

onServer(`the CA refuses the login: whose turn it is and what to do, exit status 1${why}`, async () => {
  await withFile("etc/xolphin-ssl/ca-password", "wrong\n", async () => {
    expect(await findingOf("Xolphin")).toMatchObject({
      level: "bad",
      code: "ca-refused-us",
      owner: "host",
      status: 1,
    });
    const { status, out } = await server.machine.run(["xolphin-ssl", "doctor"]);
    expect(status).toBe(1);
    expect(out).toMatch(/^BAD {2}Xolphin: /m);
  });
  expect(await findingOf("Xolphin")).toMatchObject({ level: "good" });
});

onServer(`the clock is an hour away from the CA's Date (F-05)${why}`, async () => {
  const move = (seconds: number): Promise<string> =>
    server.command(
      "curl",
      "-sf",
      "-d",
      JSON.stringify({ seconds }),
      `${ca.controlUrl}/actions/advance-clock`,
    );
  await move(3_600);
  try {
    expect(await findingOf("Clock")).toMatchObject({
      level: "bad",
      code: "clock-implausible",
      detail: expect.stringMatching(/(59|60) minutes/) as string,
      status: 1,
    });
  } finally {
    await move(-3_600);
  }
});

onServer(`the server's name leads elsewhere, so no webhook to itself arrives${why}`, async () => {
  await withFile("etc/hosts", "127.0.0.1 localhost\n192.0.2.78 server.lab.test\n", async () => {
    expect(await findingOf("Webhook address")).toMatchObject({
      level: "bad",
      code: "webhook-not-reachable",
      owner: "host",
      status: 1,
    });
  });
});

onServer(`the panel does not let the root side in any more${why}`, async () => {
  await server.command("systemctl", "stop", "xolphin-ssl-executor.socket", "xolphin-ssl-executor.service");
  try {
    expect(await findingOf("Panel")).toMatchObject({ level: "bad", status: 1 });
    expect(await findingOf("Accounts")).toMatchObject({ level: "bad" });
  } finally {
    await server.command("systemctl", "start", "xolphin-ssl-executor.socket");
  }
  expect(await findingOf("Panel")).toMatchObject({ level: "good" });
});

onServer(
  `no name server answers${why}`,
  async () => {
    await withFile("etc/resolv.conf", "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n", async () => {
      await restart();
      await eventually(async () => {
        expect(await findingOf("DNS")).toMatchObject({ level: "bad", code: "name-server-silent", status: 1 });
      });
    });
    await restart();
    await eventually(async () => expect(await findingOf("DNS")).toMatchObject({ level: "good" }));
  },
  90_000,
);

onServer(
  `the units were weakened by hand (T-21)${why}`,
  async () => {
    mkdirSync(at("etc/systemd/system/xolphin-ssl.service.d"));
    writeFileSync(
      at("etc/systemd/system/xolphin-ssl.service.d/weak.conf"),
      "[Service]\nNoNewPrivileges=no\nSystemCallFilter=\nSystemCallArchitectures=\nRestrictAddressFamilies=\nRestrictNamespaces=no\nRestrictRealtime=no\nRestrictSUIDSGID=no\nLockPersonality=no\nProtectKernelModules=no\nProtectKernelTunables=no\nProtectKernelLogs=no\nProtectClock=no\nProtectHostname=no\nPrivateDevices=no\nMemoryDenyWriteExecute=no\n",
    );
    await server.command("systemctl", "daemon-reload");
    await restart();
    try {
      await eventually(async () => {
        expect(await findingOf("Rights of the service")).toMatchObject({
          level: "warn",
          code: "not-hardened",
          detail: expect.stringMatching(/new privileges.*not filtered/) as string,
        });
      });
    } finally {
      rmSync(at("etc/systemd/system/xolphin-ssl.service.d"), { recursive: true });
      await server.command("systemctl", "daemon-reload");
      await restart();
    }
  },
  60_000,
);

onServer(`the panel has another version of the plugin than the service${why}`, async () => {
  const conf = "usr/local/directadmin/plugins/xolphin_ssl/plugin.conf";
  await withFile(conf, readFileSync(at(conf), "utf8").replace(/^version=.*$/m, "version=0.0.1"), async () => {
    await eventually(async () => {
      expect(await findingOf("Version")).toMatchObject({
        level: "bad",
        code: "version-mismatch",
        detail: expect.stringContaining("0.0.1") as string,
      });
    });
  });
});

onServer(
  `the disk is full but for a few megabytes (F-03)${why}`,
  async () => {
    await server.command("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", "/mnt");
    await server.command("cp", "-a", "/var/lib/xolphin-ssl/.", "/mnt/");
    await server.command("chown", "xolphin-ssl:xolphin-ssl", "/mnt");
    await server.command("chmod", "0700", "/mnt");
    await server.command("systemctl", "stop", "xolphin-ssl.service");
    await server.command("mount", "--move", "/mnt", "/var/lib/xolphin-ssl");
    await server.command("systemctl", "start", "xolphin-ssl.service");
    try {
      await eventually(async () => {
        expect(await findingOf("Disk")).toMatchObject({
          level: "bad",
          code: "disk-full",
          owner: "host",
          status: 1,
        });
      });
    } finally {
      await server.command("systemctl", "stop", "xolphin-ssl.service");
      await server.command("umount", "-l", "/var/lib/xolphin-ssl");
      await server.command("systemctl", "start", "xolphin-ssl.service");
    }
  },
  60_000,
);

onServer(
  `no service runs: the command looks itself, and says that too${why}`,
  async () => {
    await server.command(
      "systemctl",
      "stop",
      "xolphin-ssl.service",
      "xolphin-ssl-webhook.socket",
      "xolphin-ssl-pages.socket",
    );
    try {
      expect(await findingOf("Webhooks")).toMatchObject({
        level: "bad",
        code: "agent-unreachable",
        status: 1,
      });
    } finally {
      await server.command(
        "systemctl",
        "start",
        "xolphin-ssl-webhook.socket",
        "xolphin-ssl-pages.socket",
        "xolphin-ssl.service",
      );
    }
  },
  60_000,
);
