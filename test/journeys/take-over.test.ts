import { generateKeyPairSync } from "node:crypto";
import { printAdoptable } from "../../src/cli/many-commands.ts";
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
async function orderElsewhere(given: string | readonly string[], productId = 90): Promise<{ id: number }> {
  const names = [given].flat().map(parseHostName);
  const order = await stage.agent.context.ca.order({
    reference: "billing-4711",
    csr: await makeCertificateRequest(names, key),
    names,
    dcvMethod: "DNS",
    dcv: names.map((one) => ({ name: one, method: "DNS" as const, approverEmail: null })),
    withoutFreeName: true,
    approverEmail: null,
    organisation: {},
    productId,
    years: 1,
  });
  stage.ca.issue(order.id);
  return order;
}

function ordersSent(): number {
  return stage.ca.requestsTo("POST", /requests$|reissue|renew/).length;
}

test("found by name, serial number and public key, and the key where a website shows the certificate already", async () => {
  const file = stage.ca.certificate(id).issued.pem;
  const [leaf] = parseCertificates(file);
  if (leaf === undefined) throw new Error("no certificate");
  stage.panel.preinstall("example.test", { leaf, chain: parseCertificates(stage.ca.intermediatePem), key });
  const before = ordersSent();
  const visitor = new Visitor(stage, bob);
  expect(await visitor.open("/take-over")).toContain(String(id));
  expect(visitor.text).toContain(`Serial number ${leaf.serial}`);
  expect(visitor.text).toContain("In use on example.test");
  expect(visitor.text).toContain("The key was found.");
  const listed = await stage.agent.operations.listAdoptable();
  expect(listed).toMatchObject([{ id, serial: leaf.serial, carriedBy: "example.test", keyFound: true }]);
  expect(printAdoptable(listed)).toMatch(
    new RegExp(`^${id} +example\\.test +[\\d-]{10} +example\\.test +found$`, "m"),
  );
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
  expect(visitor.text).toContain("In use on no website of this account");
  expect(visitor.text).toContain("The key was not found here.");
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

test("the same names and another serial number are another certificate: it is in use nowhere", async () => {
  const file = stage.ca.certificate(id).issued.pem;
  const [leaf] = parseCertificates(file);
  if (leaf === undefined) throw new Error("no certificate");
  stage.panel.preinstall("example.test", { leaf, chain: parseCertificates(stage.ca.intermediatePem), key });
  const again = await orderElsewhere("example.test");
  const visitor = new Visitor(stage, bob);
  await visitor.open("/take-over");
  const second = visitor.text.slice(visitor.text.indexOf(`Certificate number ${again.id}`));
  expect(second).toMatch(
    /^Certificate number \d+ Serial number [0-9A-F]+ Valid until .{6,20} In use on no website/,
  );
});

test("found by what a website shows, although the CA lists it under the name of another server", async () => {
  stage.panel.addVhost("bob", "shop.test");
  const order = await orderElsewhere(["elsewhere.test", "shop.test"], 9003);
  const [leaf] = parseCertificates(stage.ca.certificate(order.id).issued.pem);
  if (leaf === undefined) throw new Error("no certificate");
  const visitor = new Visitor(stage, bob);
  expect(await visitor.open("/take-over")).not.toContain(String(order.id));
  stage.panel.preinstall("shop.test", { leaf, chain: parseCertificates(stage.ca.intermediatePem), key });
  await visitor.open("/");
  await stage.until(async () => (await visitor.open("/take-over")).includes(String(order.id)));
  expect(visitor.text).toContain("In use on shop.test");
});

test("a certificate that was taken over is reissued and renewed from its page; the CA says as what it was bought", async () => {
  const visitor = new Visitor(stage, bob);
  await visitor.open("/take-over");
  await visitor.submit("adopt", { private: key.reveal() });
  const { store } = stage.agent.context;
  const reference = store.requests.byCaId(id)[0]?.reference ?? "";
  await stage.untilState(reference, "installed");
  await visitor.open("/manage", { id: reference });
  expect(visitor.hasForm("reissue")).toBe(true);
  const end = new Date(stage.clock.now().getTime() + 20 * 86_400_000);
  store.requests.change(reference, { notAfter: end, termEnd: end }, stage.clock.now());
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  expect(visitor.text).toContain("EssentialSSL");
  await visitor.submit("place", { consent: "yes" });
  const [next] = store.requests.successors(reference);
  expect(next).toMatchObject({ kind: "renewal", productId: 90 });
  await stage.untilState(next?.reference ?? "", "installed");
});

test("where the CA does not say as what it was bought, the product is asked for once", async () => {
  const visitor = new Visitor(stage, bob);
  await visitor.open("/take-over");
  await visitor.submit("adopt", { private: key.reveal() });
  const { store, ca } = stage.agent.context;
  const reference = store.requests.byCaId(id)[0]?.reference ?? "";
  await stage.untilState(reference, "installed");
  const read = ca.readCertificateFacts.bind(ca);
  jest.spyOn(ca, "readCertificateFacts").mockImplementation(async (one) => {
    const facts = await read(one);
    return facts === null ? null : { ...facts, productId: null };
  });
  const end = new Date(stage.clock.now().getTime() + 20 * 86_400_000);
  const notBefore = new Date(end.getTime() - 199 * 86_400_000);
  store.requests.change(
    reference,
    { notBefore, notAfter: end, termEnd: end, renewalChoice: "automatic" },
    stage.clock.now(),
  );
  store.work.want("renew", reference, 0, stage.clock.now());
  await stage.until(() => store.requests.get(reference)?.renewalProblem === "renewal-consent-needed");
  await visitor.open("/manage", { id: reference });
  await visitor.submit("renew");
  expect(visitor.text).toContain("Which certificate?");
  await visitor.submit("product");
  await visitor.submit("place", { consent: "yes" });
  const [next] = store.requests.successors(reference);
  expect(next).toMatchObject({ kind: "renewal" });
  await stage.untilState(next?.reference ?? "", "installed");
  expect(store.requests.get(next?.reference ?? "")?.productId).not.toBeNull();
});
