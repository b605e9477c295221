import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "../labs/machine/machine.ts";
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
}, 180_000);
afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  if (problem === null) await server.close();
}, 30_000);

const at = (path: string): string => join(server.machine.root, path);
const config = (): string => readFileSync(at("etc/xolphin-ssl/config.yaml"), "utf8");

function answer(answers: object): Promise<Result> {
  writeFileSync(at("tmp/answers.yaml"), JSON.stringify(answers));
  return server.machine.run(["xolphin-ssl", "setup", "--answers", "/tmp/answers.yaml"]);
}

const lab = (): object => ({ baseUrl: ca.url, trustFile: ca.trustFile, username: ca.userName });

describe("without a person", () => {
  onServer.each<[string, object, RegExp]>([
    ["a question that nobody asks", { colour: "blue" }, /^xolphin-ssl: input-invalid: .*answers\.yaml/],
    [
      "a setting that does not exist",
      { settings: { ca: { colour: "blue" } } },
      /settings-invalid.*\n +ca\.colour/,
    ],
    [
      "a setting out of bounds",
      { settings: { webhook: { path: "x" } } },
      /settings-invalid.*\n +webhook\.path/,
    ],
  ])(`%s in the answers is refused, and nothing is changed${why}`, async (_what, answers, said) => {
    const before = config();
    expect(await answer(answers)).toMatchObject({ status: 1, err: expect.stringMatching(said) as string });
    expect(config()).toBe(before);
  });

  onServer(`a password that the CA refuses is not kept${why}`, async () => {
    const before = config();
    const outcome = await answer({ caPassword: "wrong-Passw0rd", settings: { ca: lab() } });
    expect(outcome).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^xolphin-ssl: ca-refused-us/) as string,
    });
    expect(outcome.err + outcome.out).not.toContain("wrong-Passw0rd");
    expect(config()).toBe(before);
    expect(existsSync(at("etc/xolphin-ssl/ca-password"))).toBe(false);
  });

  onServer(
    `one file of answers sets everything up: account, address with a token, settings; again it changes nothing${why}`,
    async () => {
      writeFileSync(at("root/password"), `${ca.password}\n`, { mode: 0o600 });
      const answers = {
        caPasswordFile: "/root/password",
        webhookPathToken: true,
        settings: {
          ca: lab(),
          webhook: { allowedSources: ["127.0.0.1"] },
          policy: { renewal: "automatic", orderingBy: ["admin"] },
          sweep: { fullHours: 12 },
        },
      };
      const { status, out } = await answer(answers);
      expect([status, out]).toEqual([0, expect.stringMatching(/login accepted/)]);
      expect(out).toMatch(
        /webhooks to: https:\/\/server\.lab\.test:9770\/webhook\/<the token in \/etc\/xolphin-ssl\/webhook-token>/,
      );
      const modes = await server.command(
        "stat",
        "--format=%a %U:%G",
        "/etc/xolphin-ssl/ca-password",
        "/etc/xolphin-ssl/webhook-token",
      );
      expect(modes).toBe("640 root:xolphin-ssl\n640 root:xolphin-ssl\n");
      const token = readFileSync(at("etc/xolphin-ssl/webhook-token"), "utf8").trim();
      const call = async (path: string): Promise<string> =>
        server.command(
          "curl",
          "-sk",
          "-o",
          "/dev/null",
          "-w",
          "%{http_code}",
          `https://server.lab.test:9770${path}?RequestId=1&Status=Updated`,
        );
      expect([await call(`/webhook/${token}`), await call("/webhook")]).toEqual(["200", "404"]);
      const before = config();
      expect(before).toMatch(/renewal: automatic/);
      expect((await answer(answers)).status).toBe(0);
      expect(config()).toBe(before);
      expect(readFileSync(at("etc/xolphin-ssl/webhook-token"), "utf8").trim()).toBe(token);
      await eventually(async () => {
        const doctor = await server.machine.run(["xolphin-ssl", "doctor"]);
        expect([doctor.out.match(/^BAD.*$/gm), doctor.status]).toEqual([null, 0]);
      });
      expect((await answer({ webhookPathToken: false })).status).toBe(0);
      expect(await call("/webhook")).toBe("200");
      expect(existsSync(at("etc/xolphin-ssl/webhook-token"))).toBe(false);
    },
    60_000,
  );
});

