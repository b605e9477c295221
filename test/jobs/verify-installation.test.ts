import { onCrashPoint } from "../../src/crash-point.ts";
import { createVerifyHandler, verifyInstallation } from "../../src/jobs/verify-installation.ts";
import { servedLadder, waitOnLadder } from "../../src/model/polling.ts";
import { testNow } from "../fakes/test-authority.ts";
import { InstallerStage, pairFor } from "./installer-stage.ts";

const names = ["example.test", "www.example.test"];
let stage: InstallerStage;
beforeEach(() => {
  stage = new InstallerStage();
});
afterEach(() => stage.close());

const verify = (id: number) => verifyInstallation(stage.context, id);
const inMs = (ms: number): Date => new Date(stage.clock.now().getTime() + ms);

/** A certificate that the panel has taken and whose proof is still to come. */
function applied(reference = "xs-1", change = {}, pair = pairFor(names)) {
  stage.issued(reference, { pair });
  stage.panel.installed.set("example.test", pair);
  return stage.row(reference, "applied", {
    names: names as never,
    addresses: ["127.0.0.1"],
    appliedAt: testNow,
    reason: "not-served-yet",
    ...change,
  });
}

test("what is gone, or was never with the panel, is not looked at", async () => {
  stage.issued("xs-1");
  const { id } = stage.row("xs-1", "installing");
  expect(await verify(id)).toBeNull();
  expect(await verify(id + 1)).toBeNull();
  for (const state of ["planned", "refused", "failed", "superseded", "rolled-back"] as const) {
    stage.row("xs-1", state);
    expect(await verify(id)).toBeNull();
    expect(stage.installation(id).state).toBe(state);
  }
  expect(stage.looked).toEqual([]);
});

describe("what is served is proven", () => {
  test("and written down, with where it was seen", async () => {
    const { id } = applied("xs-1", { attempts: 4, detail: "x", addresses: ["127.0.0.1", "::1"] });
    await stage.clock.advance(1_000);
    expect(await verify(id)).toBeNull();
    expect(stage.installation(id)).toMatchObject({
      state: "verified",
      reason: null,
      detail: "",
      attempts: 0,
      nextAttemptAt: null,
      verifiedAt: stage.clock.now(),
    });
    expect(stage.installation(id).served).toHaveLength(4);
    expect(stage.history("xs-1")).toEqual([
      ["verified", { vhost: "example.test", addresses: "127.0.0.1, ::1" }],
    ]);
    expect(stage.request("xs-1")).toMatchObject({ state: "installed", reason: null });
  });

  test("and told once, however often it is looked at again", async () => {
    const { id } = applied();
    await verify(id);
    const { verifiedAt } = stage.installation(id);
    await stage.clock.advance(3_600_000);
    await verify(id);
    expect(stage.installation(id)).toMatchObject({ verifiedAt });
    expect(stage.history("xs-1")).toHaveLength(1);
    expect(stage.servicesLooked).toHaveLength(1);
  });

  test("other services are looked at once on each address, and those that answered are shown", async () => {
    const { id } = applied("xs-1", { addresses: ["127.0.0.1", "::1"] });
    stage.services = (target) => [
      { ...stage.look(target), port: 993, fingerprint: "mail" },
      { ...stage.look(target), port: 465, fingerprint: null },
    ];
    await verify(id);
    expect(stage.servicesLooked).toEqual([
      { name: "www.example.test", address: "127.0.0.1" },
      { name: "www.example.test", address: "::1" },
    ]);
    expect(stage.installation(id).served.map(({ port, address }) => `${address} ${port}`)).toEqual([
      "127.0.0.1 443",
      "127.0.0.1 443",
      "::1 443",
      "::1 443",
      "127.0.0.1 993",
      "::1 993",
    ]);
  });

  test("services that don't answer, or can't be asked, fail nothing", async () => {
    const { id } = applied();
    stage.services = (target) => [{ ...stage.look(target), fingerprint: null }];
    await stage.clock.advance(10);
    await verify(id);
    expect(stage.installation(id).served).toHaveLength(2);
    expect(stage.logged).toEqual([]);
    const other = applied("xs-2");
    stage.services = () => {
      throw new Error("not reachable");
    };
    expect(await verify(other.id)).toBeNull();
    expect(stage.installation(other.id).state).toBe("verified");
    expect(stage.logged).toMatchObject([
      {
        level: "debug",
        message: "other services could not be looked at",
        fields: { error: { code: "internal" } },
      },
    ]);
  });
});

describe("what was there before by our hand", () => {
  test("is superseded, and its request says so", async () => {
    const first = applied("xs-old", { appliedAt: new Date(testNow.getTime() - 1) });
    await verify(first.id);
    const second = applied("xs-new");
    await verify(second.id);
    expect(stage.installation(first.id)).toMatchObject({ state: "superseded", reason: null });
    expect(stage.history("xs-old").at(-1)).toEqual(["superseded", { vhost: "example.test" }]);
    expect(stage.request("xs-old")).toMatchObject({ state: "installed", reason: "newer-installed" });
    expect(stage.installation(second.id).state).toBe("verified");
    expect(stage.history("xs-new").map(([kind]) => kind)).toEqual(["verified"]);
  });

  test.each([
    ["at the same moment", testNow, "superseded"],
    ["at a moment nobody knows", null, "superseded"],
    ["later", new Date(testNow.getTime() + 1), "applied"],
  ])("one that was applied %s", async (_name, appliedAt, state) => {
    const other = applied("xs-other", { appliedAt });
    const own = applied("xs-own");
    await verify(own.id);
    expect(stage.installation(other.id).state).toBe(state);
  });

  test("where nobody knows when this one was applied, it supersedes too", async () => {
    const other = applied("xs-other");
    const own = applied("xs-own", { appliedAt: null });
    await verify(own.id);
    expect(stage.installation(other.id).state).toBe("superseded");
  });

  test("what is not served on this website is none of its business", async () => {
    stage.issued("xs-other");
    const elsewhere = stage.row("xs-other", "verified", {}, "other.test");
    const refused = stage.row("xs-other", "refused");
    await verify(applied().id);
    expect(stage.installation(elsewhere.id).state).toBe("verified");
    expect(stage.installation(refused.id).state).toBe("refused");
  });
});

