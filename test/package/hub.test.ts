import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noBus } from "../fleet/on-bus.ts";
import { type Machine, startMachine } from "../labs/machine/machine.ts";
import { eventually } from "./eventually.ts";
import { command as runCommand } from "./lab-process.ts";
import { problem, why } from "./on-server.ts";
import { pack } from "./pack.ts";

/*
 * A hub and a bus server as the fleet guide sets them up: what `fleet init` writes, under systemd. The other two bus servers
 * are on the same machine, at addresses of their own, because three units of one name can't be.
 */

const root = join(import.meta.dirname, "../..");
const hosts = ["127.0.0.11", "127.0.0.12", "127.0.0.13"];
const program = "/opt/xolphin-ssl/current/bin/xolphin-ssl";
const gatewayConfig = "/etc/xolphin-ssl/gateway.yaml";
const onHub = problem === null && noBus === "" ? test : test.skip;
const reason = why === "" ? noBus : why;

let packages: string;
let machine: Machine;
const at = (path: string): string => join(machine.root, path);
const command = (...words: string[]): Promise<string> => runCommand(machine, ...words);
const startBus = (bus: string): void => {
  const folder = `/root/fleet/${bus}`;
  machine.start(["nats-server", "-c", `${folder}/nats-server.conf`, "-l", `${folder}/log`]);
};
const shell = (script: string): Promise<string> => command("bash", "-euc", script);

/** A bus server that its peers do not see is seen after a restart, as the guide says. */
async function untilLed(bus: string): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    try {
      await eventually(async () => {
        expect(readFileSync(at(`root/fleet/${bus}/log`), "utf8")).toMatch(/metadata leader/);
      }, 20_000);
      return;
    } catch (thrown) {
      if (turn === 3) throw thrown;
      await shell(`
        if pid=$(pgrep -f "^nats-server -c /root/fleet/${bus}/"); then
          kill "$pid"
          tail --pid="$pid" -f /dev/null
        fi
      `);
      startBus(bus);
    }
  }
}

beforeAll(async () => {
  packages = mkdtempSync(join(tmpdir(), "packages-"));
  if (problem !== null || noBus !== "") return;
  pack("directadmin", packages);
  machine = await startMachine();
  mkdirSync(at("opt/xolphin-ssl/0"), { recursive: true });
  execFileSync("tar", ["-xzf", join(packages, "xolphin_ssl.tar.gz"), "-C", packages]);
  cpSync(join(packages, "payload"), at("opt/xolphin-ssl/0"), { recursive: true });
  await shell("chown -R root:root /opt/xolphin-ssl && ln -s 0 /opt/xolphin-ssl/current");
  await command(
    program,
    "fleet",
    "init",
    ...hosts.flatMap((host) => ["--host", host]),
    "--out",
    "/root/fleet",
  );
  await shell(`
    install -D -m 0644 -t /etc/sysusers.d /root/fleet/hub/xolphin-ssl-hub.conf
    systemd-sysusers /etc/sysusers.d/xolphin-ssl-hub.conf
    id nats > /dev/null || useradd --system nats
    rm -rf /etc/nats /var/lib/nats
    install -d -m 0750 -o root -g nats /etc/nats
    cp /root/fleet/bus1/* /etc/nats/ && chgrp nats /etc/nats/* && chmod 0640 /etc/nats/*
    cp /root/fleet/nats-server.service /etc/systemd/system/
    for bus in bus2 bus3; do
      sed -i "s|/etc/nats|/root/fleet/$bus|g; s|/var/lib/nats|/root/fleet/$bus/store|g" /root/fleet/$bus/nats-server.conf
    done
    cd /root/fleet/hub
    install -d -m 0755 /etc/xolphin-ssl
    install -m 0640 -g xolphin-ssl intake.yaml intake.creds /etc/xolphin-ssl/
    install -m 0644 bus-ca.pem /etc/xolphin-ssl/
    install -m 0640 -g xolphin-ssl-gateway gateway.yaml /etc/xolphin-ssl/
    install -d -m 0700 -o xolphin-ssl-gateway -g xolphin-ssl-gateway /etc/xolphin-ssl/gateway
    install -m 0600 -o xolphin-ssl-gateway gateway.creds signing-key revocation-key /etc/xolphin-ssl/gateway/
    echo secret > /etc/xolphin-ssl/gateway/ca-password
    chown xolphin-ssl-gateway /etc/xolphin-ssl/gateway/ca-password && chmod 0600 /etc/xolphin-ssl/gateway/ca-password
    sed -i 's|username: null|username: lab@example.nl|' /etc/xolphin-ssl/gateway.yaml
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=hub.example.nl \\
      -keyout /etc/xolphin-ssl/webhook-key.pem -out /etc/xolphin-ssl/webhook.pem 2> /dev/null
    chgrp xolphin-ssl /etc/xolphin-ssl/webhook-key.pem && chmod 0640 /etc/xolphin-ssl/webhook-key.pem
    cp *.service /etc/systemd/system/
    systemctl daemon-reload
  `);
  // As the guide says: two first, and the third when they have a leader.
  startBus("bus2");
  startBus("bus3");
  await untilLed("bus3");
  await command("systemctl", "enable", "--now", "nats-server", "xolphin-ssl-gateway", "xolphin-ssl-intake");
}, 240_000);

