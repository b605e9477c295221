import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { PleskCommands } from "../../panels/plesk/commands.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { type CertificateBundle, parseCertificates } from "../../src/model/certificate.ts";
import { bundleFor, handshake, type PanelHarness } from "../contract/panel-contract.ts";
import type { Fault } from "../labs/plesk/faults.ts";
import type { PleskLab } from "../labs/plesk/plesk-lab.ts";
import { eventually } from "../package/eventually.ts";
import { isAlive } from "./is-alive.ts";
import { openPlesk } from "./plesk-harness.ts";

const bob = { id: "bob.test", account: "bob" };
const changes = /bin (certificate --(create|update)|site --update)/;
let lab: PleskLab;
let harness: PanelHarness;
let before: CertificateBundle;

beforeEach(async () => {
  ({ lab, harness } = await openPlesk());
  before = bundleFor(["bob.test"]);
  expect(await install(before)).toBeNull();
});
afterEach(() => harness.close());

async function install(bundle: CertificateBundle): Promise<ErrorCode | null> {
  const [outcome] = await harness.panel.installCertificates([{ vhost: bob, bundle }]);
  return outcome?.problem?.code ?? null;
}

async function served(host = "bob.test"): Promise<string | undefined> {
  await lab.settle();
  return (await handshake(harness.httpsPort, host))[0];
}

async function onRecord(): Promise<string | undefined> {
  return (await harness.panel.readCertificate(bob))?.leaf.fingerprint;
}

describe("while a certificate is changed in place", () => {
  test.each<[string, Fault, ErrorCode]>([
    [
      "F-21 a fault of the panel with noise",
      { kind: "exit", code: 1, text: "PHP Warning: x" },
      "panel-fault",
    ],
    ["F-21 a fault in another language", { kind: "exit", code: 1, text: "Interner Fehler" }, "panel-fault"],
    ["F-24 rights taken away", { kind: "exit", code: 1, text: "Permission denied" }, "panel-refused-us"],
    ["F-03 a full disk", { kind: "exit", code: 1, text: "No space left on device" }, "panel-disk-full"],
    ["F-22 a command that dies before", { kind: "killed", done: false }, "panel-unreachable"],
    ["F-24 success with nothing changed", { kind: "say-ok" }, "panel-not-applied"],
  ])("%s: the old pair stays, is served, and the next try succeeds", async (_name, fault, code) => {
    lab.fault({ ...fault, match: changes, times: 3 } as Fault);
    expect(await install(bundleFor(["bob.test"]))).toBe(code);
    expect(await onRecord()).toBe(before.leaf.fingerprint);
    expect(await served()).toBe(before.leaf.fingerprint);
    lab.clearFaults();
    const after = bundleFor(["bob.test"]);
    expect(await install(after)).toBeNull();
    expect(await served()).toBe(after.leaf.fingerprint);
  });

  test.each<[string, Fault]>([
    ["a command that dies after its work", { kind: "killed", done: true }],
    ["a reply that is lost", { kind: "fails-after" }],
  ])("F-22 %s: the next try finds what is there", async (_name, fault) => {
    const after = bundleFor(["bob.test"]);
    lab.fault({ ...fault, match: changes } as Fault);
    await install(after);
    expect(await install(after)).toBeNull();
    expect(await onRecord()).toBe(after.leaf.fingerprint);
    expect(await served()).toBe(after.leaf.fingerprint);
  });
});

test("F-23 asked again for what is on record but was never taken up, the panel writes the website once more", async () => {
  lab.fault({ kind: "reloadFails", times: Number.POSITIVE_INFINITY });
  const after = bundleFor(["bob.test"]);
  expect(await install(after)).toBeNull();
  expect(await served()).toBe(before.leaf.fingerprint);
  lab.clearFaults();
  expect(await install(after)).toBeNull();
  expect(await served()).toBe(after.leaf.fingerprint);
});

