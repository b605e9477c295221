import { createHash } from "node:crypto";
import type { FakeCa, FakeCaOptions } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { Customer } from "./ca-customer.ts";
import { customerOf, makeCsr, orderFields } from "./ca-customer.ts";

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

describe("an order is refused", () => {
  const weak = { digest: "sha1" as const };
  it.each<[string, Record<string, string | undefined>, string, string]>([
    ["without a product", { product: undefined }, "product", "should not be blank"],
    ["for an unknown product", { product: "7" }, "product", "does not exist"],
    ["for a product that is no number", { product: "ninety" }, "product", "does not exist"],
    ["without years", { years: undefined }, "years", "should not be blank"],
    ["for years that are not sold", { years: "7" }, "years", "not valid for the selected product"],
    ["without a CSR", { csr: undefined }, "csr", "should not be blank"],
    ["with an unreadable CSR", { csr: "-----BEGIN" }, "csr", "could not be decoded"],
    [
      "with a CSR whose lines were joined",
      { csr: makeCsr("a.nl").pem.replaceAll("\n", " ") },
      "csr",
      "decoded",
    ],
    ["with a damaged CSR", { csr: damaged(makeCsr("a.nl").pem) }, "csr", "CSR"],
    ["with a CSR signed with SHA-1", { csr: makeCsr("a.nl", weak).pem }, "csr", "unsupported algorithm"],
    ["with a CSR without a name", { csr: makeCsr(undefined).pem }, "csr", "no common name"],
    ["for a name that is none", { csr: makeCsr("localhost").pem }, "csr", "not a domain name"],
    ["for a public suffix", { csr: makeCsr("co.uk").pem }, "csr", "not a domain name"],
    [
      "for a wildcard with a single-name product",
      { csr: makeCsr("*.a.nl").pem },
      "csr",
      "must not be a wildcard",
    ],
    ["for a plain name with a wildcard product", { product: "9001" }, "csr", "must be a wildcard"],
    [
      "for more names than the product covers",
      { subjectAlternativeNames: "b.nl" },
      "subjectAlternativeNames",
      "one domain",
    ],
    ["without a method", { dcvType: undefined }, "dcvType", "should not be blank"],
    ["with a method in lower case", { dcvType: "dns" }, "dcvType", "not valid"],
    ["with DCV entries that are no JSON", { dcv: "[{" }, "dcv", "not valid JSON"],
    ["with DCV entries that are no list", { dcv: '{"domain":"example.nl"}' }, "dcv", "array of objects"],
    [
      "with an entry for a foreign name",
      { dcv: '[{"domain":"b.nl","dcvType":"DNS"}]' },
      "dcv",
      "b.nl is not a domain",
    ],
    ["with an entry without a method", { dcv: '[{"domain":"example.nl"}]' }, "dcv", "should not be blank"],
    [
      "with two entries for one name",
      { dcv: '[{"domain":"example.nl","dcvType":"DNS"},{"domain":"example.nl","dcvType":"FILE"}]' },
      "dcv",
      "listed twice",
    ],
    ["by e-mail without an address", { dcvType: "EMAIL" }, "approverEmail", "is needed for example.nl"],
    [
      "by e-mail with a free address",
      { dcvType: "EMAIL", approverEmail: "me@example.nl" },
      "approverEmail",
      "not allowed",
    ],
    ["with a long unique value", { uniqueValueDcv: "x".repeat(21) }, "uniqueValueDcv", "at most 20"],
    ["with an unknown language", { language: "xx" }, "language", "not available"],
    ["with a country that is no code", { country: "Nederland" }, "country", "country code"],
    ["without the company for an OV product", { product: "2" }, "company", "should not be blank"],
    ["without a representative for an EV product", { product: "41" }, "approverRepresentativePhone", "blank"],
  ])("%s", async (_, changes, field, text) => {
    await start();
    const answer = await customer.post("requests", orderFields("example.nl", changes));
    expect(answer.status).toBe(400);
    expect(answer.json().errors[field].join(" ")).toContain(text);
  });

  it("for a wildcard by FILE, whether by default or by an entry", async () => {
    await start();
    const wild = { product: "9001", csr: makeCsr("*.example.nl").pem, dcvType: "FILE" };
    const byDefault = await customer.post("requests", orderFields("*.example.nl", wild));
    expect(byDefault.json().errors).toEqual({ dcvType: ["FILE is not possible for *.example.nl."] });
    const dcv = '[{"domain":"*.example.nl","dcvType":"FILE"}]';
    const byEntry = await customer.post(
      "requests",
      orderFields("*.example.nl", { ...wild, dcvType: "DNS", dcv }),
    );
    expect(byEntry.json().errors).toEqual({ dcv: ["FILE is not possible for *.example.nl."] });
  });

  it("with every fault at once, and leaves nothing behind", async () => {
    await start();
    const answer = await customer.post("requests", { product: "7" });
    expect(Object.keys(answer.json().errors).sort()).toEqual(["csr", "dcvType", "product", "years"]);
    expect((await customer.get("requests")).json().total).toBe(0);
  });

  it("when the body is of a type nobody sends, or cut short", async () => {
    await start();
    const xml = await customer.send("requests", {
      method: "POST",
      body: "<order/>",
      headers: { "content-type": "text/xml" },
    });
    expect(xml.status).toBe(415);
    const cut = await customer.send("requests", {
      method: "POST",
      body: '--b\r\ncontent-disposition: form-data; name="product"\r\n\r\n90',
      headers: { "content-type": "multipart/form-data; boundary=b" },
    });
    expect(cut.json()).toEqual({ message: "The multipart body is cut short." });
  });
});

