import { onCrashPoint } from "../../src/crash-point.ts";
import { CodedError } from "../../src/errors.ts";
import { installLock } from "../../src/jobs/keyed-lock.ts";
import { openTakeBack, takeBack } from "../../src/jobs/take-back.ts";
import type { InstallationChange } from "../../src/store/installations.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage, pairFor } from "./installer-stage.ts";

const names = ["example.test", "www.example.test"];
const before = pairFor(names, { days: 30 });
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
  stage.keys.set(before.leaf.keyId, before.key);
});
afterEach(() => stage.close());

const backup = {
  previous: before.leaf.fingerprint,
  previousPem: before.leaf.pem,
  previousChain: before.chain[0]?.pem ?? "",
  previousKey: before.leaf.keyId,
};

function broken(change: InstallationChange = backup) {
  const pair = stage.issued("xs-1");
  stage.panel.installed.set("example.test", pair);
  return stage.row("xs-1", "applied", { names: names as never, addresses: ["127.0.0.1"], ...change });
}

test("the old pair is put back and proven, and everything is written down", async () => {
  const row = broken();
  const seen = [{ ...stage.look({ name: names[0] as never, address: "127.0.0.1" }), fingerprint: "strange" }];
  const original = stage.panel.installCertificates.bind(stage.panel);
  stage.panel.installCertificates = async (installs) => {
    await null;
    expect(stage.context.locks.isHeld(installLock)).toBe(true);
    expect(stage.store.intents.open("take-back")).toMatchObject([
      {
        key: String(row.id),
        expected: { vhost: "example.test", fingerprint: before.leaf.fingerprint, reason: "served-other" },
      },
    ]);
    expect(openTakeBack(stage.context, row.id)).toBe("served-other");
    expect(openTakeBack(stage.context, row.id + 1)).toBeNull();
    return original(installs);
  };
  await takeBack(stage.context, row, seen, "served-other");
  const installed = stage.panel.installed.get("example.test");
  expect(installed).toMatchObject({ leaf: before.leaf, chain: before.chain });
  expect(installed?.key.reveal()).toBe(before.key.reveal());
  expect(stage.installation(row.id)).toMatchObject({
    state: "rolled-back",
    reason: "served-other",
    served: [
      { fingerprint: "strange" },
      { fingerprint: before.leaf.fingerprint },
      { fingerprint: before.leaf.fingerprint },
    ],
  });
  expect(stage.history("xs-1")).toEqual([
    ["rolled-back", { vhost: "example.test", code: "served-other", restored: 2, asked: 2 }],
  ]);
  expect(stage.outcomes()).toEqual([{ kind: "take-back", key: String(row.id), outcome: "taken back" }]);
  expect(openTakeBack(stage.context, row.id)).toBeNull();
  expect(stage.request("xs-1")).toMatchObject({ state: "needs-you", reason: "served-other" });
});

test.each(["", null])(
  "an old certificate whose chain is %j is put back without one",
  async (previousChain) => {
    await takeBack(stage.context, broken({ ...backup, previousChain }), [], "served-other");
    expect(stage.panel.installed.get("example.test")).toMatchObject({ leaf: before.leaf, chain: [] });
  },
);

test.each([
  ["nothing was there", {}],
  ["its key is not known", { previousPem: before.leaf.pem, previousKey: null }],
  ["its certificate is not known", { previousPem: null, previousKey: before.leaf.keyId }],
])("where %s, the panel's own default takes over", async (_name, change) => {
  const row = broken(change);
  await takeBack(stage.context, row, [], "served-incomplete");
  expect(stage.panel.installed.has("example.test")).toBe(false);
  expect(stage.history("xs-1")).toEqual([
    ["rolled-back", { vhost: "example.test", code: "served-incomplete", restored: 2, asked: 2 }],
  ]);
});

test("what is still shown is counted: a return that the web server did not follow is not one", async () => {
  const row = broken();
  stage.shows = ({ name }) => (name === "example.test" ? undefined : "strange");
  await takeBack(stage.context, row, [], "served-other");
  expect(stage.history("xs-1")[0]?.[1]).toMatchObject({ restored: 1, asked: 2 });
});

test("a backup that can't be read touches nothing", async () => {
  const row = broken({ ...backup, previousPem: "nothing" });
  await expect(takeBack(stage.context, row, [], "served-other")).rejects.toMatchObject({
    code: "certificate-unreadable",
    detail: "the previous certificate",
  });
  expect(stage.panel.count("installCertificates")).toBe(0);
  expect(stage.store.intents.open()).toEqual([]);
});

test("the points at which the crash harness may kill it are passed", async () => {
  const passed: string[] = [];
  onCrashPoint((point) => passed.push(point));
  try {
    await takeBack(stage.context, broken(), [], "served-other");
  } finally {
    onCrashPoint(null);
  }
  expect(passed).toEqual(["X-26"]);
});

describe("when the panel does not take it", () => {
  const refuse = (code: "panel-fault" | "panel-refused") => {
    stage.panel.installCertificates = async (installs) =>
      installs.map(({ vhost }) => ({ vhost, problem: new CodedError(code) }));
  };

  test("a hiccup leaves the return open, and the next try is the same one", async () => {
    const row = broken();
    refuse("panel-fault");
    for (let round = 0; round < 2; round += 1) {
      await expect(takeBack(stage.context, row, [], "served-other")).rejects.toMatchObject({
        code: "panel-fault",
      });
    }
    expect(stage.store.intents.open("take-back")).toHaveLength(1);
    expect(stage.outcomes()).toEqual([]);
    expect(stage.installation(row.id).state).toBe("applied");
    expect(stage.looked).toEqual([]);
  });

  test("a refusal that repeating can't help ends it", async () => {
    const row = broken();
    refuse("panel-refused");
    await expect(takeBack(stage.context, row, [], "served-other")).rejects.toMatchObject({
      code: "panel-refused",
    });
    expect(stage.outcomes()).toMatchObject([{ outcome: "panel-refused" }]);
  });

  test("the return of another installation is not taken for this one's", async () => {
    const row = broken();
    const other = stage.store.intents.begin("take-back", "999", { reason: "served-other" }, testNow);
    await takeBack(stage.context, row, [], "served-other");
    expect(stage.store.intents.open("take-back").map(({ id }) => id)).toEqual([other]);
  });
});
