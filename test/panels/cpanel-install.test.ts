import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import { FakeClock } from "../fakes/fake-clock.ts";
import type { CpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import { bob, openCpanel, recordCommands } from "./cpanel-harness.ts";

let lab: CpanelLab;
let harness: PanelHarness;
afterEach(() => harness.close());

describe("who may install, and how", () => {
  test("a suspended account waits, one without the feature is refused, and nothing is touched", async () => {
    ({ lab, harness } = await openCpanel());
    await lab.suspend("eve", true);
    lab.setFeature("bob", "sslinstall", false);
    const outcomes = await harness.panel.installCertificates([
      { vhost: { id: "eve.test", account: "eve" }, bundle: bundleFor(["eve.test"]) },
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(outcomes.map(({ problem }) => problem?.code)).toEqual(["account-suspended", "ssl-not-allowed"]);
    expect(lab.calls.some(({ args }) => args["cpanel.function"] === "install_ssl")).toBe(false);
  });

  test("where accounts may not install by themselves, the server's own call does it", async () => {
    ({ lab, harness } = await openCpanel());
    const conf = join(lab.rootDir, "var/cpanel/cpanel.config");
    writeFileSync(conf, readFileSync(conf, "utf8").replace("allowcpsslinstall=1", "allowcpsslinstall=0"));
    expect((await harness.panel.readFacts()).notes.join()).toContain("allowcpsslinstall=0");
    const bundle = bundleFor(["bob.test"]);
    const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    expect(outcome?.problem).toBeNull();
    expect(lab.calls.some(({ path }) => path.startsWith("/json-api/installssl"))).toBe(true);
    expect((await harness.panel.readCertificate(bob))?.leaf.fingerprint).toBe(bundle.leaf.fingerprint);
  });

  test("without a token everything is read by command, and a key is sent nowhere", async () => {
    ({ lab, harness } = await openCpanel({ rights: null }));
    const commands = recordCommands(lab);
    expect((await harness.panel.listVhosts("bob")).length).toBeGreaterThan(0);
    expect((await harness.panel.readFacts()).notes.join()).toContain("no API token");
    const [outcome] = await harness.panel.installCertificates([
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(outcome?.problem?.code).toBe("panel-refused-us");
    expect(lab.calls.filter(({ way }) => way === "https")).toEqual([]);
    expect(commands().length).toBeGreaterThan(3);
    expect(commands().join()).not.toMatch(/install_ssl|installssl|PRIVATE|key=/);
  });

  test("a token that sees only root's own accounts makes no list shorter, and says so where it matters", async () => {
    ({ lab, harness } = await openCpanel({ rights: ["cpanel-api", "list-accts", "ssl", "ssl-info"] }));
    await lab.addAccount({ name: "rita", domain: "rita.test", acls: ["list-accts"] });
    await lab.addAccount({ name: "anna", domain: "anna.test", owner: "rita" });
    expect((await harness.panel.listAccounts()).map(({ name }) => name)).toContain("anna");
    expect((await harness.panel.listVhosts()).map(({ id }) => id)).toContain("anna.test");
    const outcomes = await harness.panel.installCertificates([
      { vhost: { id: "anna.test", account: "anna" }, bundle: bundleFor(["anna.test"]) },
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(outcomes.map(({ problem }) => problem?.code ?? null)).toEqual(["panel-refused-us", null]);
  });

  test("a panel behind another certificate than its host name's is not believed, and gets no key", async () => {
    ({ lab, harness } = await openCpanel({ hostName: "server.lab.test" }));
    const stranger = await openCpanel({ hostName: "stranger.lab.test" });
    try {
      // The token goes with every call; a server that only looks like ours must not see it.
      writeFileSync(join(lab.rootDir, "var/cpanel/ssl/cpanel/cpanel.pem"), stranger.lab.panelCaPem);
      const [outcome] = await harness.panel.installCertificates([
        { vhost: bob, bundle: bundleFor(["bob.test"]) },
      ]);
      expect(outcome?.problem?.code).toBe("panel-unreachable");
      expect(lab.calls.filter(({ way }) => way === "https")).toEqual([]);
    } finally {
      await stranger.harness.close();
    }
  });

  test("many installations go to the panel's own queue, which restarts the web server once", async () => {
    ({ lab, harness } = await openCpanel({ deferredEveryMs: 200, restartDelayMs: 300 }));
    const names = Array.from({ length: 12 }, (_, index) => `site${index}.test`);
    for (const name of names) await lab.addDomain("bob", name, { kind: "addon" });
    await lab.settled();
    const before = lab.reloads;
    const installs = names.map((name, index) => ({
      vhost: { id: `site${index}.bob.test`, account: "bob" },
      bundle: bundleFor([name]),
    }));
    const outcomes = await harness.panel.installCertificates(installs);
    expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
    await lab.settled();
    expect(lab.reloads - before).toBe(1);
    const paths = lab.calls.map(({ path, args }) => args["cpanel.function"] ?? path);
    expect(paths.filter((path) => path.includes("enqueue_deferred_ssl_installations"))).toHaveLength(1);
    expect(paths.filter((path) => path.includes("install_ssl"))).toEqual([]);
    expect((await handshake(harness.httpsPort, "site7.test"))[0]).toBe(installs[7]?.bundle.leaf.fingerprint);
  });

  test("a queue that never works is given up after a minute, and all is installed one by one", async () => {
    const clock = new FakeClock(new Date());
    ({ lab, harness } = await openCpanel({ clock, switches: { deferredInstaller: "stuck" } }));
    const names = Array.from({ length: 6 }, (_, index) => `site${index}.test`);
    for (const name of names) await lab.addDomain("bob", name, { kind: "addon" });
    await lab.settled();
    let done = false;
    const working = harness.panel
      .installCertificates(
        names.map((name, index) => ({
          vhost: { id: `site${index}.bob.test`, account: "bob" },
          bundle: bundleFor([name]),
        })),
      )
      .finally(() => {
        done = true;
      });
    while (!done) {
      await clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await working).filter(({ problem }) => problem !== null)).toEqual([]);
    expect(lab.calls.filter(({ args }) => args["cpanel.function"] === "install_ssl")).toHaveLength(6);
  });
});

describe("AutoSSL beside our certificates", () => {
  beforeEach(async () => {
    ({ lab, harness } = await openCpanel({ switches: { selfSignedOnCreate: true } }));
  });

  test("a placeholder and its own certificates count as the panel's, ours does not and survives its run", async () => {
    expect(await harness.panel.readCertificate(bob)).toMatchObject({
      managedByPanel: true,
      leaf: { selfSigned: true },
    });
    await lab.runAutossl("bob");
    expect(await harness.panel.readCertificate(bob)).toMatchObject({ managedByPanel: true });
    const bundle = bundleFor(["bob.test"]);
    await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    await lab.runAutossl("bob");
    expect(await harness.panel.readCertificate(bob)).toMatchObject({
      managedByPanel: false,
      leaf: { fingerprint: bundle.leaf.fingerprint },
    });
    expect((await harness.panel.readFacts()).notes.join()).not.toContain("clobber");
    expect(lab.calls.some(({ args }) => args["cpanel.function"] === "add_autossl_excluded_domains")).toBe(
      false,
    );
  });

  async function letItReplaceOthers(): Promise<void> {
    await lab.run([
      "/usr/local/cpanel/bin/whmapi1",
      "--output=json",
      "set_autossl_metadata_key",
      "key=clobber_externally_signed",
      "value=1",
    ]);
  }

  function noted(): string {
    const file = join(lab.rootDir, "var/cpanel/xolphin_ssl/autossl_excluded");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  test("an account that may not choose about it does not keep the next one's website from being excluded", async () => {
    await letItReplaceOthers();
    lab.setFeature("bob", "autossl", false);
    const outcomes = await harness.panel.installCertificates([
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
      { vhost: { id: "eve.test", account: "eve" }, bundle: bundleFor(["eve.test"]) },
    ]);
    expect(outcomes.map(({ problem }) => problem)).toEqual([null, null]);
    expect(noted()).toMatch(/^eve (?=.*\beve\.test\b).*\n$/);
  });

  test("which names were excluded on our word is written down for the day we leave; the account's own choice is not", async () => {
    await letItReplaceOthers();
    const exclude = "/usr/local/cpanel/bin/uapi --user=bob SSL add_autossl_excluded_domains";
    await lab.run([...exclude.split(" "), "domains=www.bob.test"]);
    await harness.panel.installCertificates([{ vhost: bob, bundle: bundleFor(["bob.test"]) }]);
    expect(noted()).toMatch(/^bob (?=.*\bbob\.test\b)(?=.*\bwebmail\.bob\.test\b).*\n$/);
    expect(noted()).not.toContain("www.bob.test");
    expect(statSync(join(lab.rootDir, "var/cpanel/xolphin_ssl/autossl_excluded")).mode & 0o777).toBe(0o600);
    const names = (await harness.panel.readEngineNames?.(bob)) ?? [];
    expect(names.every(({ away }) => away)).toBe(true);
    await harness.panel.keepEngineAway?.(
      bob,
      names.map(({ name }) => name),
      false,
    );
    expect(noted()).toBe("");
  });

  test("F-32 an account that was renamed has what is written down about its names once, under the name it has now", async () => {
    await letItReplaceOthers();
    await harness.panel.installCertificates([{ vhost: bob, bundle: bundleFor(["bob.test"]) }]);
    await lab.renameAccount("bob", "robert");
    const robert = { ...bob, account: "robert" };
    const names = ((await harness.panel.readEngineNames?.(robert)) ?? []).map(({ name }) => name);
    await harness.panel.keepEngineAway?.(robert, names, false);
    expect(noted()).toBe("");

    await harness.panel.keepEngineAway?.(robert, names, true);
    await lab.renameAccount("robert", "bobby");
    await harness.panel.installCertificates([
      { vhost: { ...bob, account: "bobby" }, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(noted()).toMatch(/^bobby (?=.*\bbob\.test\b).*\n$/);
  });

  test("where it may replace others', the administrator is warned and our websites are excluded from it", async () => {
    await letItReplaceOthers();
    expect((await harness.panel.readFacts()).notes.join()).toContain("clobber_externally_signed=1");
    // Two days before its end, when AutoSSL would take its place.
    const bundle = bundleFor(["bob.test", "www.bob.test"], 3);
    const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    expect(outcome?.problem).toBeNull();
    await lab.runAutossl("bob");
    expect((await harness.panel.readCertificate(bob))?.leaf.fingerprint).toBe(bundle.leaf.fingerprint);
    const excluded = lab.calls.find(({ args }) => args["cpanel.function"] === "add_autossl_excluded_domains");
    expect(excluded?.args["domains"]?.split(",")).toEqual(
      expect.arrayContaining(["bob.test", "www.bob.test", "webmail.bob.test"]),
    );
  });
});