describe("an order is taken", () => {
  it("as multipart, as a urlencoded form and as JSON with a real array, with the same result", async () => {
    await start();
    const multipart = (await customer.post("requests", orderFields("example.nl"))).json();
    const urlencoded = await customer.send("requests", {
      method: "POST",
      body: new URLSearchParams(orderFields("example.nl")).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const dcv = [{ domain: "example.nl", dcvType: "DNS", approverEmail: null }];
    const json = await customer.send("requests", {
      method: "POST",
      body: JSON.stringify({
        ...orderFields("example.nl"),
        product: 90,
        years: 1,
        disableFreeSan: true,
        dcv,
        kvk: null,
      }),
      headers: { "content-type": "application/json" },
    });
    expect(ca.requests.map((request) => request.encoding)).toEqual(["multipart", "urlencoded", "json"]);
    for (const answer of [urlencoded.json(), json.json()]) {
      expect({ ...answer, id: 0, _links: 0 }).toEqual({ ...multipart, id: 0, _links: 0 });
    }
  });

  it("and read again with the values of §9.2 for every name, the free one included", async () => {
    await start();
    const csr = makeCsr("example.nl").pem;
    const id = await order({ csr, disableFreeSan: undefined });
    const request = (await customer.get(`requests/${id}`)).json();
    const der = Buffer.from(csr.replace(/-----.*-----|\s/g, ""), "base64");
    const md5 = createHash("md5").update(der).digest("hex");
    const sha256 = createHash("sha256").update(der).digest("hex");
    expect(request).toMatchObject({
      id,
      domainName: "example.nl",
      subjectAlternativeNames: [],
      years: 1,
      reference: "sslp-1",
      dateOrdered: "2026-11-24T10:00:00+01:00",
      requiresAction: false,
      brandValidation: false,
      _links: { retryDcv: { href: `/v1/requests/${id}/retry-dcv` } },
      _embedded: { product: { id: 90, name: "EssentialSSL", brand: "Sectigo" }, notes: [] },
    });
    const common = { status: false, statusDetail: false, statusMessage: "waiting", dcvType: "DNS" };
    const dnsCnameValue = `${sha256.slice(0, 32)}.${sha256.slice(32)}.sectigo.com`;
    expect(request.validations.dcv.domains).toEqual([
      { ...common, domain: "example.nl", dnsRecord: `_${md5}.example.nl`, dnsCnameValue },
      { ...common, domain: "www.example.nl", dnsRecord: `_${md5}.www.example.nl`, dnsCnameValue },
    ]);
  });

  it("with a method of its own for each name, and the file's values of §9.3", async () => {
    await start();
    const id = await order({
      product: "9003",
      subjectAlternativeNames: "shop.example.nl,*.example.org",
      dcv: JSON.stringify([
        { domain: "shop.example.nl", dcvType: "FILE", approverEmail: null },
        { domain: "*.example.org", dcvType: "EMAIL", approverEmail: "hostmaster@example.org" },
      ]),
      uniqueValueDcv: "k7Qp2",
    });
    const { domains } = (await customer.get(`requests/${id}`)).json().validations.dcv;
    const sha256 = domains[0].dnsCnameValue.split(".");
    expect(sha256.slice(2)).toEqual(["k7qp2", "sectigo", "com"]);
    expect(domains[1]).toMatchObject({
      dcvType: "FILE",
      fileContents: `${sha256[0]}${sha256[1]}\nsectigo.com\nk7Qp2`,
      fileLocation: expect.stringMatching(
        /^shop\.example\.nl\/\.well-known\/pki-validation\/[0-9A-F]{32}\.txt$/,
      ),
    });
    expect(domains[2]).toMatchObject({ dcvType: "EMAIL", dcvEmail: "hostmaster@example.org" });
    expect(ca.mails).toEqual([
      { to: "hostmaster@example.org", kind: "dcv", requestId: id, domain: "*.example.org" },
    ]);
  });
});

/** One letter changed inside the public key. */
function damaged(pem: string): string {
  return `${pem.slice(0, 140)}${pem[140] === "A" ? "B" : "A"}${pem.slice(141)}`;
}