describe("failures that users of other installers met (spec plesk §6)", () => {
  test("an earlier run that was half done left the name: it is taken over, not made twice", async () => {
    await lab.addDomain("bob", "half.test");
    const half = { id: "half.test", account: "bob" };
    lab.fault({ kind: "exit", code: 1, match: /site --update half.test/ });
    const bundle = bundleFor(["half.test"]);
    const [failed] = await harness.panel.installCertificates([{ vhost: half, bundle }]);
    expect(failed?.problem?.code).toBe("panel-fault");
    expect(await harness.panel.readCertificate(half)).toBeNull();
    const [again] = await harness.panel.installCertificates([{ vhost: half, bundle }]);
    expect(again?.problem).toBeNull();
    const { stdout } = await promisify(execFile)(lab.command, [
      "bin",
      "certificate",
      "--list",
      "-domain",
      "half.test",
    ]);
    expect(stdout.match(/xol-\d half\.test/g)).toEqual(["xol-1 half.test"]);
  });

  test("nginx takes up nothing while own directives name a certificate file that vanished: what it serves stays, and ours follows when they are mended", async () => {
    const directives = join(lab.rootDir, "etc/nginx/plesk.conf.d/vhosts/own.conf");
    const gone = join(lab.rootDir, "vanished.pem");
    writeFileSync(
      directives,
      `server { listen "unix:${lab.rootDir}/own.sock" ssl; ssl_certificate ${gone}; ssl_certificate_key ${gone}; }\n`,
    );
    const after = bundleFor(["bob.test"]);
    expect(await install(after)).toBeNull();
    expect(await onRecord()).toBe(after.leaf.fingerprint);
    expect(await served()).toBe(before.leaf.fingerprint);
    rmSync(directives);
    expect(await install(after)).toBeNull();
    expect(await served()).toBe(after.leaf.fingerprint);
  });

  test("a missing component refuses the hosting form: said in the panel's words, and nothing is served otherwise", async () => {
    await lab.addDomain("bob", "form.test");
    lab.fault({ kind: "component-missing", match: /site --update/ });
    const [outcome] = await harness.panel.installCertificates([
      { vhost: { id: "form.test", account: "bob" }, bundle: bundleFor(["form.test"]) },
    ]);
    expect(outcome?.problem).toMatchObject({ code: "panel-refused" });
    expect(outcome?.problem?.detail).toContain("was not installed");
    expect(await served()).toBe(before.leaf.fingerprint);
  });

  test("a subdomain does not inherit: it is a website of its own, shows the default, and takes its own", async () => {
    await lab.addDomain("bob", "parent.test", { subdomains: ["shop"] });
    const bundle = bundleFor(["parent.test", "shop.parent.test"]);
    await harness.panel.installCertificates([{ vhost: { id: "parent.test", account: "bob" }, bundle }]);
    const shop = { id: "shop.parent.test", account: "bob" };
    expect(await harness.panel.readCertificate(shop)).toBeNull();
    expect(await served("shop.parent.test")).not.toBe(bundle.leaf.fingerprint);
    const [outcome] = await harness.panel.installCertificates([{ vhost: shop, bundle }]);
    expect(outcome?.problem).toBeNull();
    expect(await served("shop.parent.test")).toBe(bundle.leaf.fingerprint);
  });

  test("F-25 keep-secured replaces ours at night; it is seen as the panel's, and ours goes back over it", async () => {
    await lab.changeSite("bob.test", { keepSecured: true });
    await lab.keepSecured();
    expect(await harness.panel.readCertificate(bob)).toMatchObject({ managedByPanel: true });
    expect(await install(before)).toBeNull();
    expect(await onRecord()).toBe(before.leaf.fingerprint);
    expect(await served()).toBe(before.leaf.fingerprint);
  });

  test("an internationalised website goes by its ASCII name in every command", async () => {
    await lab.addDomain("bob", "xn--bcher-kva.test");
    const bundle = bundleFor(["xn--bcher-kva.test"]);
    const [outcome] = await harness.panel.installCertificates([
      { vhost: { id: "xn--bcher-kva.test", account: "bob" }, bundle },
    ]);
    expect(outcome?.problem).toBeNull();
    expect(await served("xn--bcher-kva.test")).toBe(bundle.leaf.fingerprint);
  });

  test("an issuer with an apostrophe and letters beyond ASCII is read, and so is a name like that in the list", async () => {
    const run = promisify(execFile);
    const folder = mkdtempSync(join(lab.rootDir, "tmp/theirs-"));
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    await run("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-utf8", "-keyout", key, "-out", certificate],
      ...["-subj", "/O=Zoë's Bäckerei d'Or 株式会社/CN=bob.test", "-addext", "subjectAltName=DNS:bob.test"],
    ]);
    const name = "Zoë's certificate d'or";
    await run(lab.command, [
      ...["bin", "certificate", "--create", name, "-domain", "bob.test", "-key-file", key],
      ...["-cert-file", certificate],
    ]);
    await run(lab.command, [
      "bin",
      "site",
      "--update",
      "bob.test",
      "-ssl",
      "true",
      "-certificate-name",
      name,
    ]);
    const theirs = parseCertificates(readFileSync(certificate, "utf8"))[0]?.fingerprint;
    expect(await onRecord()).toBe(theirs);
    const ours = bundleFor(["bob.test"]);
    expect(await install(ours)).toBeNull();
    expect(await served()).toBe(ours.leaf.fingerprint);
    const { stdout } = await run(lab.command, ["bin", "certificate", "--list", "-domain", "bob.test"]);
    expect(stdout).toContain(name);
  });

  test("each subscription has its own repository: one certificate for websites of two is brought to both", async () => {
    await lab.addDomain("bob", "second.test");
    const bundle = bundleFor(["bob.test", "second.test"]);
    const outcomes = await harness.panel.installCertificates(
      ["bob.test", "second.test"].map((id) => ({ vhost: { id, account: "bob" }, bundle })),
    );
    expect(outcomes.map(({ problem }) => problem)).toEqual([null, null]);
    for (const id of ["bob.test", "second.test"]) {
      expect(await served(id)).toBe(bundle.leaf.fingerprint);
      const list = ["bin", "certificate", "--list", "-domain", id];
      expect((await promisify(execFile)(lab.command, list)).stdout.match(/xol-\d \S+/g)).toEqual([
        `xol-1 ${id}`,
      ]);
    }
  });
});

