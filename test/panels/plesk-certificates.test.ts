import { execFile, execFileSync, spawn } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CertificateBundle } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import type { VhostRef } from "../../src/panel.ts";
import { bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import type { PleskLab } from "../labs/plesk/plesk-lab.ts";
import { openPlesk } from "./plesk-harness.ts";

const bob = { id: "bob.test", account: "bob" };
let lab: PleskLab;
let harness: PanelHarness;

afterEach(() => harness.close());

/** What the panel has in bob's repository: names and how often they are used. */
async function repository(domain = "bob.test"): Promise<string[]> {
  return (await plesk("bin", "certificate", "--list", "-domain", domain))
    .split("\n")
    .filter((line) => /^[YN]\s/.test(line))
    .map((line) => line.trim().split(/\s+/).slice(4).join(" "))
    .sort();
}

async function install(vhost: VhostRef, bundle: CertificateBundle | null): Promise<string | null> {
  const [outcome] = await harness.panel.installCertificates([{ vhost, bundle }]);
  return outcome?.problem?.code ?? null;
}

async function served(host: string): Promise<string | undefined> {
  await lab.settle();
  return (await handshake(harness.httpsPort, host))[0];
}

/** Puts a certificate of somebody else into the repository and assigns it. */
async function assignOther(name: string, site: string, bundle: CertificateBundle): Promise<void> {
  const folder = join(lab.rootDir, "tmp/other");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "key"), bundle.key.reveal());
  writeFileSync(join(folder, "certificate"), bundle.leaf.pem);
  writeFileSync(join(folder, "chain"), bundle.chain.map(({ pem }) => pem).join(""));
  const files = ["-key-file", join(folder, "key"), "-cert-file", join(folder, "certificate")];
  await plesk(
    "bin",
    "certificate",
    "--create",
    name,
    "-domain",
    site,
    ...files,
    "-cacert-file",
    join(folder, "chain"),
  );
  await plesk("bin", "site", "--update", site, "-ssl", "true", "-certificate-name", name);
}

/** The lab answers its command in this process, so nothing may wait for it synchronously. */
async function plesk(...args: string[]): Promise<string> {
  return (await promisify(execFile)(lab.command, args)).stdout;
}

