import { generateKeyPairSync } from "node:crypto";
import { makeCertificateRequest } from "../../src/keys/certificate-request.ts";
import { parseCertificates } from "../../src/model/certificate.ts";
import { parseHostName } from "../../src/model/host-name.ts";
import { readPrivateKey } from "../../src/model/key.ts";
import { Secret } from "../../src/secret.ts";
import { bob } from "../pages/page-fixtures.ts";
import { Visitor } from "./page-visitor.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
let key: Secret;
let id: number;
beforeEach(async () => {
  stage = await Stage.open();
  stage.panel.addAccount("bob");
  stage.panel.addVhost("bob", "example.test");
  stage.panel.addAccount("eve");
  stage.panel.addVhost("eve", "eve.test");
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  key = new Secret(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  ({ id } = await orderElsewhere("example.test"));
});
afterEach(() => stage.close());

/** As in the reseller's control panel: our store knows nothing of it. */
async function orderElsewhere(name: string): Promise<{ id: number }> {
  const names = [parseHostName(name)];
  const order = await stage.agent.context.ca.order({
    reference: "billing-4711",
    csr: await makeCertificateRequest(names, key),
    names,
    dcvMethod: "DNS",
    dcv: names.map((one) => ({ name: one, method: "DNS" as const, approverEmail: null })),
    withoutFreeName: true,
    approverEmail: null,
    organisation: {},
    productId: 90,
    years: 1,
  });
  stage.ca.issue(order.id);
  return order;
}

function ordersSent(): number {
  return stage.ca.requestsTo("POST", /requests$|reissue|renew/).length;
}

test("found by name, and the key where a website shows the certificate already", async () => {
  const file = stage.ca.certificate(id).issued.pem;
  const [leaf] = parseCertificates(file);
  if (leaf === undefined) throw new Error("no certificate");
  stage.panel.preinstall("example.test", { leaf, chain: parseCertificates(stage.ca.intermediatePem), key });
  const before = ordersSent();
  const visitor = new Visitor(stage, bob);
  expect(await visitor.open("/take-over")).toContain(String(id));
  await visitor.submit("adopt");
  expect(visitor.text).toContain("The certificate was taken over.");
  const [adopted] = stage.agent.context.store.requests.byCaId(id);
  const done = await stage.untilState(adopted?.reference ?? "", "installed");
  expect(done).toMatchObject({ kind: "adopted", account: "bob", fingerprint: leaf.fingerprint });
  expect(ordersSent()).toBe(before);
  expect(await visitor.open("/take-over")).toContain("None were found");
});

test("a key that is nowhere is asked for; the wrong one is refused and not kept; the right one installs", async () => {
  const visitor = new Visitor(stage, bob);
  await visitor.open("/take-over");
  await visitor.submit("adopt");
  const [adopted] = stage.agent.context.store.requests.byCaId(id);
  const waiting = await stage.untilState(adopted?.reference ?? "", "needs-you");
  expect(waiting.reason?.code).toBe("key-missing");
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const wrong = new Secret(other.export({ type: "pkcs8", format: "pem" }).toString());
  await visitor.open("/take-over");
  await visitor.submit("adopt", { number: String(id), private: wrong.reveal() });
  expect(visitor.text).toContain("The key does not belong to the certificate.");
  expect(visitor.html).not.toContain("PRIVATE KEY");
  expect(await stage.agent.context.keys.has(readPrivateKey(wrong).keyId)).toBe(false);
  await visitor.submit("adopt", { number: String(id), private: key.reveal() });
  await stage.untilState(adopted?.reference ?? "", "installed");
});

test("a certificate for a name of somebody else is neither shown nor taken over", async () => {
  const eve = new Visitor(stage, { ...bob, account: "eve" });
  expect(await eve.open("/take-over")).not.toContain(String(id));
  await eve.submit("adopt", { number: String(id), private: key.reveal() });
  expect(eve.text).toContain("not-found");
  expect(stage.agent.context.store.requests.byCaId(id)).toEqual([]);
});
