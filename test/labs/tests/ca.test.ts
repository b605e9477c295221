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

describe("the front door", () => {
  it("refuses wrong and missing credentials in the recorded words, and keeps no password", async () => {
    await start();
    const stranger = customerOf(ca, { userName: ca.credentials.userName, password: "guessed-secret" });
    const answer = await stranger.get("products");
    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({ message: "Account credentials are invalid." });
    const nameless = await stranger.send("products", { headers: { authorization: "" } });
    expect(nameless.status).toBe(401);
    expect(JSON.stringify(ca.requests)).not.toContain("guessed-secret");
    await stranger.close();
  });

  it.each([
    ["GET", "nothing-here", 404],
    ["GET", "requests/", 404],
    ["GET", "requests/964999999", 404],
    ["GET", "certificates/1", 404],
    ["GET", "../v2/products", 404],
    ["POST", "requests/ee", 404],
    ["DELETE", "requests", 405],
    ["PUT", "products", 405],
  ])("answers %s %s with %i", async (method, path, status) => {
    await start();
    const answer = await customer.send(path, { method });
    expect(answer.status).toBe(status);
    if (status === 404) expect(answer.json()).toEqual({ message: "Resource not found." });
  });

  it("refuses calls beyond the limit until the window is over, counting on every answer", async () => {
    await start({ switches: { rateLimit: { limit: 2, windowSeconds: 60 } } });
    const first = await customer.get("products");
    expect(first.headers.get("x-ratelimit-limit")).toBe("2");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("1");
    await customer.get("products");
    const refused = await customer.get("products");
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    ca.advanceClock(60);
    expect((await customer.get("products")).status).toBe(200);
  });

  it("is closed to a client that does not trust its root, or is shown a wrong certificate", async () => {
    await start();
    await expect(fetch(ca.url)).rejects.toThrow();
    for (const kind of ["expired", "other-name", "untrusted"] as const) {
      ca.useServerCertificate(kind);
      const another = customerOf(ca);
      await expect(another.get("products")).rejects.toThrow();
      await another.close();
    }
    ca.useServerCertificate("valid");
    expect((await customer.get("products")).status).toBe(200);
  });

  it("dates its answers by its own clock (F-05)", async () => {
    await start();
    ca.advanceClock(86_400);
    expect((await customer.get("products")).headers.get("date")).toBe("Wed, 25 Nov 2026 09:00:00 GMT");
    ca.set({ dateHeader: "absent" });
    expect((await customer.get("products")).headers.has("date")).toBe(false);
  });

  it("notes parameters it does not know, and files by their size", async () => {
    await start();
    const id = await order({ dvcType: "DNS" });
    await customer.post(`requests/${id}/upload-document`, {
      document: new Blob(["%PDF-1.7"], { type: "application/pdf" }),
      description: "extract",
    });
    expect(ca.requests[0]?.unknownParams).toEqual(["dvcType"]);
    expect(ca.requests[1]?.params).toEqual({
      document: { fileName: "blob", contentType: "application/pdf", bytes: 8 },
      description: "extract",
    });
  });
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
    const md5 = digest("md5", der);
    const sha256 = digest("sha256", der);
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

  it("under an RSA key as well as an EC key", async () => {
    await start();
    const keys = sharedRsaKeys();
    const id = await order({ csr: makeCsr("example.nl", { keys }).pem });
    ca.issue(id);
    const text = openssl(["x509", "-noout", "-text"], await customer.download(id));
    expect(text).toContain("Public-Key: (2048 bit)");
    expect(text).toContain("Digital Signature, Key Encipherment");
  });
});