describe("certificates in a Plesk repository", () => {
  beforeEach(async () => {
    ({ lab, harness } = await openPlesk());
  });

  test("a renewal is made in place, so that webmail and mail keep it, and nothing is left over", async () => {
    const names = ["bob.test", "www.bob.test", "webmail.bob.test"];
    expect(await install(bob, bundleFor(names))).toBeNull();
    lab.chooseMailCertificate("bob.test", "xol-1 bob.test");
    expect(await repository()).toEqual(["xol-1 bob.test 3"]);
    const renewed = bundleFor(names);
    expect(await install(bob, renewed)).toBeNull();
    expect(await repository()).toEqual(["xol-1 bob.test 3"]);
    expect(await served("bob.test")).toBe(renewed.leaf.fingerprint);
    expect(await served("webmail.bob.test")).toBe(renewed.leaf.fingerprint);
  });

  test("a certificate that was chosen for webmail stays", async () => {
    const chosen = bundleFor(["webmail.bob.test"]);
    await assignOther("my webmail", "bob.test", chosen);
    await lab.chooseWebmailCertificate("bob.test", "my webmail");
    expect(await install(bob, bundleFor(["bob.test", "webmail.bob.test"]))).toBeNull();
    expect(await served("webmail.bob.test")).toBe(chosen.leaf.fingerprint);
  });

  test("mail of a domain is left to a person where no command sets it, and doctor says so", async () => {
    expect(await install(bob, bundleFor(["bob.test", "mail.bob.test"]))).toBeNull();
    expect(await repository()).toEqual(["xol-1 bob.test 1"]);
    expect((await harness.panel.readFacts()).notes).toContainEqual(expect.stringContaining("Mail Settings"));
  });

  test.each(["site", "domain", "subscription"])(
    "mail of a domain gets a certificate that covers it where %s has an option for that, and what was chosen stays",
    async (utility) => {
      lab.set({ mailCertificateOption: { utility, option: "mail-certificate-name" } });
      const mailServes = async (): Promise<string | undefined> =>
        (await handshake(lab.mailPort, "mail.bob.test"))[0];
      expect(await install(bob, bundleFor(["bob.test"]))).toBeNull();
      expect(await repository()).toEqual(["xol-1 bob.test 1"]);
      const covers = bundleFor(["bob.test", "mail.bob.test"]);
      expect(await install(bob, covers)).toBeNull();
      expect(await mailServes()).toBe(covers.leaf.fingerprint);
      const note = `mail of a domain gets its certificate with plesk bin ${utility} -mail-certificate-name`;
      expect((await harness.panel.readFacts()).notes).toContain(note);
      const chosen = bundleFor(["mail.bob.test"]);
      await assignOther("my mail", "bob.test", chosen);
      lab.chooseMailCertificate("bob.test", "my mail");
      expect(await install(bob, bundleFor(["bob.test", "mail.bob.test"]))).toBeNull();
      expect(await mailServes()).toBe(chosen.leaf.fingerprint);
    },
  );

  test("another website that was given ours keeps what it shows", async () => {
    await lab.addDomain("bob", "second.test", { addons: ["addon.test"] });
    const second = { id: "second.test", account: "bob" };
    const first = bundleFor(["second.test", "addon.test"]);
    expect(await install(second, first)).toBeNull();
    await plesk(
      "bin",
      "site",
      "--update",
      "addon.test",
      "-ssl",
      "true",
      "-certificate-name",
      "xol-1 second.test",
    );
    const renewed = bundleFor(["second.test"]);
    expect(await install(second, renewed)).toBeNull();
    expect(await served("second.test")).toBe(renewed.leaf.fingerprint);
    expect(await served("addon.test")).toBe(first.leaf.fingerprint);
    expect(await repository("second.test")).toEqual(["xol-1 second.test 1", "xol-2 second.test 1"]);
  });

  test("subdomains, add-on domains and the wildcard subdomain each have their own, all in one repository", async () => {
    await lab.addDomain("bob", "many.test", { subdomains: ["shop", "*"], addons: ["addon.test"] });
    const vhosts = (await harness.panel.listVhosts("bob")).filter(({ id }) => id.endsWith("many.test"));
    expect(vhosts.map(({ id }) => id).sort()).toEqual(["*.many.test", "many.test", "shop.many.test"]);
    const sites = ["many.test", "shop.many.test", "*.many.test", "addon.test"];
    const bundles = sites.map((name) => bundleFor([name]));
    const outcomes = await harness.panel.installCertificates(
      sites.map((id, index) => ({ vhost: { id, account: "bob" }, bundle: bundles[index] ?? null })),
    );
    expect(outcomes.map(({ problem }) => problem)).toEqual([null, null, null, null]);
    for (const [index, name] of ["many.test", "shop.many.test", "any.many.test", "addon.test"].entries()) {
      expect([name, await served(name)]).toEqual([name, bundles[index]?.leaf.fingerprint]);
    }
    expect(await repository("many.test")).toEqual([
      "xol-1 addon.test 1",
      "xol-1 many.test 1",
      "xol-1 shop.many.test 1",
      "xol-1 wildcard.many.test 1",
    ]);
  });

  test("taken back, somebody else's certificate is assigned again under its own name", async () => {
    const theirs = bundleFor(["bob.test"]);
    await assignOther("Lets Encrypt bob.test", "bob.test", theirs);
    expect(await harness.panel.readCertificate(bob)).toMatchObject({ managedByPanel: true });
    const kept = await harness.panel.readBundle(bob);
    expect(await install(bob, bundleFor(["bob.test"]))).toBeNull();
    expect(await harness.panel.readCertificate(bob)).toMatchObject({ managedByPanel: false });
    expect(await install(bob, kept)).toBeNull();
    expect(await served("bob.test")).toBe(theirs.leaf.fingerprint);
    expect(await repository()).toEqual(["Lets Encrypt bob.test 1", "xol-1 bob.test 0"]);
  });

  test("F-25 what keep-secured put there is noticed, and ours is put back under its name", async () => {
    const ours = bundleFor(["bob.test"]);
    expect(await install(bob, ours)).toBeNull();
    await assignOther("Lets Encrypt bob.test", "bob.test", bundleFor(["bob.test"]));
    const found = await harness.panel.readCertificate(bob);
    expect(found).toMatchObject({ managedByPanel: true });
    expect(await install(bob, ours)).toBeNull();
    expect(await served("bob.test")).toBe(ours.leaf.fingerprint);
    expect(await repository()).toEqual(["Lets Encrypt bob.test 0", "xol-1 bob.test 1"]);
  });

  test("a website with TLS switched off gets it switched on", async () => {
    expect(await install(bob, bundleFor(["bob.test"]))).toBeNull();
    await plesk("bin", "site", "--update", "bob.test", "-ssl", "false");
    expect((await harness.panel.listVhosts("bob"))[0]).toMatchObject({ tls: false });
    const bundle = bundleFor(["bob.test"]);
    expect(await install(bob, bundle)).toBeNull();
    expect(await served("bob.test")).toBe(bundle.leaf.fingerprint);
  });

  test("forwarding sites are no vhosts, and a suspended website is refused by its name", async () => {
    await lab.addDomain("bob", "forward.test", { hosting: "standard_forwarding" });
    expect((await harness.panel.listVhosts("bob")).map(({ id }) => id)).not.toContain("forward.test");
    expect(await install({ id: "forward.test", account: "bob" }, bundleFor(["forward.test"]))).toBe(
      "vhost-unknown",
    );
    await plesk("bin", "site", "--off", "bob.test");
    expect(await install(bob, bundleFor(["bob.test"]))).toBe("account-suspended");
  });
});