describe("what is not served yet", () => {
  test("is looked at again, ever more slowly, with everything written down", async () => {
    const { id } = applied("xs-1", { servedBefore: [] });
    stage.shows = () => "old";
    for (const attempts of [1, 2, 3]) {
      const next = await verify(id);
      expect(next).toEqual(inMs(waitOnLadder(servedLadder, attempts)));
      expect(stage.installation(id)).toMatchObject({
        state: "applied",
        reason: "not-served-yet",
        attempts,
        nextAttemptAt: next,
        served: [{ fingerprint: "old" }, { fingerprint: "old" }],
      });
      await stage.clock.advance(5_000);
    }
    expect(stage.request("xs-1")).toMatchObject({ state: "installing", reason: "not-served-yet" });
    expect(stage.history("xs-1")).toEqual([]);
  });

  test("a proven one that is served no longer is looked at again as well", async () => {
    const { id } = applied("xs-1", { servedBefore: [] });
    await verify(id);
    stage.shows = () => "old";
    expect(await verify(id)).toEqual(inMs(waitOnLadder(servedLadder, 1)));
    expect(stage.installation(id)).toMatchObject({ state: "applied", reason: "not-served-yet" });
    expect(stage.request("xs-1").state).toBe("installing");
  });
});

describe("what breaks the site", () => {
  const before = pairFor(names, { days: 30 });
  const withBefore = {
    previous: before.leaf.fingerprint,
    previousPem: before.leaf.pem,
    previousChain: before.chain[0]?.pem ?? "",
    previousKey: before.leaf.keyId,
  };

  test("F-23 is taken back at the sixth look, not before", async () => {
    stage.keys.set(before.leaf.keyId, before.key);
    const worked = names.map((name) => ({
      ...stage.look({ name: name as never, address: "127.0.0.1" }),
      fingerprint: before.leaf.fingerprint,
      complete: true,
    }));
    const { id } = applied("xs-1", { ...withBefore, servedBefore: worked, attempts: 4 });
    stage.shows = () =>
      stage.panel.installed.get("example.test")?.leaf.fingerprint === before.leaf.fingerprint
        ? undefined
        : null;
    expect(await verify(id)).not.toBeNull();
    expect(stage.installation(id).state).toBe("applied");
    expect(await verify(id)).toBeNull();
    expect(stage.installation(id)).toMatchObject({ state: "rolled-back", reason: "web-server-broken" });
    expect(stage.panel.installed.get("example.test")?.leaf).toEqual(before.leaf);
  });

  test("a return that a crash cut off goes on, and what broke the site gets no second chance", async () => {
    stage.keys.set(before.leaf.keyId, before.key);
    const { id } = applied("xs-1", withBefore);
    stage.store.intents.begin("take-back", String(id), { reason: "served-other" }, testNow);
    expect(await verify(id)).toBeNull();
    expect(stage.installation(id)).toMatchObject({ state: "rolled-back", reason: "served-other" });
    // Looked at once: the old pair, after it was put back.
    expect(stage.looked).toHaveLength(1);
    expect(stage.store.intents.open()).toEqual([]);
  });
});

test("as work it takes one at a time, sixteen beside each other", async () => {
  const handler = createVerifyHandler(stage.context);
  expect([handler.kind, handler.concurrency, handler.batch]).toEqual(["verify", 16, 1]);
  const { id } = applied();
  const item = (key: string) => ({
    kind: "verify" as const,
    key,
    wanted: 1,
    attempts: 0,
    strikes: 0,
    lastError: null,
  });
  const outcomes = await handler.run([item(String(id)), item("999")], new AbortController().signal);
  expect([...outcomes]).toEqual([
    [String(id), { next: null }],
    ["999", { next: null }],
  ]);
  expect(stage.installation(id).state).toBe("verified");
});

test("looks at different installations do not wait for each other", async () => {
  const first = applied();
  const second = applied("xs-2");
  let free = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    free = resolve;
  });
  const { lookAt } = stage.context.probe;
  let looks = 0;
  stage.context.probe.lookAt = async (targets) => {
    looks += 1;
    if (looks === 1) await held;
    return lookAt(targets);
  };
  const slow = verify(first.id);
  await verify(second.id);
  expect(stage.installation(second.id).state).toBe("verified");
  free();
  await slow;
});

test("the points at which the crash harness may kill it are passed", async () => {
  const passed: string[] = [];
  onCrashPoint((point) => passed.push(point));
  try {
    await verify(applied().id);
  } finally {
    onCrashPoint(null);
  }
  expect(passed).toEqual(["X-24", "X-25"]);
});

test("two looks at the same installation run one after the other", async () => {
  const { id } = applied();
  await Promise.all([verify(id), verify(id)]);
  expect(stage.history("xs-1")).toHaveLength(1);
  expect(stage.looked).toHaveLength(2);
});
