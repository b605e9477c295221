import { onCrashPoint } from "../../src/crash-point.ts";
import { createInstallHandler } from "../../src/jobs/install-certificates.ts";
import { installLock } from "../../src/jobs/keyed-lock.ts";
import { workPriority } from "../../src/store/work.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage, pairFor } from "./installer-stage.ts";

const names = ["example.test", "www.example.test"];
const both = ["example.test", "second.test"];
const done = { next: null };
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

describe("what is installed", () => {
  test("certificate, chain and key go to the panel, and everything is written down", async () => {
    const pair = stage.issued("xs-1");
    expect(await stage.install("xs-1")).toEqual({ "xs-1": done });
    const installed = stage.panel.installed.get("example.test");
    expect(installed).toMatchObject({ leaf: pair.leaf, chain: pair.chain });
    expect(installed?.key.reveal()).toBe(pair.key.reveal());
    const [row] = stage.store.installations.of("xs-1");
    expect(row).toMatchObject({
      account: "bob",
      fingerprint: pair.leaf.fingerprint,
      state: "applied",
      reason: "not-served-yet",
      names,
      addresses: ["127.0.0.1"],
      appliedAt: testNow,
      attempts: 0,
      previous: null,
    });
    expect(stage.history("xs-1")).toEqual([
      ["planned", { vhost: "example.test" }],
      ["installing", { vhost: "example.test" }],
      ["applied", { vhost: "example.test", how: "new" }],
    ]);
    expect(stage.planned()).toEqual([
      { kind: "verify", key: String(row?.id), priority: workPriority.issued, at: testNow },
    ]);
    expect(stage.outcomes()).toEqual([{ kind: "install", key: String(row?.id), outcome: "applied" }]);
    expect(stage.store.intents.open()).toEqual([]);
    expect(stage.request("xs-1")).toMatchObject({ state: "installing", reason: "not-served-yet" });
    expect(stage.wakes).toBe(1);
  });

  test("what the web server shows is looked at before the panel is touched, by the names that are covered", async () => {
    stage.issued("xs-1", { names: ["example.test"] });
    let shown: unknown = null;
    const original = stage.panel.installCertificates.bind(stage.panel);
    stage.panel.installCertificates = async (installs) => {
      shown = stage.looked;
      const [intent] = stage.store.intents.open("install");
      expect(intent).toMatchObject({
        expected: {
          vhost: "example.test",
          fingerprint: stage.request("xs-1").fingerprint,
        },
      });
      expect(stage.rows("xs-1")).toEqual([["example.test", "installing", null]]);
      expect(stage.request("xs-1")).toMatchObject({ state: "installing", reason: null });
      expect(stage.context.locks.isHeld(installLock)).toBe(true);
      return original(installs);
    };
    await stage.install("xs-1");
    expect(shown).toEqual([[{ name: "example.test", address: "127.0.0.1" }]]);
    const [row] = stage.store.installations.of("xs-1");
    expect(row?.names).toEqual(["example.test"]);
    expect(row?.servedBefore).toEqual([
      {
        address: "127.0.0.1",
        port: 443,
        name: "example.test",
        fingerprint: null,
        complete: false,
        problem: "tls-refused",
      },
    ]);
  });

  test("the pair that was there is kept, with its key, to be put back", async () => {
    const before = pairFor(names, { days: 30 });
    stage.panel.preinstall("example.test", before);
    stage.issued("xs-1");
    await stage.install("xs-1");
    expect(stage.store.installations.of("xs-1")[0]).toMatchObject({
      previous: before.leaf.fingerprint,
      previousPem: before.leaf.pem,
      previousChain: before.chain[0]?.pem,
      previousKey: before.leaf.keyId,
    });
    expect(stage.keys.get(before.leaf.keyId)?.reveal()).toBe(before.key.reveal());
  });

  test("a backup that is there already is not replaced by what is half ours", async () => {
    stage.panel.preinstall("example.test", pairFor(names, { days: 30 }));
    stage.issued("xs-1");
    const { id } = stage.row("xs-1", "planned", { previous: "first of all" });
    await stage.install("xs-1");
    expect(stage.installation(id).previous).toBe("first of all");
    expect(stage.panel.count("readBundle")).toBe(0);
  });

  test("the certificate itself is no backup of itself", async () => {
    const pair = stage.issued("xs-1");
    stage.row("xs-1", "installing");
    stage.shows = () => null;
    stage.panel.preinstall("example.test", pair);
    await stage.install("xs-1");
    expect(stage.store.installations.of("xs-1")[0]?.previous).toBeNull();
  });

  test("an account that nobody named is looked for among all websites", async () => {
    stage.issued("xs-1", { request: { account: null, accountCreatedAt: null } });
    await stage.install("xs-1");
    expect(
      stage.panel.calls.filter(({ method }) => method === "listVhosts").map(({ detail }) => detail),
    ).toEqual([""]);
    expect(stage.rows("xs-1")).toEqual([["example.test", "applied", "not-served-yet"]]);
  });

  test("many requests in one batch: the panel is asked once, and its web server is told once", async () => {
    stage.panel.addVhost("bob", "second.test");
    stage.issued("xs-1");
    stage.issued("xs-2", { names: ["second.test"] });
    expect(await stage.install("xs-1", "xs-2")).toEqual({ "xs-1": done, "xs-2": done });
    expect(
      ["readAccount", "listVhosts", "installCertificates"].map((method) =>
        stage.panel.count(method as never),
      ),
    ).toEqual([1, 1, 1]);
    expect(stage.panel.calls.find(({ method }) => method === "installCertificates")?.detail).toBe(
      "example.test,second.test",
    );
    expect(stage.wakes).toBe(1);
  });

  test("an older one gives way, a newer one of somebody else's only to a person who wants it", async () => {
    stage.panel.preinstall("example.test", pairFor(names, { days: 300 }));
    const pair = stage.issued("xs-1");
    await stage.install("xs-1");
    expect(stage.panel.count("installCertificates")).toBe(0);
    await stage.install(["xs-1", { force: true }]);
    expect(stage.panel.installed.get("example.test")?.leaf.fingerprint).toBe(pair.leaf.fingerprint);
  });

  test("only the website that was asked for is touched", async () => {
    stage.panel.addVhost("bob", "second.test");
    stage.issued("xs-1", { names: both });
    await stage.install(["xs-1", { vhost: "second.test" }]);
    expect(stage.rows("xs-1")).toEqual([["second.test", "applied", "not-served-yet"]]);
    expect([...stage.panel.installed.keys()]).toEqual(["second.test"]);
  });

  test.each([
    ["first", "xs-new", "xs-old"],
    ["last", "xs-old", "xs-new"],
  ])("of two for one website the newer is installed, whether it comes %s or not", async (_name, one, two) => {
    const newer = stage.issued("xs-new", { pair: pairFor(names, { days: 250 }) });
    stage.issued("xs-old");
    expect(await stage.install(one, two)).toEqual({ [one]: done, [two]: done });
    expect(stage.panel.installed.get("example.test")?.leaf).toEqual(newer.leaf);
    expect(stage.rows("xs-old")).toEqual([["example.test", "superseded", "newer-installed"]]);
    expect(stage.rows("xs-new")).toEqual([["example.test", "applied", "not-served-yet"]]);
    expect(stage.request("xs-old")).toMatchObject({ state: "installed", reason: "newer-installed" });
  });

  test("a wildcard goes to every website of the account that it covers, by the covered names", async () => {
    stage.panel.addVhost("bob", "shop.example.test");
    stage.issued("xs-1", { names: ["*.example.test"], pair: pairFor(["*.example.test"]) });
    await stage.install("xs-1");
    expect(stage.store.installations.of("xs-1").map(({ vhost, names: covered }) => [vhost, covered])).toEqual(
      [
        ["example.test", ["www.example.test"]],
        ["shop.example.test", ["shop.example.test"]],
      ],
    );
  });
});

test("the points at which the crash harness may kill it are passed in their order", async () => {
  const passed: string[] = [];
  onCrashPoint((point) => passed.push(`${point} ${stage.panel.count("installCertificates")}`));
  try {
    stage.issued("xs-1");
    await stage.install("xs-1");
  } finally {
    onCrashPoint(null);
  }
  expect(passed).toEqual(["X-16 0", "X-17 0", "X-21 1"]);
});

describe("as work", () => {
  const { signal } = new AbortController();

  test("it runs in batches of a hundred, one after the other, as the plan says and nobody's wish", async () => {
    const handler = createInstallHandler(stage.context);
    expect([handler.kind, handler.concurrency, handler.batch]).toEqual(["install", 1, 100]);
    stage.panel.preinstall("example.test", pairFor(names, { days: 300 }));
    stage.issued("xs-1");
    const outcomes = await handler.run(
      [{ kind: "install", key: "xs-1", wanted: 1, attempts: 0, strikes: 0, lastError: null }],
      signal,
    );
    expect([...outcomes]).toEqual([["xs-1", done]]);
    expect(stage.rows("xs-1")).toEqual([["example.test", "refused", "newer-installed"]]);
  });
});