describe("how Plesk servers differ", () => {
  test.each([
    ["the listing names the administrator's certificates too", { listShowsAdminPool: true }],
    ["the listing begins with a remark", { listSaysRepository: true }],
    ["only main domains stand for a repository", { certificateDomain: "main-only" }],
    ["full chains are refused in the certificate's file", { refusesChainInCertFile: true }],
    ["nginx reloads at once", { tlsFollows: "nginx-at-once" }],
    ["messages are in German", { language: "de" }],
  ] as const)("%s: a subdomain is installed, renewed and left alone again", async (_name, switches) => {
    ({ lab, harness } = await openPlesk({ switches }));
    await lab.addDomain("bob", "diff.test", { subdomains: ["shop"] });
    const shop = { id: "shop.diff.test", account: "bob" };
    expect(await harness.panel.readCertificate(shop)).toBeNull();
    for (let turn = 0; turn < 2; turn += 1) {
      const bundle = bundleFor(["shop.diff.test"]);
      expect(await install(shop, bundle)).toBeNull();
      expect(await served("shop.diff.test")).toBe(bundle.leaf.fingerprint);
    }
    expect(await install(shop, null)).toBeNull();
    expect(await harness.panel.readCertificate(shop)).toBeNull();
  });
});

describe("validation", () => {
  const file = {
    method: "FILE",
    account: "bob",
    path: "/.well-known/pki-validation/A1B2.txt",
    content: "C3D4\nsectigo.com\nxs-1",
  } as const;

  test.each([
    ["an HTTPS redirect", { sslRedirect: true }],
    ["an application", { front: "application" }],
    ["a password", { front: "password" }],
    ["rules against files", { front: "firewall" }],
  ] as const)(
    "the file is shown past %s, and its path is the website's own again afterwards",
    async (_name, options) => {
      ({ lab, harness } = await openPlesk());
      await lab.addDomain("bob", "front.test", options);
      const answer = { ...file, name: parseHostName("front.test") };
      const before = await fetchStatus("front.test", file.path);
      await harness.panel.publishDcv(answer);
      await lab.settle();
      expect(await fetchStatus("front.test", file.path)).toEqual([200, file.content]);
      await harness.panel.withdrawDcv(answer);
      await lab.settle();
      expect(await fetchStatus("front.test", file.path)).toEqual(before);
    },
  );

  test("where the server's folder is not root's alone, the file goes into the document root as the site's own user", async () => {
    ({ lab, harness } = await openPlesk());
    execFileSync("chmod", ["0777", join(lab.rootDir, "var/www/vhosts/default/htdocs")]);
    const answer = { ...file, name: parseHostName("bob.test") };
    await harness.panel.publishDcv(answer);
    expect(await fetchStatus("bob.test", file.path)).toEqual([200, file.content]);
    await harness.panel.withdrawDcv({ ...answer, content: "other" });
    expect(await fetchStatus("bob.test", file.path)).toEqual([200, file.content]);
    await harness.panel.withdrawDcv(answer);
    expect((await fetchStatus("bob.test", file.path))[0]).toBe(404);
    const root = join(lab.rootDir, "var/www/vhosts/bob.test/httpdocs/.well-known");
    rmSync(root, { recursive: true });
    const target = join(lab.rootDir, "root-only");
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, root);
    await expect(harness.panel.publishDcv(answer)).rejects.toMatchObject({ code: "panel-fault" });
    expect(readdirSync(target)).toEqual([]);
  });

  const record = {
    method: "DNS",
    account: "bob",
    name: parseHostName("bob.test"),
    owner: "_a1.bob.test",
    type: "TXT",
    value: "one two",
  } as const;

  test("TXT records come and go, another's record stays, and a zone elsewhere is told", async () => {
    ({ lab, harness } = await openPlesk());
    await harness.panel.publishDcv(record);
    await harness.panel.publishDcv(record);
    expect(await harness.lookUp("_a1.bob.test", "TXT")).toEqual(["one two"]);
    await expect(
      harness.panel.publishDcv({ ...record, type: "CNAME", value: "x.sectigo.com" }),
    ).rejects.toMatchObject({ code: "dcv-record-conflict" });
    await harness.panel.withdrawDcv({ ...record, value: "three" });
    expect(await harness.lookUp("_a1.bob.test", "TXT")).toEqual(["one two"]);
    await harness.panel.withdrawDcv(record);
    expect(await harness.lookUp("_a1.bob.test", "TXT")).toEqual([]);
    await lab.addDomain("bob", "off.test", { dns: "off" });
    await lab.addDomain("bob", "slave.test", { dns: "slave" });
    for (const owner of ["_a.off.test", "_a.slave.test", "_a.nowhere.test", "_a.eve.test"]) {
      await expect(harness.panel.publishDcv({ ...record, owner })).rejects.toMatchObject({
        code: "dcv-zone-elsewhere",
      });
    }
  });
});

