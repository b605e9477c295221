import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Verb, verbArguments } from "../../src/executor/wire.ts";
import { type DirectAdminServer, openDirectAdminServer } from "./directadmin-server.ts";
import { eventually } from "./eventually.ts";
import { onServer, problem, why } from "./on-server.ts";
import { pack } from "./pack.ts";

const root = join(import.meta.dirname, "../..");

let packages: string;
let server: DirectAdminServer;

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null) return;
  pack("directadmin", packages);
  server = await openDirectAdminServer();
  await server.installPlugin(join(packages, "xolphin_ssl.tar.gz"));
}, 180_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

/** Longer when a person wants it to be (spec reliability T-07 asks for ten minutes). */
const swapMs = Number(process.env["SWAP_SECONDS"] ?? 8) * 1_000;

const verbs = [...Object.keys(verbArguments), "saveCaAccount"];

onServer(
  `nobody but root and the service opens any socket, for any verb (T-15)${why}`,
  async () => {
    const users = (await server.command("cut", "-d:", "-f1", "/etc/passwd")).trim().split("\n");
    const others = users.filter((name) => !["root", "xolphin-ssl"].includes(name));
    expect(others).toEqual(expect.arrayContaining(["bob", "nobody", "www-data"]));
    const calls = ["control", "pages", "executor"].flatMap((socket) =>
      (socket === "executor" ? verbs : ["status"]).map(
        (verb) =>
          `curl -s -m 5 -o /dev/null --unix-socket /run/xolphin-ssl/${socket}.sock -d '[]' http://x/operations/${verb}; echo $?`,
      ),
    );
    for (const user of others) {
      const { out } = await server.machine.run(["sh", "-c", calls.join("\n")], { as: user });
      // 7: the connection was refused by the kernel, before a byte was read.
      expect([user, [...new Set(out.trim().split("\n"))]]).toEqual([user, ["7"]]);
    }
  },
  180_000,
);

onServer(
  `no other program on this server passes for Xolphin, whatever its header claims (T-02)${why}`,
  async () => {
    const counts = async (): Promise<string> =>
      JSON.stringify(
        (
          JSON.parse(await server.command("xolphin-ssl", "status", "--json")) as {
            webhooks: { accepted: number };
          }
        ).webhooks.accepted,
      );
    const before = await counts();
    for (const header of [
      "X-Forwarded-For: 185.93.12.91",
      "Forwarded: for=185.93.12.91",
      "X-Real-IP: 185.93.12.91",
    ]) {
      for (const address of ["127.0.0.1", "[::1]"]) {
        const call = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--header", header];
        const { out } = await server.machine.run(
          [...call, `https://${address}:9770/webhook?RequestId=1&Status=Issued`],
          { as: "bob" },
        );
        expect([header, address, out]).toEqual([header, address, "403"]);
      }
    }
    expect(await counts()).toBe(before);
    // A proxy on this server could be believed by nobody, so the service does not start with one.
    writeFileSync(
      join(server.machine.root, "tmp/proxy.yaml"),
      JSON.stringify({ settings: { webhook: { trustedProxies: ["127.0.0.1"] } } }),
    );
    expect(await server.machine.run(["xolphin-ssl", "setup", "--answers", "/tmp/proxy.yaml"])).toMatchObject({
      status: 1,
      err: expect.stringMatching(/webhook\.trustedProxies\.0 must hold no loopback address/) as string,
    });
  },
  60_000,
);

