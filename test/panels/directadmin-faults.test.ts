import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode } from "../../src/errors.ts";
import { bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import type { CallFault } from "../labs/common/faults.ts";
import type { DirectAdminLab } from "../labs/directadmin/directadmin-lab.ts";
import type { Switches } from "../labs/directadmin/switches.ts";
import { openDirectAdmin } from "./directadmin-harness.ts";

const bob = { id: "bob.test", account: "bob" };
const saves = { path: /CMD_API_SSL|domain-tls\/.*\/files/ };
let lab: DirectAdminLab;
let harness: PanelHarness;

afterEach(() => harness.close());

describe.each(["current", "old"] as const)("what can go wrong while saving, %s panel", (profile) => {
  beforeEach(async () => {
    ({ lab, harness } = await openDirectAdmin({ profile }));
  });

  test.each<[string, CallFault, ErrorCode]>([
    ["F-21 a fault of the panel", { kind: "status", status: 500 }, "panel-fault"],
    ["F-24 no licence", { kind: "status", status: 402 }, "panel-refused"],
    ["F-24 rights taken away", { kind: "status", status: 403 }, "panel-refused-us"],
    ["F-24 the login page with 200", { kind: "html" }, "panel-answer-unreadable"],
    ["F-21 a connection that breaks before", { kind: "reset-before" }, "panel-unreachable"],
    ["F-24 a refusal inside a 200", { kind: "error-in-200" }, "panel-refused"],
    ["F-24 success with nothing changed", { kind: "say-ok" }, "panel-not-applied"],
  ])("%s is %j: the old pair stays and is served", async (_name, fault, code) => {
    const before = bundleFor(["bob.test"]);
    await harness.panel.installCertificates([{ vhost: bob, bundle: before }]);
    await harness.settle();
    lab.fault({ ...fault, match: saves, times: 3 });
    const [outcome] = await harness.panel.installCertificates([
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(outcome?.problem?.code).toBe(code);
    expect((await harness.panel.readCertificate(bob))?.leaf.fingerprint).toBe(before.leaf.fingerprint);
    await harness.settle();
    expect((await handshake(harness.httpsPort, "bob.test"))[0]).toBe(before.leaf.fingerprint);
    lab.clearFaults();
    const after = bundleFor(["bob.test"]);
    const [again] = await harness.panel.installCertificates([{ vhost: bob, bundle: after }]);
    expect(again?.problem).toBeNull();
    expect((await harness.panel.readCertificate(bob))?.leaf.fingerprint).toBe(after.leaf.fingerprint);
  });

  test.each<[string, CallFault]>([
    ["F-22 a reply that is lost", { kind: "reset-after" }],
    ["F-22 half a reply", { kind: "half" }],
  ])(
    "%s leaves the certificate there, and the next try finds it and makes it served",
    async (_name, fault) => {
      const bundle = bundleFor(["bob.test"]);
      lab.fault({ ...fault, match: saves, times: 1 });
      await harness.panel.installCertificates([{ vhost: bob, bundle }]);
      lab.clearFaults();
      const [again] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
      expect(again?.problem).toBeNull();
      await harness.settle();
      expect(await handshake(harness.httpsPort, "bob.test")).toEqual(
        [bundle.leaf, ...bundle.chain].map(({ fingerprint }) => fingerprint),
      );
    },
  );
});

describe("how panels differ", () => {
  test.each<[string, Partial<Switches>]>([
    ["a paste keeps the ACME mark", { profile: "old", pasteRemovesCreationTime: false }],
    ["a paste splits the chain", { profile: "old", pasteSplitsChain: true }],
    ["PKCS#8 keys are refused", { profile: "old", pasteChecks: "all", refusesPkcs8: true }],
    ["answers are escaped as long ago", { profile: "old", valueEscapes: "entities" }],
    ["domain-tls has opaque ids", { domainTlsIds: "opaque" }],
    ["domain-tls wants another body", { putBody: "cert-key-chain" }],
    ["domain-tls calls its body otherwise", { putBody: "request" }],
  ])("%s: installed all the same, and safe from the panel's own ACME", async (_name, switches) => {
    ({ lab, harness } = await openDirectAdmin({ switches }));
    await lab.addDomain("bob", "acme.test", { acmeManaged: true });
    await lab.runTaskQueue();
    const vhost = { id: "acme.test", account: "bob" };
    expect((await harness.panel.readCertificate(vhost))?.managedByPanel).toBe(true);
    const bundle = bundleFor(["acme.test", "www.acme.test"]);
    const [outcome] = await harness.panel.installCertificates([{ vhost, bundle }]);
    expect(outcome?.problem).toBeNull();
    expect(await lab.nightlyAcme()).not.toContain("acme.test");
    expect((await harness.panel.readCertificate(vhost))?.leaf.fingerprint).toBe(bundle.leaf.fingerprint);
    await harness.settle();
    expect((await handshake(harness.httpsPort, "acme.test"))[0]).toBe(bundle.leaf.fingerprint);
  });

  test("a subdomain with a certificate of its own is a vhost of its own", async () => {
    ({ lab, harness } = await openDirectAdmin());
    const own = bundleFor(["shop.bob.test"]);
    const folder = join(lab.rootDir, "usr/local/directadmin/data/users/bob/domains");
    writeFileSync(join(folder, "shop.bob.test.cert"), own.leaf.pem);
    writeFileSync(join(folder, "shop.bob.test.key"), own.key.reveal());
    const vhosts = await harness.panel.listVhosts("bob");
    expect(vhosts.find(({ id }) => id === "bob.test")?.names).not.toContain("shop.bob.test");
    const bundle = bundleFor(["shop.bob.test"]);
    const [outcome] = await harness.panel.installCertificates([
      { vhost: { id: "shop.bob.test", account: "bob" }, bundle },
    ]);
    expect(outcome?.problem).toBeNull();
    expect(readFileSync(join(folder, "shop.bob.test.cert"), "utf8")).toContain(
      bundle.leaf.pem.slice(60, 120),
    );
    expect(await harness.panel.readCertificate(bob)).toBeNull();
  });

  test("many installations on one account cost one reload", async () => {
    ({ lab, harness } = await openDirectAdmin());
    const names = Array.from({ length: 20 }, (_, index) => `site${index}.test`);
    for (const name of names) await lab.addDomain("bob", name);
    await lab.runTaskQueue();
    const before = lab.reloads;
    const outcomes = await harness.panel.installCertificates(
      names.map((name) => ({ vhost: { id: name, account: "bob" }, bundle: bundleFor([name]) })),
    );
    expect(outcomes.filter(({ problem }) => problem !== null)).toEqual([]);
    expect(lab.reloads - before).toBe(1);
  });

  test("another's record at the place of ours is not touched", async () => {
    ({ lab, harness } = await openDirectAdmin());
    const answer = {
      method: "DNS",
      account: "bob",
      name: "bob.test" as never,
      owner: "_theirs.bob.test",
      type: "CNAME",
      value: "first.sectigo.com",
    } as const;
    await harness.panel.publishDcv(answer);
    await expect(harness.panel.publishDcv({ ...answer, value: "second.sectigo.com" })).rejects.toMatchObject({
      code: "dcv-record-conflict",
    });
    expect(await harness.lookUp("_theirs.bob.test", "CNAME")).toEqual(["first.sectigo.com"]);
  });

  test("an account without DNS or with its zone elsewhere is told so", async () => {
    ({ lab, harness } = await openDirectAdmin());
    await lab.addAccount({ name: "dora", dnscontrol: false });
    await lab.addDomain("dora", "dora.test");
    const answer = {
      method: "DNS",
      account: "dora",
      name: "dora.test" as never,
      owner: "_a.dora.test",
      type: "CNAME",
      value: "x.sectigo.com",
    } as const;
    await expect(harness.panel.publishDcv(answer)).rejects.toMatchObject({ code: "dcv-zone-elsewhere" });
    await expect(
      harness.panel.publishDcv({ ...answer, account: "bob", owner: "_a.elsewhere.test" }),
    ).rejects.toMatchObject({ code: "dcv-zone-elsewhere" });
  });

  test("a validation file follows no link out of the account's reach", async () => {
    ({ lab, harness } = await openDirectAdmin());
    const target = join(lab.rootDir, "root-only");
    mkdirSync(target, { mode: 0o700 });
    symlinkSync(target, join(lab.rootDir, "home/bob/domains/bob.test/public_html/.well-known"));
    await expect(
      harness.panel.publishDcv({
        method: "FILE",
        account: "bob",
        name: "bob.test" as never,
        path: "/.well-known/pki-validation/A1.txt",
        content: "x",
      }),
    ).rejects.toMatchObject({ code: "panel-fault" });
    expect(existsSync(join(target, "pki-validation"))).toBe(false);
  });

  test("keys are in request bodies only: no call's address, no command line, no answer of an error", async () => {
    ({ lab, harness } = await openDirectAdmin());
    const bundle = bundleFor(["bob.test"]);
    await harness.panel.installCertificates([{ vhost: bob, bundle }]);
    const secret = bundle.key.reveal().split("\n")[1] ?? "";
    expect(JSON.stringify(lab.calls.map(({ path }) => path))).not.toContain(secret.slice(0, 20));
    lab.fault({ kind: "status", status: 500, match: saves, times: 5 });
    const [outcome] = await harness.panel.installCertificates([
      { vhost: bob, bundle: bundleFor(["bob.test"]) },
    ]);
    expect(JSON.stringify([outcome?.problem?.detail, String(outcome?.problem?.stack)])).not.toContain(
      "PRIVATE KEY",
    );
  });
});