describe("a person at a terminal", () => {
  /** Types each answer when its question has been asked; resolves with everything that the terminal showed. */
  async function converse(...talk: readonly [question: string, reply: string][]): Promise<string> {
    const terminal = server.machine.start(["script", "-qefc", "xolphin-ssl setup", "/dev/null"]);
    let shown = "";
    let next = 0;
    terminal.stdout?.on("data", (chunk: Buffer) => {
      shown += chunk.toString("utf8");
      const [question, reply] = talk[next] ?? [];
      if (question === undefined || !shown.includes(question)) return;
      next += 1;
      terminal.stdin?.write(`${reply}\n`);
    });
    const status = await new Promise<number | null>((resolve) => terminal.once("close", resolve));
    expect(next).toBe(talk.length);
    return `${shown}\nended with ${status}`;
  }

  onServer(
    `is told that a password is wrong, and neither password is ever shown${why}`,
    async () => {
      const before = config();
      const shown = await converse(
        ["User name of the account", ca.userName],
        ["Its password", "never-Sh0wn"],
        ["live or test system", ""],
        ["Open the firewall", "n"],
      );
      expect(shown).toMatch(/ca-refused-us/);
      expect(shown).toMatch(/ended with 1$/);
      expect(shown).not.toContain("never-Sh0wn");
      expect(config()).toBe(before);
    },
    60_000,
  );

  onServer(
    `answers four questions and is told what to do next; empty answers keep what is there${why}`,
    async () => {
      const shown = await converse(
        ["User name of the account", ca.userName],
        ["Its password", ca.password],
        ["live or test system", ""],
        ["Open the firewall", ""],
      );
      expect(shown).toMatch(/Tell Xolphin to send webhooks to: https:\/\/server\.lab\.test:9770\/webhook/);
      expect(shown).toMatch(/login accepted/);
      expect(shown).toMatch(/ended with 0$/);
      expect(shown).not.toContain(ca.password);
      const before = config();
      const again = await converse(
        [`User name of the account at Xolphin [${ca.userName}]`, ""],
        ["empty: as it is", ""],
        [`live or test system? [${ca.url}]`, ""],
        ["Open the firewall", ""],
      );
      expect(again).toMatch(/login accepted/);
      expect(config()).toBe(before);
    },
    60_000,
  );
});