describe("keys and restarts", () => {
  const names = Array.from({ length: 12 }, (_, index) => `site${index}.test`);

  test("no key stands in an argument, a log or a file afterwards", async () => {
    ({ lab, harness } = await openPlesk());
    const bundle = bundleFor(["bob.test"]);
    lab.fault({ kind: "exit", code: 1, match: /certificate --create/ });
    expect(await install(bob, bundle)).not.toBeUndefined();
    expect(await install(bob, bundle)).toBeNull();
    const secret = bundle.key.reveal().split("\n")[1] ?? "";
    expect(JSON.stringify(lab.commands.map(({ words }) => words))).not.toContain(secret.slice(0, 20));
    expect(filesBelow(join(lab.rootDir, "run/xolphin-ssl-keys"))).toEqual([]);
  });

  type Make = (keys: string, theirs: string) => void;
  // Only root can give a folder away.
  const foreign: [string, Make][] =
    process.getuid?.() === 0
      ? [
          [
            "another user owns",
            (keys) => {
              mkdirSync(keys, { mode: 0o700 });
              chownSync(keys, 12_345, 12_345);
            },
          ],
        ]
      : [];

  test.each<[string, Make]>([
    ["others may enter", (keys) => mkdirSync(keys, { mode: 0o755 })],
    ...foreign,
    ["is a link to another", (keys, theirs) => symlinkSync(theirs, keys)],
  ])(
    "T-09 into a folder that %s no key is written, and nothing there is cleared away",
    async (_what, make) => {
      ({ lab, harness } = await openPlesk());
      const keys = join(lab.rootDir, "run/xolphin-ssl-keys");
      const theirs = join(lab.rootDir, "theirs");
      mkdirSync(theirs, { mode: 0o700 });
      rmSync(keys, { recursive: true, force: true });
      make(keys, theirs);
      writeFileSync(join(keys, "1-gone"), "somebody else's");
      expect(await install(bob, bundleFor(["bob.test"]))).toBe("panel-fault");
      expect(lab.commands.filter(({ words }) => words.includes("--create"))).toEqual([]);
      expect(readdirSync(keys)).toEqual(["1-gone"]);
    },
  );

  test("many installations are taken up with few restarts, and the usual interval is back afterwards", async () => {
    ({ lab, harness } = await openPlesk({ secondMs: 1_000 }));
    for (const name of names) await lab.addDomain("bob", name);
    await plesk("bin", "server_pref", "-u", "-restart-apache", "1");
    await lab.settle();
    const before = lab.restarts;
    const outcomes = await harness.panel.installCertificates(
      names.map((id) => ({ vhost: { id, account: "bob" }, bundle: bundleFor([id]) })),
    );
    expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
    await lab.settle();
    expect(lab.restarts - before).toBeLessThanOrEqual(3);
    expect(await plesk("bin", "server_pref", "-s")).toMatch(/^restart-apache:\s+1$/m);
  });

  test("what a killed process left is put in order by the next: no key file, the usual interval", async () => {
    ({ lab, harness } = await openPlesk());
    for (const name of names.slice(0, 4)) await lab.addDomain("bob", name);
    await plesk("bin", "server_pref", "-u", "-restart-apache", "7");
    lab.fault({ kind: "hang", match: /certificate --create/, after: 1 });
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "plesk-batch.ts"), lab.rootDir, ...names.slice(0, 4)],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    const keys = join(lab.rootDir, "run/xolphin-ssl-keys");
    await until(() => lab.commands.filter(({ words }) => words.includes("--create")).length === 2);
    const written = filesBelow(keys);
    expect(written.length).toBe(3);
    for (const path of written)
      expect(statSync(path)).toMatchObject({ uid: process.getuid?.(), mode: 0o100600 });
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    expect(await plesk("bin", "server_pref", "-s")).not.toMatch(/^restart-apache:\s+7$/m);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(filesBelow(keys).length).toBe(3);
    await harness.panel.readFacts();
    expect(filesBelow(keys)).toEqual([]);
    expect(await plesk("bin", "server_pref", "-s")).toMatch(/^restart-apache:\s+7$/m);
    expect(await install({ id: "site0.test", account: "bob" }, bundleFor(["site0.test"]))).toBeNull();
  });

  test("an interval that somebody else chose in the meantime stays", async () => {
    ({ lab, harness } = await openPlesk());
    const note = join(lab.rootDir, "var/lib/xolphin-ssl-executor/restart-interval.json");
    mkdirSync(join(note, ".."), { recursive: true });
    writeFileSync(note, JSON.stringify({ before: 7, raised: 600, by: "1-gone" }));
    await plesk("bin", "server_pref", "-u", "-restart-apache", "45");
    expect((await harness.panel.readFacts()).notes).toContain("the web server restarts at most every 45 s");
    expect(await plesk("bin", "server_pref", "-s")).toMatch(/^restart-apache:\s+45$/m);
    expect(existsSync(note)).toBe(false);
  });

  test("commands run one at a time", async () => {
    ({ lab, harness } = await openPlesk());
    lab.fault({ kind: "slow", ms: 100, match: /extension --exec/, times: 3 });
    const running = (): number => lab.commands.filter(({ code }) => code === undefined).length;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, running());
    }, 5);
    const { panel } = harness;
    await Promise.all([panel.listAccounts(), panel.listVhosts(), panel.listVhosts("bob"), panel.readFacts()]);
    clearInterval(watch);
    expect(most).toBe(1);
  });
});

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

async function until(reached: () => boolean): Promise<void> {
  for (let turn = 0; turn < 600; turn += 1) {
    if (reached()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it does not happen");
}

async function fetchStatus(host: string, path: string): Promise<[number, string]> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port: harness.httpPort, path, headers: { host } }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => {
        body += chunk.toString("utf8");
      });
      response.on("end", () => resolve([response.statusCode ?? 0, body]));
    })
      .on("error", reject)
      .end();
  });
}
