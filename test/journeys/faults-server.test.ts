import { generateKeyPairSync } from "node:crypto";
import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { Secret } from "../../src/secret.ts";
import { Stage, served } from "./stage.ts";

const day = 86_400_000;
let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

/** Lets this much time pass, with everything that falls due in it. */
async function pass(time: number): Promise<void> {
  const end = stage.clock.now().getTime() + time;
  while (stage.clock.now().getTime() < end) {
    await stage.settle();
    await stage.clock.advance(Math.min(60 * 60_000, end - stage.clock.now().getTime()));
  }
  await stage.settle();
}

test("F-33 a certificate that another server with the same website ordered is left to that server, which has the key", async () => {
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
  const names = ["example.test", "www.example.test"].map(parseHostName);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const { id } = await stage.agent.context.ca.order({
    reference: "another-server",
    csr: await makeCertificateRequest(names, new Secret(pem)),
    names,
    dcvMethod: "DNS",
    dcv: names.map((name) => ({ name, method: "DNS" as const, approverEmail: null })),
    withoutFreeName: true,
    approverEmail: null,
    organisation: {},
    productId: 90,
    years: 1,
  });
  stage.ca.issue(id);
  await stage.ca.sendWebhook({ RequestId: id, Status: "Issued" });
  await pass(2 * day);
  expect(stage.panel.count("installCertificates")).toBe(0);
});

test("F-36 a store of last week learns what is true first: nothing is ordered again and no older certificate comes back", async () => {
  const placed = await stage.order("example.test");
  await stage.untilState(placed.reference, "installed");
  const backup = join(stage.folder, "backup");
  await stage.agent.stop();
  cpSync(stage.settings.stateDir, backup, { recursive: true });
  await stage.restart("stop");
  await pass(7 * day);
  const next = await stage.agent.operations.reissue(placed.reference);
  const { fingerprint } = await stage.untilState(next.reference, "installed");
  expect(await served(stage, "example.test")).toEqual([fingerprint]);
  const orders = stage.ca.requestsTo("POST", /requests$|reissue|renew/).length;

  await stage.agent.stop();
  rmSync(stage.settings.stateDir, { recursive: true });
  cpSync(backup, stage.settings.stateDir, { recursive: true });
  for (const folder of ["", "keys"]) chmodSync(join(stage.settings.stateDir, folder), 0o700);
  await stage.restart("stop");
  await pass(3 * day);
  expect(stage.ca.requestsTo("POST", /requests$|reissue|renew/)).toHaveLength(orders);
  expect(await served(stage, "example.test")).toEqual([fingerprint]);
});

test("F-49 work that fails in a way nobody foresaw is set aside after five tries and shown, and others go on", async () => {
  const { installCertificates } = stage.panel;
  stage.panel.installCertificates = async (installs) => {
    if (installs.some(({ vhost }) => vhost.id === "poison.test")) throw new TypeError("nobody foresaw this");
    return installCertificates.call(stage.panel, installs);
  };
  const poison = await stage.order("poison.test");
  const stuck = await stage.untilRequest(poison.reference, ({ reason }) => reason?.code === "parked");
  expect(stuck.reason).toMatchObject({ owner: expect.any(String), sentence: expect.stringMatching(/./) });
  const other = await stage.order("example.test", { account: "eve" });
  await stage.untilState(other.reference, "installed");
});