afterAll(async () => {
  rmSync(packages, { recursive: true, force: true });
  await machine?.stop();
}, 60_000);

async function health(): Promise<string> {
  const { out } = await machine.run([
    "curl",
    ...["--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}"],
    "https://127.0.0.1:9770/healthz",
  ]);
  return out;
}

onHub(
  `the units and the configuration that were written bring a bus server and a hub up as they are${reason}`,
  async () => {
    await eventually(async () => expect(await health()).toBe("200"), 90_000);
    for (const unit of ["nats-server", "xolphin-ssl-gateway", "xolphin-ssl-intake"]) {
      expect((await command("systemctl", "show", "--property=ActiveState,NRestarts", unit)).trim()).toBe(
        "NRestarts=0\nActiveState=active",
      );
    }
  },
  120_000,
);

onHub(
  `what the world can reach can't read what opens the CA${reason}`,
  async () => {
    const pid = (
      await command("systemctl", "show", "--property=MainPID", "--value", "xolphin-ssl-intake")
    ).trim();
    const as = ["setpriv", "--reuid=xolphin-ssl", "--regid=xolphin-ssl", "--clear-groups", "--"];
    const look = async (file: string): Promise<number> =>
      (await machine.run(["nsenter", "--target", pid, "--mount", "--root", "--wd", "--", ...as, "cat", file]))
        .status;
    expect(await look("/etc/xolphin-ssl/gateway/ca-password")).not.toBe(0);
    expect(await look("/etc/xolphin-ssl/gateway.yaml")).not.toBe(0);
    expect(await look("/etc/xolphin-ssl/intake.yaml")).toBe(0);
  },
  60_000,
);

/** The configuration of a server that has not joined yet. */
function server(name: string): string {
  mkdirSync(at(`root/${name}`));
  writeFileSync(
    at(`root/${name}/config.yaml`),
    `ca: { username: somebody, passwordFile: /root/${name}/ca-password }\npanel: { kind: directadmin }\n`,
  );
  writeFileSync(at(`root/${name}/ca-password`), "known to the hub from now on\n", { mode: 0o600 });
  return `/root/${name}/config.yaml`;
}

/** Makes a token for a server. The bus is young, and not each of its servers answers everything yet. */
function makeToken(node: string): Promise<void> {
  return eventually(async () => {
    await command(
      ...[program, "fleet", "token", node, "--out", `/root/${node}.token`, "--config", gatewayConfig],
    );
  });
}

onHub(
  `a token joins one server, and is refused the second time${reason}`,
  async () => {
    await makeToken("web01");
    expect(statSync(at("root/web01.token")).mode & 0o777).toBe(0o600);
    const joinAs = (name: string): ReturnType<typeof machine.run> =>
      machine.run([program, "fleet", "join", "--token", "/root/web01.token", "--config", server(name)]);
    expect(await joinAs("one")).toMatchObject({ status: 0, out: expect.stringContaining("web01") as string });
    expect(readFileSync(at("root/one/config.yaml"), "utf8")).toContain("node: web01");
    expect(await joinAs("two")).toMatchObject({
      status: 1,
      err: expect.stringContaining("token-refused") as string,
    });
    expect(readFileSync(at("root/two/config.yaml"), "utf8")).not.toContain("web01");
    // What opens the CA is on the hub alone; who did not join keeps an account of its own.
    expect(existsSync(at("root/one/ca-password"))).toBe(false);
    expect(existsSync(at("root/two/ca-password"))).toBe(true);
    // Whoever is removed has no use of what it has.
    await command(program, "fleet", "remove", "web01", "--yes", "--config", gatewayConfig);
    const overview = await command(program, "fleet", "status", "--json", "--config", gatewayConfig);
    expect(JSON.parse(overview)).toMatchObject({ servers: [{ node: "web01", state: "removed" }] });
  },
  120_000,
);

