import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FakeCa, FakeCaOptions } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { Customer } from "./ca-customer.ts";
import { companyFields, customerOf, makeCsr, orderFields, sharedRsaKeys } from "./ca-customer.ts";

let ca: FakeCa;
let customer: Customer;

async function start(options: FakeCaOptions = {}): Promise<void> {
  ca = await startFakeCa({ now: () => new Date("2026-11-24T09:00:00Z"), ...options });
  customer = customerOf(ca);
}

async function order(changes: Record<string, string | undefined> = {}, name = "example.nl"): Promise<number> {
  const answer = await customer.post("requests", orderFields(name, changes));
  expect(answer.json()).toHaveProperty("id");
  return answer.json().id;
}

afterEach(async () => {
  await customer.close();
  await ca.stop();
});

describe("the certificates", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ca-chain-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function verify(leaf: string, untrusted: string, root: string): string {
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const chain = ["-CAfile", file("root.pem", root), "-untrusted", file("bundle.pem", untrusted)];
    const when = String(Math.floor(ca.now().getTime() / 1000));
    const options = ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", when, ...chain];
    return execFileSync("openssl", [...options, file("leaf.pem", leaf)], { encoding: "utf8", stdio: "pipe" });
  }

  it.each(["ec", "rsa"] as const)("chain to the root under %s issuer keys, for openssl", async (keys) => {
    await start({ keys });
    const id = await order({ disableFreeSan: undefined });
    ca.issue(id);
    const leaf = await customer.download(id);
    expect(verify(leaf, await customer.download(id, "CA_BUNDLE"), ca.rootPem)).toContain("OK");
    expect(() => verify(leaf, "", ca.rootPem)).toThrow();
    const text = openssl(["x509", "-noout", "-text"], leaf);
    expect(text).toContain("DNS:example.nl, DNS:www.example.nl");
    expect(text).toContain("TLS Web Server Authentication");
    expect(text).toContain(`CA Issuers - URI:${ca.controlUrl}/aia/intermediate.crt`);
    expect(text).toContain("Not After : Jun 12 09:00:00 2027 GMT");
  });

  it("chain to the older root through the cross-signed one, and not through an expired intermediate", async () => {
    await start({ switches: { bundle: ["cross-signed-root", "intermediate"] } });
    const id = await order();
    ca.issue(id);
    const leaf = await customer.download(id);
    expect(verify(leaf, await customer.download(id, "CA_BUNDLE"), ca.pems["legacy-root"])).toContain("OK");
    ca.set({ bundle: ["expired-intermediate"] });
    const expired = await customer.download(id, "CA_BUNDLE");
    expect(() => verify(leaf, expired, ca.rootPem)).toThrow(/expired/);
  });

  it("are issued for RSA keys as well as EC keys", async () => {
    await start();
    const keys = sharedRsaKeys();
    const id = await order({ csr: makeCsr("example.nl", { keys }).pem });
    ca.issue(id);
    const text = openssl(["x509", "-noout", "-text"], await customer.download(id));
    expect(text).toContain("Public-Key: (2048 bit)");
    expect(text).toContain("Digital Signature, Key Encipherment");
  });

  it("name the company for OV and EV products", async () => {
    await start();
    const ov = await order({ product: "2", ...companyFields });
    const ev = await order({ product: "41", ...companyFields });
    ca.issue(ov);
    ca.issue(ev);
    const subject = ["x509", "-noout", "-subject", "-nameopt", "RFC2253"];
    expect(openssl(subject, await customer.download(ov))).toBe(
      "subject=CN=example.nl,O=Voorbeeld B.V.,L=Utrecht,C=NL\n",
    );
    expect(openssl(subject, await customer.download(ev))).toContain("serialNumber=12345678");
  });

  it("are fetched as CRT, CSR, PKCS7, CA, CA_BUNDLE and ZIP in any case, and in no other form", async () => {
    await start();
    const csr = makeCsr("example.nl").pem;
    const id = await order({ csr });
    expect((await customer.get(`certificates/${id}/download?format=CRT`)).status).toBe(404);
    ca.issue(id);
    expect(await customer.download(id, "CSR")).toBe(csr);
    expect(await customer.download(id, "CA")).toBe(ca.intermediatePem);
    expect(await customer.download(id, "CA_Bundle")).toBe(ca.intermediatePem);
    const pkcs7 = await customer.download(id, "PKCS7");
    expect(pkcs7).toMatch(/^-----BEGIN PKCS7-----/);
    const printed = openssl(["pkcs7", "-print_certs"], pkcs7);
    expect(printed.match(/-----BEGIN CERTIFICATE-----/g)).toHaveLength(2);
    expect((await customer.download(id, "ZIP")).slice(0, 2)).toBe("PK");
    expect((await customer.get(`certificates/${id}/download?format=PFX`)).status).toBe(400);
  });

  it("leave the list when cancelled, by any spelling of revoke", async () => {
    await start();
    const id = await order();
    ca.issue(id);
    expect((await customer.post(`certificates/${id}/cancel`)).json().errors).toHaveProperty("reason");
    const answer = await customer.post(`certificates/${id}/cancel`, { reason: "mistake", revoke: "False" });
    expect(answer.json()).toEqual({ message: "The certificate has been revoked successfully." });
    expect((await customer.get("certificates")).json().total).toBe(0);
    expect((await customer.get(`certificates/${id}`)).json().valid).toBe(false);
    expect((await customer.post(`certificates/${id}/cancel`, { reason: "again" })).status).toBe(404);
  });

  it("take less than 15 ms each to issue", async () => {
    await start();
    const ids: number[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await order({}, `n${index}.nl`));
    const before = performance.now();
    for (const id of ids) ca.issue(id);
    expect((performance.now() - before) / ids.length).toBeLessThan(15);
  });
});

function openssl(options: string[], input: string): string {
  return execFileSync("openssl", options, { input, encoding: "utf8", stdio: "pipe" });
}