onServer(
  `an account that swaps folders for links all the time leads root nowhere (T-07)${why}`,
  async () => {
    const target = "/srv/of-root";
    await server.command("mkdir", "-m", "0755", target);
    await server.command("sh", "-c", `echo mine > ${target}/kept.txt`);
    const swapping = `
      cd /home/bob/domains/example.test/public_html && mkdir -p .well-known && cd .well-known || exit 1
      while :; do
        rm -rf pki-validation; ln -s ${target} pki-validation
        rm -rf pki-validation; mkdir pki-validation; ln -s ${target}/kept.txt pki-validation/SWAPPED.txt
      done`;
    const swapper = server.machine.start(["sh", "-c", swapping], { as: "bob" });
    const answer = {
      method: "FILE",
      account: "bob",
      name: "example.test",
      path: "/.well-known/pki-validation/SWAPPED.txt",
      content: "from-the-ca",
    };
    const outcomes = new Set<string>();
    const end = performance.now() + swapMs;
    for (let turn = 0; performance.now() < end || turn < 20; turn += 1) {
      const { out } = await server.machine.run(
        [
          ...["curl", "-s", "-m", "30", "--unix-socket", "/run/xolphin-ssl/executor.sock", "--data", "@-"],
          `http://localhost/operations/${turn % 2 === 0 ? "publishDcv" : "withdrawDcv"}`,
        ],
        { as: "xolphin-ssl", input: JSON.stringify([answer]) },
      );
      outcomes.add((JSON.parse(out) as { error?: { code: string } }).error?.code ?? "done");
    }
    swapper.kill();
    await server.machine.run(["pkill", "-u", "bob"]);
    // Either it worked as the account, or the account could not go there itself.
    expect([...outcomes].filter((outcome) => !["done", "panel-fault"].includes(outcome))).toEqual([]);
    expect(await server.command("ls", "-A", target)).toBe("kept.txt\n");
    expect(await server.command("cat", `${target}/kept.txt`)).toBe("mine\n");
    const strange = await server.command("find", "/home/bob", "!", "-user", "bob", "!", "-type", "l");
    expect(strange).toBe("");
  },
  swapMs + 60_000,
);

onServer(
  `what systemd says of each unit is no worse than the page on hardening says (T-21)${why}`,
  async () => {
    const page = readFileSync(join(root, "docs/hardening.md"), "utf8");
    const recorded = [...page.matchAll(/^\| `(xolphin-ssl[a-z-]*\.service)` \| (\d+\.\d) \|/gm)];
    const units = (
      await server.command("systemctl", "list-unit-files", "--no-legend", "xolphin-ssl*.service")
    ).trim();
    expect(recorded.map(([, unit]) => unit).sort()).toEqual(
      units
        .split("\n")
        .map((line) => line.split(" ")[0])
        .sort(),
    );
    for (const [, unit = "", score] of recorded) {
      const said = await server.command("systemd-analyze", "security", "--no-pager", unit);
      const [, now] = /Overall exposure level for \S+: (\d+\.\d)/.exec(said) ?? [];
      expect([unit, Number(now) <= Number(score)]).toEqual([unit, true]);
    }
  },
  60_000,
);

const takesNothing = (verb: Verb): boolean => verbArguments[verb].safeParse([]).success;

const hostile: Record<string, unknown[]> = {
  nothing: [],
  "too much": [1, 2, 3, 4],
  "a path": ["../../etc/shadow"],
  "a command": ["$(touch /tmp/owned)"],
  "an option": ["--help"],
  "a line break": ["bob\nroot"],
  "a prototype": [{ __proto__: { account: "bob" } }],
  "a path as a website": [{ id: "../../../etc/passwd", account: "bob" }],
  "a file elsewhere": [
    { method: "FILE", account: "bob", name: "example.test", path: "/../../etc/cron.d/x.txt", content: "x" },
  ],
  "another configuration": [{ username: "x", password: "y", address: "https://evil.example/" }],
  "a password of two lines": [{ username: "x", password: "y\nroot: z", address: null }],
};