describe("the lists", () => {
  it("turn pages with absolute links, and believe no limit above their own", async () => {
    await start({ switches: { maxPageSize: 2 } });
    for (const name of ["a.nl", "b.nl", "c.nl"]) await order({}, name);
    const page = (await customer.get("requests?page=1&limit=50")).json();
    expect(page).toMatchObject({ page: 1, limit: 2, pages: 2, total: 3 });
    expect(page._links).toEqual({
      self: { href: `${ca.url}requests?page=1&limit=2` },
      first: { href: `${ca.url}requests?page=1&limit=2` },
      last: { href: `${ca.url}requests?page=2&limit=2` },
      next: { href: `${ca.url}requests?page=2&limit=2` },
    });
    expect(page._embedded.requests.map((item: { domainName: string }) => item.domainName)).toEqual([
      "c.nl",
      "b.nl",
    ]);
    expect(page._embedded.requests[0]).not.toHaveProperty("reference");
    const last = (await customer.get("requests?page=2&limit=2")).json();
    expect(last._links).not.toHaveProperty("next");
    expect((await customer.get("requests?page=0")).status).toBe(400);
  });

  it("have no pages when they are empty", async () => {
    await start();
    const page = (await customer.get("certificates")).json();
    expect(page).toMatchObject({ page: 1, limit: 20, pages: 0, total: 0, _embedded: { certificates: [] } });
  });

  it("move an issued request from the one to the other", async () => {
    await start();
    const id = await order();
    ca.issue(id);
    expect((await customer.get("requests")).json().total).toBe(0);
    const { certificates } = (await customer.get("certificates")).json()._embedded;
    expect(certificates).toMatchObject([
      {
        id,
        domainName: "example.nl",
        dateIssued: "2026-11-24T00:00:00+01:00",
        dateExpired: "2027-06-12T00:00:00+02:00",
      },
    ]);
    expect(certificates[0]).not.toHaveProperty("dateSubscriptionExpired");
  });
});

describe("the supporting calls", () => {
  it("list products with prices as texts, and one product alone", async () => {
    await start();
    const { products } = (await customer.get("products?page=1")).json()._embedded;
    expect(products).toContainEqual(
      expect.objectContaining({ id: 90, name: "EssentialSSL", type: "SINGLE" }),
    );
    const multi = (await customer.get("products/9002")).json();
    expect(multi).toMatchObject({ includedDomains: 3, maxDomains: 100 });
    expect(multi.prices).toEqual([
      { years: 1, price: "90.00", extraPrice: "20.00", extraPriceWildcard: "95.00" },
    ]);
    expect((await customer.get("products/7")).status).toBe(404);
  });

  it("decode a CSR and refuse what is none", async () => {
    await start();
    const keys = sharedRsaKeys();
    const subject: [string, string][] = [
      ["C", "NL"],
      ["O", "Voorbeeld B.V."],
    ];
    const csr = makeCsr("example.nl", { subject, keys, dnsNames: ["example.nl", "www.example.nl"] }).pem;
    expect((await customer.post("decode-csr", { csr })).json()).toEqual({
      ...{ cn: "example.nl", country: "NL", state: "", city: "", company: "Voorbeeld B.V." },
      ...{ size: 2048, type: "RSA", altNames: [] },
    });
    expect((await customer.post("decode-csr", { csr: "x" })).json().errors).toEqual({
      csr: ["The CSR could not be decoded."],
    });
  });

  it("list approver addresses as a bare array, with the parent's and the CA's own", async () => {
    await start({ extraApprovers: { "shop.example.nl": ["it@example.com"] } });
    const list = (await customer.get("approver-email-addresses?domain=shop.example.nl")).json();
    expect(list).toHaveLength(11);
    expect(list.slice(0, 2)).toEqual(["admin@shop.example.nl", "administrator@shop.example.nl"]);
    expect(list).toContain("postmaster@example.nl");
    expect(list.at(-1)).toBe("it@example.com");
    expect((await customer.get("approver-email-addresses?domain=nl")).json()).toHaveProperty("message");
  });

  it("check an installed certificate by name", async () => {
    await start();
    expect((await customer.get("ssl-check?domain=example.nl")).json()).toEqual({
      ...{ ifaceName: "example.nl", passed: false, tests: {} },
    });
  });
});

