import { CodedError } from "../../src/errors.ts";
import { InstallerStage } from "./installer-stage.ts";

const both = ["example.test", "second.test"];
const done = { next: null };
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

describe("what goes wrong", () => {
  test("a hiccup of the panel leaves it half done, to be tried again", async () => {
    stage.issued("xs-1");
    stage.fail("installCertificates", "panel-fault");
    expect(await stage.install("xs-1")).toEqual({
      "xs-1": { error: "panel-fault", detail: "told by the test" },
    });
    const [row] = stage.store.installations.of("xs-1");
    expect(row).toMatchObject({
      state: "installing",
      reason: "panel-fault",
      detail: "told by the test",
      attempts: 1,
    });
    expect(stage.history("xs-1").at(-1)).toEqual([
      "attempt-failed",
      { vhost: "example.test", code: "panel-fault" },
    ]);
    expect(stage.outcomes()).toEqual([{ kind: "install", key: String(row?.id), outcome: "panel-fault" }]);
    expect(stage.request("xs-1")).toMatchObject({ state: "installing", reason: "panel-fault" });
    expect(stage.logged).toMatchObject([
      {
        level: "warn",
        message: "an installation did not succeed",
        fields: { reference: "xs-1", vhost: "example.test", error: { code: "panel-fault" } },
      },
    ]);
    expect(stage.planned()).toEqual([]);
    stage.fail("installCertificates", "panel-fault");
    await stage.install("xs-1");
    expect(stage.store.installations.of("xs-1")[0]?.attempts).toBe(2);
    // Planned once, however often it is begun.
    expect(stage.kinds("xs-1").filter((kind) => kind === "planned")).toHaveLength(1);
    await stage.install("xs-1");
    expect(stage.store.installations.of("xs-1")[0]).toMatchObject({
      state: "applied",
      detail: "",
      attempts: 0,
    });
  });

  test("what repeating can't help has failed", async () => {
    stage.issued("xs-1");
    stage.fail("installCertificates", "panel-refused");
    expect(await stage.install("xs-1")).toMatchObject({ "xs-1": { error: "panel-refused" } });
    expect(stage.rows("xs-1")).toEqual([["example.test", "failed", "panel-refused"]]);
    expect(stage.kinds("xs-1").at(-1)).toBe("failed");
    expect(stage.request("xs-1")).toMatchObject({ state: "needs-you", reason: "panel-refused" });
  });

  test("F-21 one website that is refused does not keep the others from theirs", async () => {
    stage.panel.addVhost("bob", "second.test");
    stage.issued("xs-1", { names: both });
    const original = stage.panel.installCertificates.bind(stage.panel);
    stage.panel.installCertificates = async (installs) =>
      (await original(installs)).map((outcome) =>
        outcome.vhost.id === "second.test"
          ? { ...outcome, problem: new CodedError("panel-disk-full") }
          : outcome,
      );
    expect(await stage.install("xs-1")).toMatchObject({ "xs-1": { error: "panel-disk-full" } });
    expect(stage.rows("xs-1")).toEqual([
      ["example.test", "applied", "not-served-yet"],
      ["second.test", "installing", "panel-disk-full"],
    ]);
    expect(stage.outcomes().map(({ outcome }) => outcome)).toEqual(["applied", "panel-disk-full"]);
  });

  test.each([
    ["panel-refused", "panel-fault", "panel-fault"],
    ["panel-fault", "panel-refused", "panel-fault"],
    ["panel-fault", "panel-disk-full", "panel-fault"],
    ["panel-refused", "account-unknown", "account-unknown"],
  ] as const)("of %s here and %s there, %s decides when it is tried again", async (here, there, counts) => {
    stage.panel.addVhost("bob", "second.test");
    stage.issued("xs-1", { names: both });
    stage.panel.installCertificates = async (installs) =>
      installs.map(({ vhost }) => ({
        vhost,
        problem: new CodedError(vhost.id === "example.test" ? here : there),
      }));
    expect(await stage.install("xs-1")).toMatchObject({ "xs-1": { error: counts } });
  });

  test("one whose key can't be read keeps no other from being installed", async () => {
    stage.panel.addVhost("bob", "second.test");
    const first = stage.issued("xs-1");
    stage.issued("xs-2", { names: ["second.test"] });
    const { read } = stage.context.keys;
    stage.context.keys.read = async (keyId) => {
      if (keyId === first.leaf.keyId) throw new CodedError("key-unreadable");
      return read(keyId);
    };
    expect(await stage.install("xs-1", "xs-2")).toMatchObject({
      "xs-1": { error: "key-unreadable" },
      "xs-2": done,
    });
    expect([...stage.panel.installed.keys()]).toEqual(["second.test"]);
    expect(stage.rows("xs-1")).toEqual([["example.test", "failed", "key-unreadable"]]);
  });

  test("with nothing to install the panel is not touched", async () => {
    stage.issued("xs-1");
    stage.fail("readBundle", "panel-fault");
    expect(await stage.install("xs-1")).toMatchObject({ "xs-1": { error: "panel-fault" } });
    expect(stage.panel.count("installCertificates")).toBe(0);
    expect(stage.store.intents.open()).toEqual([]);
  });

  test("one that can't be planned keeps no other from being installed", async () => {
    stage.panel.addVhost("bob", "second.test");
    stage.issued("xs-1");
    stage.issued("xs-2", { names: ["second.test"] });
    stage.fail("readCertificate", "panel-answer-unreadable");
    expect(await stage.install("xs-1", "xs-2")).toMatchObject({
      "xs-1": { error: "panel-answer-unreadable" },
      "xs-2": done,
    });
    expect([...stage.panel.installed.keys()]).toEqual(["second.test"]);
  });

  test("a fault of our own is said as one", async () => {
    stage.issued("xs-1");
    stage.panel.readCertificate = async () => {
      throw new TypeError("a fault");
    };
    expect(await stage.install("xs-1")).toMatchObject({ "xs-1": { error: "internal" } });
  });
});