onServer(
  `every verb refuses hostile values, also from the service's own user (T-16, T-21)${why}`,
  async () => {
    const before = await server.command(
      "sha256sum",
      "/etc/xolphin-ssl/config.yaml",
      "/etc/passwd",
      "/etc/shadow",
    );
    for (const verb of verbs) {
      for (const [what, args] of Object.entries(hostile)) {
        if (what === "nothing" && verb in verbArguments && takesNothing(verb as Verb)) continue;
        const { out } = await server.machine.run(
          [
            ...["curl", "-s", "-m", "30", "--unix-socket", "/run/xolphin-ssl/executor.sock", "--data", "@-"],
            `http://localhost/operations/${verb}`,
          ],
          { as: "xolphin-ssl", input: JSON.stringify(args) },
        );
        expect([verb, what, JSON.parse(out)]).toEqual([
          verb,
          what,
          {
            error: expect.objectContaining({
              code: expect.stringMatching(/^(input-invalid|host-name-invalid)$/) as string,
            }) as object,
          },
        ]);
      }
    }
    expect(
      await server.command("sha256sum", "/etc/xolphin-ssl/config.yaml", "/etc/passwd", "/etc/shadow"),
    ).toBe(before);
    expect((await server.machine.run(["ls", "/tmp/owned"])).status).not.toBe(0);
  },
  180_000,
);

onServer(
  `the support archive has nothing of what was planted in its sources (T-09)${why}`,
  async () => {
    const { machine, command } = server;
    const canaries = {
      password: "canary-Password-4711",
      token: "canarytoken0123456789canarytoken0123456789",
      key: "Q0FOQVJZS0VZ",
      cookie: "canarycookie99",
      mail: "canary.person@example.nl",
    };
    writeFileSync(join(machine.root, "etc/xolphin-ssl/ca-password"), `${canaries.password}\n`);
    writeFileSync(join(machine.root, "etc/xolphin-ssl/webhook-token"), `${canaries.token}\n`);
    appendFileSync(
      join(machine.root, "etc/xolphin-ssl/config.yaml"),
      `# password: ${canaries.password}, smtp://canary:${canaries.password}@mail.example.nl\nnotify: { from: ${canaries.mail} }\n`,
    );
    const line = [
      `-----BEGIN PRIVATE KEY----- ${canaries.key.repeat(8)} -----END PRIVATE KEY-----`,
      `cookie: session=${canaries.cookie}`,
      `/webhook/${canaries.token} ${canaries.mail} Basic ${Buffer.from(`x:${canaries.password}`).toString("base64")}`,
    ].join(" ");
    await command("sh", "-c", `systemd-run --quiet --wait --unit=xolphin-ssl-planted echo '${line}'`);
    const made = await command("xolphin-ssl", "export-support", "--out", "/root/support.tar.gz");
    expect(made).toMatch(/\/root\/support\.tar\.gz/);
    expect((await command("stat", "--format=%a %U", "/root/support.tar.gz")).trim()).toBe("600 root");
    const everything = await command("tar", "-xzOf", "/root/support.tar.gz");
    expect(everything).toMatch(/"check": "Xolphin"/);
    expect(everything).toMatch(/ActiveState=active/);
    expect(everything).toMatch(/\[PEM removed\]/);
    for (const [what, canary] of Object.entries(canaries)) {
      expect([what, everything.includes(canary)]).toEqual([what, false]);
      const encoded = Buffer.from(canary).toString("base64").replace(/=+$/, "").slice(0, -1);
      expect([what, everything.includes(encoded)]).toEqual([what, false]);
    }
    expect((await machine.run(["ls", "/run"])).out).not.toMatch(/support/);
  },
  120_000,
);

onServer(
  `a service that is made to dump its memory leaves nothing behind (T-09)${why}`,
  async () => {
    const { command, machine } = server;
    const mainPid = async (): Promise<string> =>
      (await command("systemctl", "show", "--property=MainPID", "--value", "xolphin-ssl.service")).trim();
    // That this machine writes cores at all is shown by a process that may.
    await command(
      "sh",
      "-c",
      "mkdir -p /tmp/dump && cd /tmp/dump && sh -c 'ulimit -c unlimited; kill -ABRT $$'; ls /tmp/dump | grep core",
    );
    const pid = await mainPid();
    expect(await command("cat", `/proc/${pid}/limits`)).toMatch(/^Max core file size +0 +0 /m);
    await command("touch", "/tmp/dump/before");
    await command("kill", "-ABRT", pid);
    await eventually(async () => {
      const next = await mainPid();
      expect(next).not.toBe("0");
      expect(next).not.toBe(pid);
    });
    const { out } = await machine.run([
      "sh",
      "-c",
      "find / -xdev -newer /tmp/dump/before -type f -name 'core*' -not -path '/proc/*' -not -path '/sys/*'",
    ]);
    expect(out.trim()).toBe("");
  },
  60_000,
);

