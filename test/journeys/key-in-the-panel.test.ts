import { rmSync } from "node:fs";
import { CodedError } from "../../src/errors.ts";
import { Stage, served } from "./stage.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** A certificate at the CA whose key nobody here knows any more; returns its number and what the panel was given. */
async function orderedElsewhere(): Promise<{ id: string; key: string; fingerprint: string }> {
  const placed = await stage.order("example.test");
  const done = await stage.untilState(placed.reference, "installed");
  const key = stage.panel.installed.get("example.test")?.key.reveal() ?? "";
  await stage.agent.stop();
  rmSync(`${stage.folder}/state`, { recursive: true });
  stage.panel.installed.clear();
  stage.panel.reload();
  await stage.restart();
  return { id: String(done.certificateId), key, fingerprint: done.fingerprint ?? "" };
}

test("without its key in any store, a certificate from elsewhere is not taken over", async () => {
  const { id } = await orderedElsewhere();
  await expect(stage.agent.operations.adopt({ id, keyPem: null, account: "bob" })).rejects.toMatchObject({
    code: "key-missing",
  });
});

test("another account's key is not taken for it", async () => {
  const { id, key } = await orderedElsewhere();
  stage.panel.addAccount("eve");
  stage.panel.keys.set("eve", [key]);
  await expect(stage.agent.operations.adopt({ id, keyPem: null, account: "bob" })).rejects.toMatchObject({
    code: "key-missing",
  });
});

test("a certificate whose request was made in the panel is installed without asking for its key", async () => {
  const { id, key, fingerprint } = await orderedElsewhere();
  stage.panel.keys.set("bob", [key]);
  const adopted = await stage.agent.operations.adopt({ id, keyPem: null, account: null });
  expect(adopted.account).toBe("bob");
  const done = await stage.untilState(adopted.reference, "installed");
  expect(done.fingerprint).toBe(fingerprint);
  expect(await served(stage, "example.test")).toEqual([fingerprint]);
});

test("the hourly comparison asks a panel that can list everything once, and only for what differs by itself", async () => {
  const placed = await stage.order("example.test");
  await stage.untilState(placed.reference, "installed");
  stage.panel.calls.length = 0;
  await stage.agent.operations.sweep();
  expect([stage.panel.count("listInstalled"), stage.panel.count("readCertificate")]).toEqual([1, 0]);
  stage.panel.failures.push({ method: "listInstalled", error: new CodedError("panel-feature-missing") });
  await stage.agent.operations.sweep();
  expect(stage.panel.count("readCertificate")).toBe(1);
});
