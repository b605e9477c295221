import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PanelFiles } from "../../panels/cpanel/files.ts";
import { PanelApi } from "../../panels/cpanel/panel-api.ts";
import { systemClock } from "../../src/clock.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { silentLog } from "../../src/logging.ts";
import { buildChain } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { authority, bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import { TestAuthority } from "../fakes/test-authority.ts";
import type { CallFault } from "../labs/common/faults.ts";
import type { CpanelLab } from "../labs/cpanel/cpanel-lab.ts";
import type { Switches } from "../labs/cpanel/switches.ts";
import { bob, openCpanel, recordCommands } from "./cpanel-harness.ts";

let lab: CpanelLab;
let harness: PanelHarness;
afterEach(() => harness.close());

const saves = { path: /uapi_cpanel|installssl/ };

async function installed(): Promise<string | undefined> {
  return (await harness.panel.readCertificate(bob))?.leaf.fingerprint;
}

async function served(name = "bob.test"): Promise<string | undefined> {
  await harness.settle();
  return (await handshake(harness.httpsPort, name))[0];
}

/** Function of the account's API, or path of the server's, of every call so far. */
function called(): string[] {
  return lab.calls.map(({ path, args }) => args["cpanel.function"] ?? path);
}

describe("what can go wrong while saving", () => {
  beforeEach(async () => {
    ({ lab, harness } = await openCpanel());
  });

  test.each<[string, CallFault, ErrorCode]>([
    ["F-21 a fault of the panel", { kind: "status", status: 500 }, "panel-fault"],
    ["F-24 rights taken away", { kind: "status", status: 403 }, "panel-refused-us"],
    ["F-24 the login page with 200", { kind: "html" }, "panel-answer-unreadable"],
    ["F-21 a connection that breaks before", { kind: "reset-before" }, "panel-unreachable"],
    ["F-24 a refusal inside a 200", { kind: "error-in-200" }, "panel-refused"],
    ["F-24 success with nothing changed", { kind: "say-ok" }, "panel-not-applied"],
  ])("%s is %j: the old pair stays and is served", async (_name, fault, code) => {
    const before = bundleFor(["bob.test"]);
    await harness.panel.installCertificates([{ vhost: bob, bundle: before }]);
    await harness.settle();
    // The reads in front of the save go through the same address.
    const saving = lab.calls.length;
    await harness.panel.installCertificates([{ vhost: bob, bundle: before }]);
    const reads = lab.calls.slice(saving).filter(({ path }) => saves.path.test(path)).length;
    lab.fault({ ...fault, match: saves, after: reads - 1, times: 2 });
    const [outcome] = await harness.panel.installCertificates([
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    lab.clearFaults();
    expect(outcome?.problem?.code).toBe(code);
    expect(await installed()).toBe(before.leaf.fingerprint);
    expect(await served()).toBe(before.leaf.fingerprint);
    const after = bundleFor(["bob.test"]);
    const [again] = await harness.panel.installCertificates([{ vhost: bob, bundle: after }]);
    expect(again?.problem).toBeNull();
    expect(await installed()).toBe(after.leaf.fingerprint);
  });
});

describe("spec cpanel §8: failures that others met", () => {
  async function open(
    switches: Partial<Switches> = {},
    more: Parameters<typeof openCpanel>[0] = {},
  ): Promise<void> {
    ({ lab, harness } = await openCpanel({ ...more, switches }));
  }

  async function install(bundle = bundleFor(["bob.test", "www.bob.test"])) {
    const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    return { bundle, problem: outcome?.problem ?? null };
  }

  test.each<[string, CallFault]>([
    ["F-22 a reply that is lost", { kind: "reset-after" }],
    ["F-22 half a reply", { kind: "half" }],
  ])("%s: what is on record decides, and nothing is installed twice", async (_name, fault) => {
    await open();
    const bundle = bundleFor(["bob.test"]);
    lab.fault({ ...fault, match: { path: /uapi_cpanel/ }, after: 3 });
    const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    expect(outcome?.problem).toBeNull();
    expect(called().filter((name) => name === "install_ssl")).toHaveLength(1);
    expect(await served()).toBe(bundle.leaf.fingerprint);
  });

  test("a refusal with exit 0 and status 0 is a refusal, with the panel's own words", async () => {
    await open();
    const stranger = new TestAuthority(new Date());
    const own = bundleFor(["bob.test"]);
    const { problem } = await install({ ...own, chain: [stranger.part("intermediate")] });
    expect(problem?.code).toBe("panel-refused");
    expect(problem?.detail).toMatch(/could not be installed on the domain “bob\.test”/);
    expect(await installed()).toBeUndefined();
  });

  test("a server whose store lacks the root gets it with the bundle, and only when it asks for it", async () => {
    await open();
    rmSync(join(lab.rootDir, "var/cpanel/ssl/trusted_roots.pem"));
    const { bundle, problem } = await install();
    expect(problem).toBeNull();
    expect(await served()).toBe(bundle.leaf.fingerprint);
    expect(called().filter((name) => name === "install_ssl")).toHaveLength(2);
    const chain = (await harness.panel.readCertificate(bob))?.chain ?? [];
    const roots = buildChain(bundle.leaf, chain, authority.roots);
    expect(roots.complete).toBe(true);
  });

  test("the chain that came with the certificate is sent with every installation, also over an older one's", async () => {
    await open();
    await install();
    const { bundle } = await install();
    const store = join(lab.rootDir, "var/cpanel/ssl/installed/cabundles");
    for (const name of readdirSync(store)) rmSync(join(store, name));
    const { problem } = await install();
    expect(problem).toBeNull();
    expect(bundle.chain.length).toBeGreaterThan(0);
    expect(
      lab.calls
        .filter(({ args }) => args["cpanel.function"] === "install_ssl")
        .every(({ args }) => args["cabundle"]?.includes("BEGIN CERTIFICATE")),
    ).toBe(true);
  });

  test("a chain that is said not to match is left to the server to find, and what it found counts", async () => {
    await open();
    // Leaves the right intermediate with the server.
    await install(bundleFor(["sub.bob.test"]));
    const own = bundleFor(["bob.test"]);
    const stranger = new TestAuthority(new Date()).part("intermediate");
    const { problem } = await install({ ...own, chain: [stranger] });
    expect(problem).toBeNull();
    expect(await served()).toBe(own.leaf.fingerprint);
    const present = (await harness.panel.readCertificate(bob))?.chain ?? [];
    expect(buildChain(own.leaf, present, authority.roots).complete).toBe(true);
    expect(present.map(({ fingerprint }) => fingerprint)).not.toContain(stranger.fingerprint);
  });

  test("every call goes out with the token alone, and none names an address to install on", async () => {
    await open();
    await install();
    lab.fault({ kind: "error-in-200", match: saves, after: 3, times: 1 });
    await install();
    const sent = lab.calls.filter(({ way }) => way === "https");
    expect(sent.length).toBeGreaterThan(10);
    for (const { login, args } of sent) {
      expect(login).toBe("root");
      expect(Object.keys(args)).not.toContain("ip");
      expect(Object.keys(args).filter((name) => /pass|session/i.test(name))).toEqual([]);
    }
  });

  test("no parameter is ever sent empty", async () => {
    await open();
    const bundle = bundleFor(["bob.test"]);
    lab.trust(authority.part("intermediate").pem);
    await install({ ...bundle, chain: [] });
    const sent = lab.calls.filter(({ args }) => args["cpanel.function"] === "install_ssl");
    expect(sent.length).toBeGreaterThan(0);
    for (const { args } of sent) expect(Object.values(args)).not.toContain("");
  });

  test.each<[string, Partial<Switches>]>([
    ["hooks that print in front of the answer", { hookNoise: "stdout" }],
    ["warnings beside the answer", { hookNoise: "stderr" }],
    ["numbers as texts", { numbersAsStrings: true }],
    ["a failure that fails the outer call too", { innerFailureFailsOuter: true }],
    ["new domains without a mail alias", { mailAlias: false }],
    ["25 megabytes of installed hosts", { hugeInstalledHostsMb: 25 }],
    ["commands in which + is no space", { plusIsSpace: false }],
    ["keys that may not be left out", { keyMayBeOmitted: false }],
    ["certificates that match no name are refused", { refusesForeignNames: true }],
  ])("%s: installed and served all the same", async (_name, switches) => {
    await open(switches, { rights: ["cpanel-api"] });
    const { bundle, problem } = await install();
    expect(problem).toBeNull();
    expect(await served("www.bob.test")).toBe(bundle.leaf.fingerprint);
  });

  test.each([401, 403] as const)(
    "a token that is not taken any more (HTTP %i): reads go on, installing says why",
    async (badTokenStatus) => {
      await open({ badTokenStatus });
      writeFileSync(join(lab.rootDir, "whm-token"), "root:NOTTHETOKEN\n");
      expect((await harness.panel.listAccounts()).map(({ name }) => name)).toContain("bob");
      const { problem } = await install();
      expect(problem?.code).toBe("panel-refused-us");
    },
  );

  test("commands that are not there leave the first reason standing", async () => {
    await open();
    writeFileSync(join(lab.rootDir, "whm-token"), "root:NOTTHETOKEN\n");
    rmSync(join(lab.rootDir, "usr/local/cpanel/bin/uapi"));
    rmSync(join(lab.rootDir, "usr/local/cpanel/bin/whmapi1"));
    await expect(harness.panel.listAccounts()).rejects.toMatchObject({ code: "panel-refused-us" });
  });

  test("a panel that is down is read by command, and what holds a key waits", async () => {
    await open();
    lab.fault({ kind: "reset-before", times: Number.POSITIVE_INFINITY });
    expect((await harness.panel.listVhosts("bob")).length).toBeGreaterThan(0);
    expect((await install()).problem?.code).toBe("panel-unreachable");
    lab.clearFaults();
    expect((await install()).problem).toBeNull();
  });

  test("an answer whose headers hold a stray line is asked for by command", async () => {
    await open({ headerLeak: true });
    const options = {
      rootDir: lab.rootDir,
      apiUrl: `${lab.whmUrl}/`,
      credentialFile: join(lab.rootDir, "whm-token"),
      runDir: lab.rootDir,
      trust: [],
      clock: systemClock,
      log: silentLog,
    };
    const api = new PanelApi(options, new PanelFiles(lab.rootDir));
    try {
      const commands = recordCommands(lab);
      expect(await api.whm("servicestatus")).toBeDefined();
      const overHttps = () => called().filter((name) => name.includes("servicestatus")).length;
      expect([overHttps(), commands().length]).toEqual([1, 1]);
      // For a while HTTP is not tried for it again.
      await api.whm("servicestatus");
      expect([overHttps(), commands().length]).toEqual([1, 2]);
    } finally {
      await api.close();
    }
  });

  test("certificates of the server's own services are never touched", async () => {
    await open();
    const service = join(lab.rootDir, "var/cpanel/ssl/cpanel/cpanel.pem");
    const before = readFileSync(service, "utf8");
    await install(bundleFor(["bob.test", "mail.bob.test", "webmail.bob.test"]));
    await harness.panel.installCertificates([{ vhost: bob, bundle: null }]);
    expect(readFileSync(service, "utf8")).toBe(before);
    expect(called().join()).not.toMatch(/service_ssl/);
  });

  test("a certificate that somebody removed by hand is seen as removed, whatever we remember", async () => {
    await open();
    const { bundle } = await install();
    await lab.run([
      "/usr/local/cpanel/bin/uapi",
      "--user=bob",
      "--output=json",
      "SSL",
      "delete_ssl",
      "domain=bob.test",
    ]);
    expect(await harness.panel.readCertificate(bob)).toBeNull();
    expect((await install(bundle)).problem).toBeNull();
    expect(await served()).toBe(bundle.leaf.fingerprint);
  });

  test("removing where there is nothing is done already", async () => {
    await open();
    const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle: null }]);
    expect(outcome?.problem).toBeNull();
  });

  test("a certificate goes into the account's store once for each installation, and the bundle's key with it", async () => {
    await open();
    const { bundle } = await install();
    await install();
    expect(await harness.panel.findKey?.("bob", bundle.leaf.keyId)).not.toBeNull();
  });

  test("AutoSSL that can't secure every name: a valid certificate of ours stays, and a name can be kept from it", async () => {
    await open();
    const { bundle } = await install(bundleFor(["bob.test"]));
    expect(await lab.runAutossl("bob")).not.toContain("bob.test");
    expect(await installed()).toBe(bundle.leaf.fingerprint);
    const name = parseHostName("alias-of-bob.test");
    await harness.panel.keepEngineAway?.(bob, [name], true);
    expect(await harness.panel.readEngineNames?.(bob)).toContainEqual({ name, away: true });
    await harness.panel.installCertificates([{ vhost: bob, bundle: null }]);
    expect(await lab.runAutossl("bob")).toContain("bob.test");
    const own = await harness.panel.readCertificate(bob);
    expect(own?.managedByPanel).toBe(true);
    expect(own?.leaf.names).toContain("www.bob.test");
    expect(own?.leaf.names).not.toContain(name);
  });

  test("an account without the feature for AutoSSL has nothing to choose about it", async () => {
    await open();
    lab.setFeature("bob", "autossl", false);
    await expect(harness.panel.readEngineNames?.(bob)).rejects.toMatchObject({
      code: "panel-feature-missing",
    });
  });

  test("features that can't be found out do not stand in the way", async () => {
    await open();
    lab.fault({ kind: "error-in-200", match: { path: /uapi_cpanel/ }, times: 1 });
    expect(await harness.panel.readAccount("bob")).toMatchObject({ tlsAllowed: true, dnsAllowed: true });
  });

  test("calls for a suspended account that are refused hide nobody else", async () => {
    await open({ suspendedCalls: "refused" });
    await lab.suspend("eve", true);
    const accounts = await harness.panel.listAccounts();
    expect(accounts.find(({ name }) => name === "eve")).toMatchObject({ suspended: true });
    const vhosts = await harness.panel.listVhosts();
    expect(vhosts.map(({ id }) => id)).toContain("bob.test");
    expect(vhosts.find(({ account }) => account === "eve")).toMatchObject({
      id: "eve.test",
      suspended: true,
    });
  });

  test("an expired certificate, or a key of another, is refused by name and leaves what was there", async () => {
    await open();
    const { bundle } = await install();
    const other = bundleFor(["bob.test"]);
    const mixed = await install({ ...other, key: bundleFor(["bob.test"]).key });
    expect(mixed.problem).toMatchObject({
      code: "panel-refused",
      detail: expect.stringMatching(/does not match/) as string,
    });
    const expired = await install(bundleFor(["bob.test"], 1));
    expect(expired.problem?.code).toBe("panel-refused");
    expect(await installed()).toBe(bundle.leaf.fingerprint);
    expect(called().filter((name) => name.includes("installssl"))).toEqual([]);
  });

  test("no error, address or command line shows a key", async () => {
    await open();
    const commands = recordCommands(lab);
    const { bundle } = await install();
    writeFileSync(join(lab.rootDir, "whm-token"), "root:NOTTHETOKEN\n");
    await install();
    writeFileSync(join(lab.rootDir, "whm-token"), `root:${lab.createToken("whm", "root")}\n`);
    const secret = (bundle.key.reveal().split("\n")[1] ?? "").slice(0, 20);
    expect(JSON.stringify(lab.calls)).not.toContain(secret);
    lab.fault({ kind: "status", status: 500, match: saves, times: 20 });
    const { problem } = await install();
    expect(`${problem?.detail} ${problem?.stack}`).not.toContain("PRIVATE KEY");
    expect(commands().join()).not.toMatch(/PRIVATE|key=/);
  });
});