onServer(
  `a log file is rotated by the service, stays the service's, and root writes nothing there${why}`,
  async () => {
    const { command, machine } = server;
    const file = "/var/log/xolphin-ssl/agent.log";
    writeFileSync(
      join(machine.root, "tmp/log.yaml"),
      JSON.stringify({ settings: { log: { level: "debug", file } } }),
    );
    await command("xolphin-ssl", "setup", "--answers", "/tmp/log.yaml");
    const answers = (): Promise<string> =>
      command("curl", "-sk", "-m", "60", "https://server.lab.test:9770/healthz");
    await answers();
    const almostFull = `systemctl stop xolphin-ssl.service
      yes '{"level":"info","message":"filling"}' | head -c 20971000 | sed '$d' > ${file}
      systemctl restart xolphin-ssl.service`;
    await command("sh", "-ec", almostFull);
    await answers();
    // A line for each time that the certificate is read again.
    await eventually(async () => {
      await command("systemctl", "reload", "xolphin-ssl.service");
      expect((await command("ls", "/var/log/xolphin-ssl")).trim()).toBe("agent.log\nagent1.log");
    }, 60_000);
    // The root side reads the same settings.
    await command("xolphin-ssl", "doctor").catch(() => undefined);
    expect((await command("systemctl", "is-active", "xolphin-ssl-executor.service")).trim()).toBe("active");
    expect(await command("find", "/var/log/xolphin-ssl", "!", "-user", "xolphin-ssl")).toBe("");
    expect((await command("stat", "--format=%a", "/var/log/xolphin-ssl")).trim()).toBe("750");
    // The line after which it was rotated is the last of the file before.
    let lines: string[] = [];
    await eventually(async () => {
      await command("systemctl", "reload", "xolphin-ssl.service");
      lines = (await command("cat", file)).split("\n").filter((line) => line !== "");
      expect(lines).not.toEqual([]);
    });
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ time: expect.any(String) as string });
    // Where it may not write, it says so in the journal and goes on.
    writeFileSync(
      join(machine.root, "tmp/log.yaml"),
      JSON.stringify({ settings: { log: { level: "info", file: "/var/log/elsewhere.log" } } }),
    );
    await command("xolphin-ssl", "setup", "--answers", "/tmp/log.yaml");
    expect(await answers()).toBe("OK");
    await eventually(async () =>
      expect(
        await command("journalctl", "--unit=xolphin-ssl.service", "--output=cat", "--no-pager"),
      ).toContain("the log file can't be written; the log goes on at standard output"),
    );
  },
  120_000,
);

onServer(`monitoring reads figures on a socket that is root's and the service's only${why}`, async () => {
  const ask = ["curl", "-s", "--unix-socket", "/run/xolphin-ssl/control.sock", "http://localhost/metrics"];
  expect(await server.command(...ask)).toMatch(
    /^xolphin_ssl_info\{version="[^"]+",panel="directadmin"\} 1$/m,
  );
  expect((await server.machine.run(ask, { as: "bob" })).status).toBe(7);
  expect(await server.command("xolphin-ssl", "metrics")).toMatch(/xolphin_ssl_queue\{state="due"\}/);
  // One JSON object per line, whatever happens.
  const lines = (
    await server.command("journalctl", "--unit=xolphin-ssl.service", "--output=cat", "--no-pager")
  )
    .trim()
    .split("\n");
  for (const line of lines.filter((text) => text.startsWith("{")))
    expect(() => JSON.parse(line)).not.toThrow();
});