describe("the calls on a request", () => {
  const ov = { product: "2", ...companyFields };

  it("exchange notes, oldest first", async () => {
    await start();
    const id = await order();
    expect((await customer.post(`requests/${id}/notes`)).json().errors).toHaveProperty("message");
    ca.addNote(id, "Please send the extract.");
    const sent = await customer.post(`requests/${id}/notes`, { message: "Here it is.", endCustomer: "1" });
    expect(sent.json()).toEqual({ message: "The message is successfully sent." });
    const { notes } = (await customer.get(`requests/${id}/notes`)).json()._embedded;
    expect(notes).toMatchObject([
      {
        id: 5501,
        contact: null,
        staff: "Lab CA",
        message: "Please send the extract.",
        date: "24-11-2026",
        time: "10:00",
      },
      { id: 5502, contact: "API", staff: null, message: "Here it is.", endCustomer: true },
    ]);
    expect((await customer.get(`requests/${id}`)).json()._embedded.notes).toEqual(notes);
  });

  it.each([
    [{ date: "2026-11-23", time: "10:00" }, "date", "in the past"],
    [{ date: "2026-11-28", time: "10:00" }, "date", "weekends"],
    [{ date: "24-11-2026", time: "10:00" }, "date", "not a date"],
    [{ date: "2026-11-25", time: "25:00" }, "time", "not a time"],
    [{ date: "2026-11-25", time: "10:00", timezone: "Europe Amsterdam" }, "timezone", "not a time zone"],
    [{ date: "2026-11-25", time: "10:00", action: "Callback" }, "action", "not valid"],
    [{ date: "2026-11-25", time: "10:00", action: "ReplacePhone" }, "phoneNumber", "blank"],
    [
      { date: "2026-11-25", time: "10:00", action: "sendCallbackEmail", email: "a@example.nl" },
      "emailAddress",
      "blank",
    ],
  ])("refuse a validation call %j", async (fields, field, text) => {
    await start();
    const id = await order(ov);
    const answer = await customer.post(
      `requests/${id}/schedule-validation-call`,
      fields as Record<string, string>,
    );
    expect(answer.json().errors[field].join(" ")).toContain(text);
  });

  it("plan a validation call where there is one to plan", async () => {
    await start();
    const dv = await order();
    const call = { date: "2026-11-25", time: "10:30" };
    expect((await customer.post(`requests/${dv}/schedule-validation-call`, call)).status).toBe(400);
    const id = await order(ov);
    expect((await customer.post(`requests/${id}/schedule-validation-call`, call)).json()).toEqual({
      message: "The phone call has successfully been scheduled.",
    });
    expect((await customer.get(`requests/${id}/validation-calls`)).json()).toEqual({
      list: [{ requestId: id, date: "2026-11-25", time: "10:30" }],
    });
  });

  it("take documents as files only, and mail the subscriber agreement", async () => {
    await start();
    const id = await order(ov);
    const asText = await customer.post(`requests/${id}/upload-document`, { document: "%PDF-1.7" });
    expect(asText.json().errors).toHaveProperty("document");
    await customer.post(`requests/${id}/upload-document`, { document: new Blob(["%PDF-1.7"]) });
    expect(ca.order(id).documents[0]?.content.toString()).toBe("%PDF-1.7");
    expect((await customer.post(`requests/${id}/sa`, { sa_email: "nobody" })).status).toBe(400);
    expect(
      (await customer.post(`requests/${id}/sa`, { sa_email: "a@example.nl", language: "nl" })).json(),
    ).toEqual({
      message: "The Subscriber Agreement will be sent to the given e-mail address.",
    });
    expect(ca.mails).toContainEqual({ to: "a@example.nl", kind: "subscriber-agreement", requestId: id });
  });

  it("cancel it once, after which it is gone", async () => {
    await start();
    const id = await order();
    expect((await customer.post(`requests/${id}/cancel`, { reason: "" })).status).toBe(200);
    expect((await customer.post(`requests/${id}/cancel`, { reason: "" })).status).toBe(404);
    expect((await customer.get(`requests/${id}`)).status).toBe(404);
    expect((await customer.get("requests")).json().total).toBe(0);
  });
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

/** One letter changed inside the public key. */
function damaged(pem: string): string {
  return `${pem.slice(0, 140)}${pem[140] === "A" ? "B" : "A"}${pem.slice(141)}`;
}

function openssl(options: string[], input: string): string {
  return execFileSync("openssl", options, { input, encoding: "utf8", stdio: "pipe" });
}

function digest(algorithm: string, der: Buffer): string {
  return (
    execFileSync("openssl", ["dgst", `-${algorithm}`, "-r"], { input: der, encoding: "utf8" }).split(
      " ",
    )[0] ?? ""
  );
}