describe("the firewall", () => {
  const sources = ["185.93.12.91", "185.93.12.111", "2a03:8de0:1:1::91", "2a03:8de0:1:1::111"];
  const show = (): Promise<Result> => answer({});
  const open = (): Promise<Result> => answer({ openFirewall: true });

  beforeAll(async () => {
    if (problem !== null) return;
    await answer({ settings: { webhook: { allowedSources: sources } } });
    for (const address of ["185.93.12.91/32", "198.51.100.7/32"]) {
      await server.command("ip", "addr", "add", address, "dev", "lo");
    }
  });

  /** The lines to type that were shown. */
  function commandsIn(out: string): string[] {
    return out
      .split("\n")
      .filter((line) => /^ {2}\S/.test(line))
      .map((line) => line.trim());
  }

  /** Whether a caller from this address reaches the listener. */
  async function reaches(source: string): Promise<boolean> {
    const call = [
      "curl",
      "-sk",
      "-m",
      "2",
      "--interface",
      source,
      "--resolve",
      "server.lab.test:9770:198.51.100.7",
    ];
    const { status } = await server.machine.run([...call, "https://server.lab.test:9770/healthz"]);
    return status === 0;
  }

  onServer(
    `nftables: the commands are shown with the names of its own chain, run nothing, and work when typed${why}`,
    async () => {
      const rules = `table ip nat {\n chain post { type nat hook postrouting priority 100; }\n}\ntable inet mine {\n chain incoming {\n type filter hook input priority 0; policy drop;\n ip saddr 127.0.0.1 accept\n ip6 saddr ::1 accept\n ct state established accept\n }\n}\n`;
      writeFileSync(at("tmp/rules.nft"), rules);
      await server.command("nft", "-f", "/tmp/rules.nft");
      try {
        const before = await server.command("nft", "list", "ruleset");
        const { status, out } = await show();
        expect([status, out]).toEqual([0, expect.stringMatching(/firewall \(nftables\) is at work/)]);
        expect(commandsIn(out)).toHaveLength(4);
        const asked = await open();
        expect([asked.status, asked.out]).toEqual([0, expect.stringMatching(/are your own/)]);
        expect(await server.command("nft", "list", "ruleset")).toBe(before);
        expect([await reaches("185.93.12.91"), await reaches("198.51.100.7")]).toEqual([false, false]);
        for (const line of commandsIn(out)) await server.command("sh", "-c", line);
        expect([await reaches("185.93.12.91"), await reaches("198.51.100.7")]).toEqual([true, false]);
      } finally {
        await server.command("nft", "flush", "ruleset");
      }
    },
    60_000,
  );

  const firewalld = existsSync("/usr/bin/firewall-cmd") ? "" : " (skipped: needs firewalld)";
  (firewalld === "" ? onServer : test.skip)(
    `firewalld: the commands are shown; asked to, setup opens the port for Xolphin alone, once${why}${firewalld}`,
    async () => {
      await server.command("systemctl", "start", "dbus.service", "firewalld.service");
      try {
        const rules = async (): Promise<string[]> =>
          (await server.command("firewall-cmd", "--list-rich-rules")).trim().split("\n").filter(Boolean);
        const { out } = await show();
        expect(out).toMatch(/firewall \(firewalld\) is at work/);
        expect(await rules()).toEqual([]);
        for (const line of commandsIn(out)) await server.command("sh", "-c", line);
        const typed = (await rules()).sort();
        expect(typed).toHaveLength(4);
        await server.command(
          "sh",
          "-c",
          commandsIn(out).join("\n").replaceAll("--add-rich-rule", "--remove-rich-rule"),
        );
        expect(await rules()).toEqual([]);
        expect((await open()).out).toMatch(/firewall \(firewalld\) lets Xolphin in now/);
        expect((await rules()).sort()).toEqual(typed);
        expect((await open()).status).toBe(0);
        expect((await rules()).sort()).toEqual(typed);
        for (const source of sources) expect(typed.join("\n")).toContain(`"${source}"`);
        expect(await server.command("nft", "list", "ruleset")).toContain("185.93.12.91");
      } finally {
        await server.command("systemctl", "stop", "firewalld.service");
      }
    },
    120_000,
  );

  onServer(
    `csf: the commands are shown; asked to, setup adds each address once and restarts it${why}`,
    async () => {
      mkdirSync(at("etc/csf"), { recursive: true });
      writeFileSync(at("etc/csf/csf.allow"), "# csf.allow\n127.0.0.1 # this server\n");
      // As csf.pl does: -a/--add takes an address or an advanced rule and a comment, and writes it down; anything else is refused.
      writeFileSync(
        at("usr/sbin/csf"),
        `#!/bin/sh
printf '%s\\n' "$*" >> /tmp/csf.calls
case $1 in
  --add | -a)
    printf '%s' "$2" | grep -Eq '^tcp\\|in\\|d=[0-9]+\\|s=[0-9A-Fa-f.:]+$' || { echo "Invalid: $2"; exit 1; }
    grep -qF "$2" /etc/csf/csf.allow && { echo "$2 is already in the allow list"; exit 1; }
    printf '%s # %s\\n' "$2" "$3" >> /etc/csf/csf.allow ;;
  --restart | -r) [ $# -eq 1 ] || exit 1 ;;
  *) echo usage; exit 1 ;;
esac
`,
      );
      chmodSync(at("usr/sbin/csf"), 0o755);
      try {
        const { out } = await show();
        expect(out).toMatch(/firewall \(csf\) is at work/);
        expect(existsSync(at("tmp/csf.calls"))).toBe(false);
        expect((await open()).out).toMatch(/firewall \(csf\) lets Xolphin in now/);
        const allowed = readFileSync(at("etc/csf/csf.allow"), "utf8");
        for (const source of sources)
          expect(allowed).toContain(`tcp|in|d=9770|s=${source} # Xolphin webhooks\n`);
        expect((await open()).status).toBe(0);
        expect(readFileSync(at("etc/csf/csf.allow"), "utf8")).toBe(allowed);
        const calls = readFileSync(at("tmp/csf.calls"), "utf8").trim().split("\n");
        expect(calls.filter((call) => call === "--restart")).toHaveLength(2);
        // What is shown works as well, typed in a shell.
        writeFileSync(at("etc/csf/csf.allow"), "");
        for (const line of commandsIn(out)) await server.command("sh", "-c", line);
        expect(readFileSync(at("etc/csf/csf.allow"), "utf8").trim().split("\n")).toHaveLength(4);
      } finally {
        rmSync(at("usr/sbin/csf"));
        rmSync(at("etc/csf"), { recursive: true });
      }
    },
    60_000,
  );
});

