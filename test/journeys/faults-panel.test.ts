import { generateKeyPairSync } from "node:crypto";
import type { RequestReport } from "../../src/agent/describe-request.ts";
import { CodedError, type ErrorCode } from "../../src/errors.ts";
import { sweep } from "../../src/jobs/sweep.ts";
import type { CertificateBundle } from "../../src/model/certificate.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";
import { Stage, served } from "./stage.ts";

const authority = new TestAuthority(testNow);
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

function fail(
  method: "installCertificates" | "readBundle" | "readAccount" | "listVhosts",
  code: ErrorCode,
  after = false,
): void {
  stage.panel.failures.push({ method, error: new CodedError(code), after });
}

/** What a vhost had before: a certificate of another CA with its key. */
function oldPair(name: string): CertificateBundle {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const leaf = authority.leaf([name, `www.${name}`], { days: 60, key: publicKey });
  const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return { leaf, chain: [authority.part("intermediate")], key };
}

test("F-21 a panel that fails midway is asked again, and the old pair serves meanwhile", async () => {
  const placed = await stage.order("example.test");
  const before = oldPair("example.test");
  stage.panel.preinstall("example.test", before);
  fail("installCertificates", "panel-fault");
  const held = await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "panel-fault");
  expect(held.state).toBe("installing");
  const [look] = await stage.agent.context.probe.lookAt([
    { name: "example.test" as never, address: "127.0.0.1" },
  ]);
  expect(look?.fingerprint).toBe(before.leaf.fingerprint);
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
});

test("F-21 one vhost that is refused does not keep the others from theirs", async () => {
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "one.example.test");
  stage.panel.addVhost("bob", "two.example.test");
  const placed = await stage.order("one.example.test", {
    names: ["one.example.test", "two.example.test"],
    product: "PositiveSSL Multi Domain",
  });
  stage.panel.ignored.add("two.example.test");
  const stuck = await stage.untilRequest(placed.reference, ({ installations }) =>
    installations.some(({ vhost, state }) => vhost === "one.example.test" && state === "verified"),
  );
  expect(stuck.installations.find(({ vhost }) => vhost === "two.example.test")?.state).toBe("applied");
});

test("F-22 an installation whose reply is lost is read back and not done twice", async () => {
  const placed = await stage.order("example.test");
  fail("installCertificates", "panel-unreachable", true);
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.timeline.filter(({ kind }) => kind === "applied")).toMatchObject([
    { data: { how: "already" } },
  ]);
  expect(stage.panel.count("installCertificates")).toBe(1);
});

test("F-23 the panel says yes and the web server serves on what it had: seen, waited for, shown", async () => {
  const placed = await stage.order("example.test");
  stage.panel.frozen = true;
  const waiting = await stage.untilRequest(placed.reference, ({ installations }) =>
    installations.some(({ state, nextAttemptAt }) => state === "applied" && nextAttemptAt !== null),
  );
  expect(waiting.installations[0]?.state).toBe("applied");
  expect(waiting.state).toBe("installing");
  stage.panel.frozen = false;
  stage.panel.reload();
  await stage.untilState(placed.reference, "installed");
});

/** A website whose second certificate is in the panel, while its web server shows the first. */
async function orderTwiceWhileFrozen(): Promise<Record<"first" | "second", RequestReport>> {
  const first = await stage.order("example.test");
  await stage.untilState(first.reference, "installed");
  stage.panel.frozen = true;
  const second = await stage.order("example.test");
  await stage.untilRequest(second.reference, ({ installations }) =>
    installations.some(({ state, nextAttemptAt }) => state === "applied" && nextAttemptAt !== null),
  );
  return { first, second };
}

test("F-23 while the web server serves on what it had, a look at that one does not give the new one up", async () => {
  const { first, second } = await orderTwiceWhileFrozen();
  expect((await stage.agent.operations.verify(first.reference)).installations).toMatchObject([
    { state: "verified" },
  ]);
  expect((await stage.read(second.reference)).installations).toMatchObject([{ state: "applied" }]);
  stage.panel.frozen = false;
  stage.panel.reload();
  await stage.untilState(second.reference, "installed");
  expect((await stage.read(first.reference)).installations).toMatchObject([{ state: "superseded" }]);
});

test("F-25 the newer one of our own on record is nothing else's work, also before it is proven", async () => {
  const { first, second } = await orderTwiceWhileFrozen();
  await sweep(stage.agent.context, "installed");
  const seen = await stage.read(first.reference);
  expect(seen.installations).toMatchObject([{ state: "verified" }]);
  expect(seen.timeline.filter(({ kind }) => kind === "replaced-by-other")).toEqual([]);
  stage.panel.frozen = false;
  stage.panel.reload();
  await stage.untilState(second.reference, "installed");
});

test("F-23 a certificate that breaks the site is taken back and the old pair is served again", async () => {
  const placed = await stage.order("example.test");
  const before = oldPair("example.test");
  stage.panel.preinstall("example.test", before);
  // Its configuration is broken in such a way that nothing answers any more for this vhost after the next reload.
  const { installCertificates } = stage.panel;
  let broken = false;
  stage.panel.installCertificates = async (installs) => {
    const outcomes = await installCertificates.call(stage.panel, installs);
    if (!broken) {
      broken = true;
      stage.panel.breakHandshakes("example.test");
    } else stage.panel.mendHandshakes();
    return outcomes;
  };
  const rolled = await stage.untilRequest(placed.reference, ({ installations }) =>
    installations.some(({ state }) => state === "rolled-back"),
  );
  expect(rolled).toMatchObject({ state: "needs-you" });
  const [look] = await stage.agent.context.probe.lookAt([
    { name: "example.test" as never, address: "127.0.0.1" },
  ]);
  expect(look?.fingerprint).toBe(before.leaf.fingerprint);
});

test.each<ErrorCode>(["panel-unreachable", "panel-fault", "panel-answer-unreadable", "panel-disk-full"])(
  "F-24 %s: the queue waits without hammering",
  async (code) => {
    const placed = await stage.order("example.test");
    const before = stage.panel.count("readAccount");
    for (let turn = 0; turn < 3; turn += 1) fail("readAccount", code);
    const done = await stage.untilState(placed.reference, "installed");
    expect(stage.panel.count("readAccount") - before).toBeLessThan(8);
    expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  },
);

test("F-25 a certificate that something else replaced is put back once, then a person is asked", async () => {
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  const other = oldPair("example.test");
  stage.panel.preinstall("example.test", other);
  await stage.clock.advance(3_600_000);
  await stage.untilRequest(placed.reference, ({ timeline }) =>
    timeline.some(({ kind }) => kind === "replaced-by-other"),
  );
  await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  stage.panel.preinstall("example.test", other);
  const asked = await stage.untilState(placed.reference, "needs-you");
  expect(asked.reason?.code).toBe("replaced-by-other");
});