onHub(
  `the page of all servers comes through the lines for nginx that the guide shows, to whom the sign-on lets in${reason}`,
  async () => {
    const guide = readFileSync(join(root, "docs/guide-fleet.md"), "utf8");
    const [onward = "", person = ""] = [...guide.matchAll(/```nginx\n(.*?)\n```/gs)].map(
      ([, lines]) => lines,
    );
    expect(onward).toContain("fleet.sock");
    await makeToken("web02");
    await command(program, "fleet", "join", "--token", "/root/web02.token", "--config", server("three"));
    await shell("usermod --append --groups xolphin-ssl-gateway www-data");
    await shell("mkdir /root/sign-on && chmod 0755 /root /root/sign-on");
    // The company's own sign-on: who has a password is let in.
    const crypted = (await command("openssl", "passwd", "-6", "lab")).trim();
    writeFileSync(at("root/sign-on/people"), `ann:${crypted}\n`, { mode: 0o644 });
    writeFileSync(at("root/sign-on/ok"), "ok\n", { mode: 0o644 });
    writeFileSync(
      at("root/sign-on/nginx.conf"),
      `user www-data;
pid /run/sign-on.pid;
events {}
http {
  server {
    listen 127.0.0.1:8082;
    location / { root /root/sign-on; auth_basic "staff"; auth_basic_user_file /root/sign-on/people; }
  }
  server {
    listen 127.0.0.1:8081;
    location = /your-sign-on { internal; proxy_pass http://127.0.0.1:8082/ok; proxy_pass_request_body off; }
    ${person}
    ${onward}
  }
}
`,
    );
    // It goes on in the background, and whoever waits for its last word would wait for ever.
    await shell("nginx -c /root/sign-on/nginx.conf > /root/sign-on/log 2>&1");
    const open = async (...words: string[]): Promise<{ status: string; page: string }> => {
      const { out } = await machine.run(["curl", "--silent", "--write-out", "%{http_code}", ...words]);
      return { status: out.slice(-3), page: out.slice(0, -3) };
    };
    const address = "http://127.0.0.1:8081/";
    expect((await open(address)).status).toBe("401");
    expect((await open("--user", "ann:wrong", address)).status).toBe("401");
    // Nobody else on the machine gets past the sign-on.
    const socket = "/run/xolphin-ssl/gateway/fleet.sock";
    const around = ["curl", "--silent", "--unix-socket", socket, "http://fleet/"];
    expect((await machine.run(around, { as: "nobody" })).status).not.toBe(0);
    await eventually(async () => {
      const { status, page } = await open("--user", "ann:lab", address);
      expect(status).toBe("200");
      expect(page).toContain("web02");
    });
    const token = / name="token" value="([^"]+)"/.exec(
      (await open("--user", "ann:lab", `${address}reissue`)).page,
    )?.[1];
    const wish = ["--data-urlencode", `token=${token}`, "--data", "consent=yes&count=0", `${address}reissue`];
    expect((await open("--user", "ann:lab", "--data", "token=x", ...wish.slice(2))).status).toBe("403");
    // One of ours, shown to her: it is begun, and the sign-on said who she is.
    expect((await open("--user", "ann:lab", ...wish)).status).toBe("303");
    expect((await open("--user", "ann:lab", address)).page).toContain(" UTC by ann");
    // To be looked at.
    const shots = process.env["SCREENSHOTS"];
    if (shots === undefined) return;
    writeFileSync(join(shots, "fleet-through-nginx.html"), (await open("--user", "ann:lab", address)).page);
  },
  60_000,
);

onHub(
  `what systemd says of each unit of the fleet is no worse than the page on hardening says (T-21)${reason}`,
  async () => {
    const page = readFileSync(join(root, "docs/hardening.md"), "utf8");
    const recorded = [
      ...page.matchAll(
        /^\| `((?:nats-server|xolphin-ssl-(?:intake|gateway))\.service)` on \S+ \| (\d+\.\d) \|/gm,
      ),
    ];
    expect(recorded).toHaveLength(3);
    for (const [, unit = "", score] of recorded) {
      const said = await command("systemd-analyze", "security", "--no-pager", unit);
      const [, now] = /Overall exposure level for \S+: (\d+\.\d)/.exec(said) ?? [];
      expect([unit, now, Number(now) <= Number(score)]).toEqual([unit, now, true]);
    }
  },
  60_000,
);