onServer(
  `the panel renews the host's certificate, and webhooks are answered with the new one by itself${why}`,
  async () => {
    const conf = "/usr/local/directadmin/conf";
    const shown = async (): Promise<string> =>
      server.command(
        "sh",
        "-c",
        "openssl s_client -connect 127.0.0.1:9770 < /dev/null 2> /dev/null | openssl x509 -noout -serial",
      );
    const before = await shown();
    await server.command(
      ...[
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "90",
      ],
      ...["-subj", "/CN=server.lab.test", "-addext", "subjectAltName=DNS:server.lab.test"],
      ...["-keyout", "/tmp/key.pem", "-out", "/tmp/certificate.pem"],
    );
    // One file after the other, and the pair only belongs together when the second one is there.
    await server.command("sh", "-c", `cat /tmp/certificate.pem > ${conf}/cacert.pem`);
    await eventually(async () => {
      const said = await server.command("journalctl", "--no-pager", "-u", "xolphin-ssl-certificate.service");
      expect(said).toMatch(/key-mismatch/);
    });
    expect(await shown()).toBe(before);
    await server.command("sh", "-c", `cat /tmp/key.pem > ${conf}/cakey.pem`);
    const renewed = await server.command(
      "openssl",
      "x509",
      "-noout",
      "-serial",
      "-in",
      "/tmp/certificate.pem",
    );
    expect(renewed).not.toBe(before);
    await eventually(async () => expect(await shown()).toBe(renewed));
    expect((await server.command("stat", "--format=%a %U:%G", "/etc/xolphin-ssl/host-key.pem")).trim()).toBe(
      "640 root:xolphin-ssl",
    );
  },
  60_000,
);

onServer(
  `the settings stay in force when new ones have faults, and say so when asked${why}`,
  async () => {
    const sound = config();
    writeFileSync(at("etc/xolphin-ssl/config.yaml"), `${sound}colour: blue\n`);
    try {
      await server.command("systemctl", "reload", "xolphin-ssl.service");
      await eventually(async () => {
        expect(await server.command("journalctl", "--no-pager", "-u", "xolphin-ssl.service")).toMatch(
          /the new settings have faults/,
        );
      });
      expect(await server.command("curl", "-sk", "https://127.0.0.1:9770/healthz")).toBe("OK");
    } finally {
      writeFileSync(at("etc/xolphin-ssl/config.yaml"), sound);
    }
  },
  60_000,
);