test("F-24 a server without the panel's command, or with our extension switched off, is not an empty server", async () => {
  await promisify(execFile)(lab.command, ["bin", "extension", "--disable", "xolphin-ssl"]);
  await expect(harness.panel.listVhosts()).rejects.toMatchObject({ code: "panel-fault" });
  await promisify(execFile)(lab.command, ["bin", "extension", "--enable", "xolphin-ssl"]);
  rmSync(join(lab.rootDir, "usr/sbin/plesk"));
  await expect(harness.panel.listVhosts()).rejects.toMatchObject({ code: "panel-unreachable" });
  await expect(harness.panel.readAccount("bob")).rejects.toMatchObject({ code: "panel-unreachable" });
});

test("F-22 a command that hangs is ended after its time with the children that keep its output open, and the next one runs", async () => {
  const program = join(lab.rootDir, "usr/sbin/plesk");
  const children = join(lab.rootDir, "tmp/children");
  const script = `#!/bin/sh\n[ "$1" = version ] && exec echo here\nsleep 60 &\necho $! >> ${children}\nwait\n`;
  writeFileSync(program, script);
  try {
    const commands = new PleskCommands(lab.rootDir, 2_000);
    const began = performance.now();
    const hung = commands.run("bin", "site", "--list");
    const next = commands.run("version");
    await expect(hung).rejects.toMatchObject({ code: "panel-unreachable" });
    expect(await next).toBe("here\n");
    expect(performance.now() - began).toBeLessThan(50_000);
    const started = readFileSync(children, "utf8").trim().split("\n").map(Number);
    expect(started.length).toBe(1);
    await eventually(async () => expect(started.filter(isAlive)).toEqual([]));
  } finally {
    rmSync(children, { force: true });
  }
});

test("one website that fails in the middle of a batch does not stop the others", async () => {
  for (const name of ["one.test", "two.test", "three.test"]) await lab.addDomain("bob", name);
  lab.fault({ kind: "exit", code: 1, match: /certificate --create xol-1 two.test/ });
  const outcomes = await harness.panel.installCertificates(
    ["one.test", "two.test", "three.test"].map((id) => ({
      vhost: { id, account: "bob" },
      bundle: bundleFor([id]),
    })),
  );
  expect(outcomes.map(({ problem }) => problem?.code ?? null)).toEqual([null, "panel-fault", null]);
});
