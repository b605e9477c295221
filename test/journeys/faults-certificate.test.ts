import { generateKeyPairSync } from "node:crypto";
import type { ErrorCode } from "../../src/errors.ts";
import { Secret } from "../../src/secret.ts";
import { TestAuthority, testNow } from "../fakes/test-authority.ts";
import type { SwitchChanges } from "../labs/ca/switches.ts";
import { Stage, served } from "./stage.ts";

const authority = new TestAuthority(testNow);
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

test("F-26 a certificate for another key is never installed", async () => {
  stage.ca.set({ leaf: { otherKey: true } });
  const placed = await stage.order("example.test");
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "certificate-not-ours");
  expect(stage.panel.count("installCertificates")).toBe(0);
});

test.each<[string, SwitchChanges]>([
  [
    "in the wrong order with duplicates",
    { bundle: ["cross-signed-root", "intermediate", "intermediate", "root"] },
  ],
  ["with the root included", { bundle: ["intermediate", "root"] }],
  ["with a stranger in it", { bundle: ["stranger", "intermediate"] }],
  ["with CRLF line ends", { pemForm: "crlf" }],
  ["with comments between the blocks", { pemForm: "commented" }],
])("F-27 a bundle %s becomes a clean chain", async (_name, switches) => {
  stage.ca.set(switches);
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  expect(stage.panel.installed.get("example.test")?.chain.map(({ pem }) => pem.trim())).toEqual([
    stage.ca.intermediatePem.trim(),
  ]);
});

test("F-28 without intermediates it waits for a complete bundle and never installs half a chain", async () => {
  stage.ca.set({ bundle: [], caDownload: "root" });
  const placed = await stage.order("example.test");
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "chain-incomplete");
  expect(stage.panel.count("installCertificates")).toBe(0);
  stage.ca.set({ bundle: ["intermediate"] });
  await stage.untilState(placed.reference, "installed");
});

test("F-28 an expired intermediate is not installed; a good one that comes later is", async () => {
  stage.ca.set({ bundle: ["expired-intermediate"], caDownload: "root" });
  const placed = await stage.order("example.test");
  await stage.untilRequest(
    placed.reference,
    ({ reason }) => reason?.code === "chain-expired" || reason?.code === "chain-incomplete",
  );
  expect(stage.panel.count("installCertificates")).toBe(0);
  stage.ca.set({ bundle: ["expired-intermediate", "intermediate"] });
  await stage.untilState(placed.reference, "installed");
});

test.each<[string, SwitchChanges["leaf"], ErrorCode]>([
  ["expired", { notBeforeHours: -48, lifetimeDays: 1 }, "certificate-expired"],
  ["valid for less than a day", { notBeforeHours: -24 * 10, lifetimeDays: 10.5 }, "certificate-expires-soon"],
  ["signed with SHA-1", { signature: "sha1" }, "certificate-weak"],
  ["a CA certificate", { isCa: true }, "certificate-wrong-use"],
  ["not for servers", { serverAuth: false }, "certificate-wrong-use"],
  ["without names", { subjectAltName: false }, "certificate-wrong-use"],
])("F-29 one that is %s is refused with the reason and nothing is touched", async (_name, leaf, code) => {
  stage.ca.set({ leaf: leaf ?? {} });
  const placed = await stage.order("example.test");
  const refused = await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === code);
  expect(stage.panel.count("installCertificates")).toBe(0);
  expect(refused.reason?.sentence).not.toBe("");
});

test("F-29 one that is not yet valid is installed when it is", async () => {
  stage.ca.set({ leaf: { notBeforeHours: 3 } });
  const placed = await stage.order("example.test");
  await stage.untilRequest(placed.reference, ({ reason }) => reason?.code === "certificate-not-yet-valid");
  expect(stage.panel.count("installCertificates")).toBe(0);
  const done = await stage.untilState(placed.reference, "installed");
  expect(done.notAfter).not.toBeNull();
});

function otherCas(names: string[], days: number): Parameters<Stage["panel"]["preinstall"]>[1] {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return {
    leaf: authority.leaf(names, { days, key: publicKey }),
    chain: [authority.part("intermediate")],
    key,
  };
}

test.each<[string, string[], number, ErrorCode]>([
  ["covers fewer names", ["example.test", "www.example.test", "shop.example.test"], 90, "covers-less"],
  ["expires earlier", ["example.test", "www.example.test"], 300, "newer-installed"],
])(
  "F-30 one that %s than the one served is held; a person may decide otherwise",
  async (_name, names, days, code) => {
    stage.panel.addAccount("bob");
    stage.panel.addVhost("bob", "example.test", names.slice(2));
    const before = otherCas(names, days);
    stage.panel.preinstall("example.test", before);
    const placed = await stage.order("example.test");
    const held = await stage.untilState(placed.reference, "needs-you");
    expect(held.reason?.code).toBe(code);
    expect(stage.panel.installed.get("example.test")).toBe(before);
    await stage.agent.operations.install(placed.reference, { vhost: null, force: true });
    const done = await stage.untilState(placed.reference, "installed");
    expect(await served(stage, "example.test")).toEqual([done.fingerprint]);
  },
);

test("F-30 one that a reissue of ours replaced has done its work: asking for it changes nothing, and nobody has to decide", async () => {
  const first = await stage.order("example.test");
  await stage.untilState(first.reference, "installed");
  const next = await stage.agent.operations.reissue(first.reference);
  await stage.untilState(next.reference, "installed");
  const { fingerprint } = await stage.read(next.reference);
  await stage.agent.operations.install(first.reference, { vhost: null, force: false }).catch(() => undefined);
  await stage.settle();
  expect(await stage.read(first.reference)).toMatchObject({
    state: "installed",
    reason: { code: "newer-installed" },
    installations: [{ state: "superseded" }],
  });
  expect(await served(stage, "example.test")).toEqual([fingerprint]);
});
