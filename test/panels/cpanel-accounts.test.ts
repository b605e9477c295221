import { bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import type { CpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import { bob, openCpanel } from "./cpanel-harness.ts";

let lab: CpanelLab;
let harness: PanelHarness;
afterEach(() => harness.close());

describe("accounts and their websites", () => {
  beforeEach(async () => {
    ({ lab, harness } = await openCpanel());
  });

  test("accounts are told with owner, role, creation, language and what they may", async () => {
    await lab.addAccount({ name: "rita", domain: "rita.test", acls: ["list-accts", "ssl"] });
    await lab.addAccount({
      name: "anna",
      domain: "anna.test",
      owner: "rita",
      locale: "pt_br",
      email: "anna@anna.test",
    });
    await lab.addAccount({ name: "noel", domain: "noel.test", features: { sslinstall: false } });
    await lab.addAccount({
      name: "zoe",
      domain: "zoe.test",
      features: { zoneedit: false, simplezoneedit: false },
    });
    await lab.addAccount({ name: "max", domain: "max.test", acls: ["all"], suspended: true });
    const accounts = new Map((await harness.panel.listAccounts()).map((account) => [account.name, account]));
    expect(accounts.get("root")).toMatchObject({ role: "administrator", owner: null });
    expect(accounts.get("rita")).toMatchObject({ role: "reseller", owner: "root" });
    expect(accounts.get("max")).toMatchObject({ role: "administrator", suspended: true });
    expect(accounts.get("anna")).toMatchObject({ owner: "rita", language: "pt", email: "anna@anna.test" });
    expect(accounts.get("noel")).toMatchObject({ tlsAllowed: false, dnsAllowed: true });
    expect(accounts.get("zoe")).toMatchObject({ tlsAllowed: true, dnsAllowed: false });
    for (const [name, listed] of accounts) expect(await harness.panel.readAccount(name)).toEqual(listed);
    expect(Date.parse(accounts.get("bob")?.createdAt ?? "")).toBeGreaterThan(0);
  });

  test("a website has the names that one installation covers: addon, subdomain, alias, wildcard, IDN; no service subdomains", async () => {
    await lab.addDomain("bob", "shop.test", { kind: "addon" });
    await lab.addDomain("bob", "dev.bob.test", { kind: "sub" });
    await lab.addDomain("bob", "*.bob.test", { kind: "sub" });
    await lab.addDomain("bob", "bücher.test", { kind: "addon" });
    await lab.settled();
    const vhosts = new Map((await harness.panel.listVhosts("bob")).map((vhost) => [vhost.id, vhost.names]));
    expect(vhosts.get("bob.test")).toEqual(
      expect.arrayContaining(["bob.test", "www.bob.test", "mail.bob.test", "alias-of-bob.test"]),
    );
    expect(vhosts.get("shop.bob.test")?.[0]).toBe("shop.test");
    expect(vhosts.get("shop.bob.test")).toEqual(
      expect.arrayContaining(["www.shop.test", "shop.bob.test", "www.shop.bob.test"]),
    );
    expect(vhosts.get("dev.bob.test")).toEqual(expect.arrayContaining(["dev.bob.test", "www.dev.bob.test"]));
    expect(vhosts.get("*.bob.test")).toContain("*.bob.test");
    expect([...vhosts.values()].flat()).toContain("xn--bcher-kva.test");
    const names = [...vhosts.values()].flat();
    expect(names.filter((name) => /^(?:cpanel|webmail|webdisk|autodiscover|whm)\./.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    const all = await harness.panel.listVhosts();
    const key = ({
      id,
      names: own,
      addresses,
    }: {
      id: string;
      names: readonly string[];
      addresses: readonly string[];
    }) => JSON.stringify([id, [...own].sort(), addresses]);
    expect(
      all
        .filter(({ account }) => account === "bob")
        .map(key)
        .sort(),
    ).toEqual((await harness.panel.listVhosts("bob")).map(key).sort());
  });

  test("the whole server is listed in a few calls and one for each account", async () => {
    await harness.panel.readAccount("bob");
    const before = lab.calls.length;
    const vhosts = await harness.panel.listVhosts();
    expect(new Set(vhosts.map(({ account }) => account)).size).toBe(2);
    expect(lab.calls.length - before).toBe(4);
  });

  test("a certificate goes onto an addon's website, a wildcard's and an IDN's, and is served there alone", async () => {
    await lab.addDomain("bob", "shop.test", { kind: "addon" });
    await lab.addDomain("bob", "*.bob.test", { kind: "sub" });
    await lab.settled();
    const installs = [
      { vhost: { id: "shop.bob.test", account: "bob" }, bundle: bundleFor(["shop.test", "www.shop.test"]) },
      { vhost: { id: "*.bob.test", account: "bob" }, bundle: bundleFor(["*.bob.test"]) },
    ];
    const outcomes = await harness.panel.installCertificates(installs);
    expect(outcomes.map(({ problem }) => problem)).toEqual([null, null]);
    await lab.settled();
    const served = async (name: string): Promise<string | undefined> =>
      (await handshake(harness.httpsPort, name))[0];
    expect(await served("www.shop.test")).toBe(installs[0]?.bundle.leaf.fingerprint);
    expect(await served("anything.bob.test")).toBe(installs[1]?.bundle.leaf.fingerprint);
    expect(await harness.panel.readCertificate(bob)).toBeNull();
  });
});
