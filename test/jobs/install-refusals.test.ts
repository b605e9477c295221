import type { HostName } from "../../src/model/host-name.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage, pairFor } from "./installer-stage.ts";

const day = 86_400_000;
const names = ["example.test", "www.example.test"];
const both = ["example.test", "second.test"];
const done = { next: null };
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

describe("what is not installed", () => {
  test("what is not there, has no certificate, or is on its way to another server", async () => {
    stage.issued("xs-away", { request: { state: "deleted", reason: "handing-over" } });
    stage.issued("xs-bare");
    stage.store.db.run("DELETE FROM certificates WHERE reference = 'xs-bare'");
    expect(await stage.install("xs-none", "xs-away", "xs-bare")).toEqual({
      "xs-none": done,
      "xs-away": done,
      "xs-bare": done,
    });
    expect(stage.panel.count("listVhosts")).toBe(0);
    expect(stage.panel.count("installCertificates")).toBe(0);
  });

  test("F-24 while the panel is away nothing else is asked, and every request waits for it", async () => {
    stage.issued("xs-1");
    stage.issued("xs-2");
    stage.fail("readAccount", "panel-unreachable");
    const away = { error: "panel-unreachable", detail: "told by the test" };
    expect(await stage.install("xs-1", "xs-2")).toEqual({ "xs-1": away, "xs-2": away });
    expect(stage.panel.calls.map(({ method }) => method)).toEqual(["readAccount"]);
    expect(stage.rows("xs-1")).toEqual([]);
  });

  test("a stored certificate that can't be read is an error of the store", async () => {
    stage.issued("xs-1");
    stage.store.db.run("UPDATE certificates SET pem = 'nothing'");
    expect(await stage.install("xs-1")).toEqual({
      "xs-1": { error: "certificate-unreadable", detail: "in the store" },
    });
  });

  test("F-29 one that is not valid yet waits for its first moment, and the request says so", async () => {
    const from = new Date(testNow.getTime() + day);
    stage.issued("xs-1", { pair: pairFor(names, { from }), request: { state: "installing" } });
    expect(await stage.install("xs-1")).toEqual({ "xs-1": { next: from } });
    expect(stage.request("xs-1")).toMatchObject({ state: "issued", reason: "certificate-not-yet-valid" });
    expect(stage.panel.count("installCertificates")).toBe(0);
  });

  test("F-31 names that another account has now are refused once, for a person to see", async () => {
    stage.panel.accounts.delete("bob");
    stage.panel.addAccount("eve");
    stage.panel.vhosts.clear();
    stage.panel.addVhost("eve", "example.test");
    stage.issued("xs-1");
    expect(await stage.install("xs-1")).toEqual({ "xs-1": done });
    expect(await stage.install("xs-1")).toEqual({ "xs-1": done });
    expect(stage.request("xs-1")).toMatchObject({ state: "needs-you", reason: "owner-changed" });
    expect(stage.history("xs-1")).toEqual([["refused", { code: "owner-changed" }]]);
    // Nothing that is not ours to touch is even read.
    expect(stage.panel.count("readCertificate")).toBe(0);
  });

  test("F-31 an account that is there but has no website of its own any more: all are looked at", async () => {
    stage.panel.addAccount("eve");
    stage.panel.vhosts.clear();
    stage.panel.addVhost("eve", "example.test");
    stage.issued("xs-1");
    await stage.install("xs-1");
    expect(stage.request("xs-1").reason).toBe("owner-changed");
    expect(
      stage.panel.calls.filter(({ method }) => method === "listVhosts").map(({ detail }) => detail),
    ).toEqual(["bob", ""]);
  });

  test("without its key nothing is installed", async () => {
    stage.issued("xs-1", { withKey: false });
    expect(await stage.install("xs-1")).toEqual({ "xs-1": done });
    expect(stage.request("xs-1")).toMatchObject({ state: "needs-you", reason: "key-missing" });
  });

  test("F-28 with a gap in its chain nothing is installed", async () => {
    stage.issued("xs-1", { chainPem: "" });
    await stage.install("xs-1");
    expect(stage.request("xs-1").reason).toBe("chain-incomplete");
  });

  test("F-26 a certificate for another key is never installed", async () => {
    const { leaf } = stage.issued("xs-1");
    stage.store.db.run("UPDATE certificates SET key_id = ?", "0".repeat(64));
    await stage.install("xs-1");
    expect(stage.request("xs-1").reason).toBe("key-mismatch");
    expect(stage.panel.installed.get("example.test")?.leaf).not.toEqual(leaf);
  });

  test("a certificate for other names than the request's is not the ordered one", async () => {
    stage.issued("xs-1", { request: { names: ["other.test"] as HostName[] } });
    await stage.install("xs-1");
    expect(stage.request("xs-1").reason).toBe("names-not-covered");
  });

  test("a refusal of one website is kept with it and told once, and anew when its reason changes", async () => {
    stage.issued("xs-1");
    stage.panel.addAccount("bob", { suspended: true });
    await stage.install("xs-1");
    await stage.install("xs-1");
    expect(stage.rows("xs-1")).toEqual([["example.test", "refused", "account-suspended"]]);
    expect(stage.history("xs-1")).toEqual([
      ["refused", { vhost: "example.test", code: "account-suspended" }],
    ]);
    expect(stage.request("xs-1")).toMatchObject({ state: "needs-you", reason: "account-suspended" });
    stage.panel.addAccount("bob", { tlsAllowed: false });
    await stage.install("xs-1");
    expect(stage.rows("xs-1")).toEqual([["example.test", "refused", "ssl-not-allowed"]]);
    expect(stage.kinds("xs-1")).toEqual(["refused", "refused"]);
    expect(stage.panel.count("readCertificate")).toBe(0);
  });

  test("F-30 behind a newer one of somebody else's it is refused, behind one of our own it has done its work", async () => {
    const newer = stage.issued("xs-new", { pair: pairFor(names, { days: 300 }) });
    stage.issued("xs-old");
    stage.panel.preinstall("example.test", newer);
    await stage.install("xs-old");
    expect(stage.rows("xs-old")).toEqual([["example.test", "refused", "newer-installed"]]);
    stage.row("xs-new", "verified");
    await stage.install("xs-old");
    await stage.install("xs-old");
    expect(stage.rows("xs-old")).toEqual([["example.test", "superseded", "newer-installed"]]);
    expect(stage.history("xs-old")).toEqual([
      ["refused", { vhost: "example.test", code: "newer-installed" }],
      ["superseded", { vhost: "example.test", code: "newer-installed" }],
    ]);
    expect(stage.panel.count("installCertificates")).toBe(0);
  });

  test("one of our own on another website makes none superseded here", async () => {
    stage.panel.addVhost("bob", "second.test");
    const newer = stage.issued("xs-new", { pair: pairFor(both, { days: 300 }), names: both });
    stage.row("xs-new", "verified", {}, "second.test");
    stage.issued("xs-old", { names: both });
    stage.panel.preinstall("example.test", newer);
    await stage.install(["xs-old", { vhost: "example.test" }]);
    expect(stage.rows("xs-old")).toEqual([["example.test", "refused", "newer-installed"]]);
  });

  test("while an old pair is being put back nothing is installed over it", async () => {
    stage.issued("xs-1");
    const { id } = stage.row("xs-1", "applied");
    stage.store.intents.begin("take-back", String(id), { reason: "served-other" }, testNow);
    expect(await stage.install(["xs-1", { force: true }])).toEqual({ "xs-1": done });
    expect(stage.rows("xs-1")).toEqual([["example.test", "applied", null]]);
    expect(stage.panel.count("installCertificates")).toBe(0);
  });

  test("a return of another one holds nothing up", async () => {
    stage.issued("xs-1");
    const { id } = stage.row("xs-1", "planned");
    stage.store.intents.begin("take-back", String(id + 1), { reason: "served-other" }, testNow);
    await stage.install("xs-1");
    expect(stage.rows("xs-1")).toEqual([["example.test", "applied", "not-served-yet"]]);
  });
});
