import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FakeCa } from "../ca/fake-ca.ts";
import { startFakeCa } from "../ca/fake-ca.ts";
import type { SwitchChanges } from "../ca/switches.ts";
import { changeSwitches, defaultSwitches } from "../ca/switches.ts";
import type { Customer } from "./ca-customer.ts";
import { companyFields, customerOf, makeCsr, orderFields } from "./ca-customer.ts";

let ca: FakeCa;
let customer: Customer;

async function start(switches: SwitchChanges): Promise<void> {
  ca = await startFakeCa({ now: () => new Date("2026-11-24T09:00:00Z"), switches });
  customer = customerOf(ca);
}

afterEach(async () => {
  await customer?.close();
  await ca?.stop();
});

async function order(
  changes: Record<string, string | undefined> = {},
  name = "www.example.nl",
): Promise<number> {
  return (await customer.post("requests", orderFields(name, changes))).json().id;
}

async function issued(changes: Record<string, string | undefined> = {}): Promise<number> {
  const id = await order(changes);
  return ca.issue(id).id;
}

async function firstDomain(id: number) {
  return (await customer.get(`requests/${id}`)).json().validations.dcv.domains[0];
}

async function reissue(id: number) {
  const fields = { csr: makeCsr("www.example.nl").pem, dcvType: "DNS", disableFreeSan: "1" };
  return (await customer.post(`certificates/${id}/reissue`, fields)).json().id;
}

it("names every open question of the spec once more, so that none is forgotten", () => {
  const text = readFileSync(join(import.meta.dirname, "../ca/switches.ts"), "utf8");
  const questions = Array.from({ length: 38 }, (_, index) => `U${index + 1}`);
  const missing = questions.filter((question) => !new RegExp(`\\b${question}\\b`).test(text));
  expect(missing).toEqual([]);
});

it("refuses a switch that does not exist", () => {
  const misspelt = { webhook: { retrys: 3 } } as unknown as SwitchChanges;
  expect(() => changeSwitches(defaultSwitches(), misspelt)).toThrow("There is no switch named retrys.");
});

describe("ids", () => {
  it("U1: gives certificates ids of their own, and webhooks keep the request's", async () => {
    await start({ certificateId: "other", readyForReissueDays: null });
    const id = await order();
    expect(ca.issue(id).id).toBe(700_000_001);
    expect((await customer.get(`certificates/${id}`)).status).toBe(404);
    expect((await customer.get("certificates/700000001")).json().id).toBe(700_000_001);
  });

  it("U2: keeps an issued request readable, out of the list", async () => {
    await start({ issuedRequest: "readable" });
    const id = await issued();
    expect((await customer.get(`requests/${id}`)).json().validations.dcv.status).toBe(true);
    expect((await customer.get("requests")).json().total).toBe(0);
  });

  it("U3: reissues under the certificate's own id, where only the key tells which one is there", async () => {
    await start({ reissueId: "same" });
    const id = await issued();
    const before = await customer.download(id);
    expect(await reissue(id)).toBe(id);
    expect((await customer.get(`requests/${id}`)).status).toBe(200);
    expect(await customer.download(id)).toBe(before);
    ca.issue(id);
    expect(await customer.download(id)).not.toBe(before);
    expect((await customer.get("certificates")).json().total).toBe(1);
  });

  it("U3: reissues under a new request id into the original certificate", async () => {
    await start({ reissuedCertificate: "original-id" });
    const id = await issued();
    const before = await customer.download(id);
    const requestId = await reissue(id);
    expect(ca.issue(requestId).id).toBe(id);
    expect((await customer.get(`certificates/${requestId}`)).status).toBe(404);
    expect(await customer.download(id)).not.toBe(before);
  });

  it("U4: hides the download while a reissue is in progress", async () => {
    await start({ downloadDuringReissue: "404" });
    const id = await issued();
    const requestId = await reissue(id);
    expect((await customer.get(`certificates/${id}/download`)).status).toBe(404);
    ca.issue(requestId);
    expect((await customer.get(`certificates/${id}/download`)).status).toBe(200);
  });
});

it("U5: keeps a certificate that is cancelled without revoke", async () => {
  await start({ cancelWithoutRevoke: "keeps" });
  const id = await issued();
  await customer.post(`certificates/${id}/cancel`, { reason: "mistake" });
  expect((await customer.get("certificates")).json().total).toBe(1);
  await customer.post(`certificates/${id}/cancel`, { reason: "mistake", revoke: "1" });
  expect((await customer.get("certificates")).json().total).toBe(0);
});

it.each([
  ["absolute", /^_[0-9a-f]{32}\.www\.example\.nl$/],
  ["trailing-dot", /^_[0-9a-f]{32}\.www\.example\.nl\.$/],
  ["relative-to-domain", /^_[0-9a-f]{32}$/],
  ["relative-to-zone", /^_[0-9a-f]{32}\.www$/],
  ["upper-case", /^_[0-9A-F]{32}\.WWW\.EXAMPLE\.NL$/],
] as const)("U6: writes the record's name %s", async (dnsRecord, form) => {
  await start({ dnsRecord, dnsCnameValue: "trailing-dot" });
  const domain = await firstDomain(await order());
  expect(domain.dnsRecord).toMatch(form);
  expect(domain.dnsCnameValue).toMatch(/\.sectigo\.com\.$/);
});

it.each([
  ["host-and-path", "www.example.nl/.well-known/pki-validation/"],
  ["http-url", "http://www.example.nl/.well-known/pki-validation/"],
  ["https-url", "https://www.example.nl/.well-known/pki-validation/"],
  ["path", "/.well-known/pki-validation/"],
] as const)("U7: writes the file's place as %s", async (fileLocation, start_) => {
  await start({ fileLocation });
  const domain = await firstDomain(await order({ dcvType: "FILE" }));
  expect(domain.fileLocation).toMatch(new RegExp(`^${start_.replaceAll(".", "\\.")}[0-9A-F]{32}\\.txt$`));
});

it.each([
  ["txt-dnsauth", "_dnsauth.www.example.nl", /^[0-9a-f]{32}$/],
  ["txt-domain", "www.example.nl", /^[0-9a-f]{32}$/],
  ["cname", expect.stringMatching(/^_[0-9a-f]{32}\.www\.example\.nl$/), /^[0-9a-f]{32}\.dcv\.digicert\.com$/],
] as const)("U8: asks DigiCert's customers for %s", async (digicertDns, name, value) => {
  await start({ digicertDns });
  const domain = await firstDomain(await order({ product: "11" }));
  expect(domain.dnsRecord).toEqual(name);
  expect(domain.dnsCnameValue).toMatch(value);
});

it("U9: writes a wildcard without its star, takes it back so, and merges the free name with it", async () => {
  await start({ wildcardDomain: "bare" });
  const wild = { product: "9001", disableFreeSan: undefined };
  const id = (await customer.post("requests", orderFields("*.example.nl", wild))).json().id;
  const { domains } = (await customer.get(`requests/${id}`)).json().validations.dcv;
  expect(domains.map((domain: { domain: string }) => domain.domain)).toEqual(["example.nl"]);
  const star = await customer.post(`requests/${id}/retry-dcv`, { domain: "*.example.nl", dcvType: "DNS" });
  expect(star.status).toBe(400);
  const bare = await customer.post(`requests/${id}/retry-dcv`, { domain: "example.nl", dcvType: "DNS" });
  expect(bare.status).toBe(200);
});

it.each([
  [{ statusDetail: "integer" }, 0],
  [{ statusDetail: "boolean" }, false],
  [{ statusDetail: "text" }, "0"],
] as const)("U10: writes a domain's detail under %j", async (switches, detail) => {
  await start({ ...switches, doneText: "OK", booleans: "integer" });
  const id = await order({ disableFreeSan: undefined });
  ca.completeDomain(id, "example.nl");
  const { domains } = (await customer.get(`requests/${id}`)).json().validations.dcv;
  expect(domains[0]).toMatchObject({ status: 0, statusDetail: detail });
  expect(domains[1]).toMatchObject({ status: 1, statusMessage: "OK" });
});

it("U11: answers an order with 201", async () => {
  await start({ createStatus: 201 });
  expect((await customer.post("requests", orderFields("example.nl"))).status).toBe(201);
});

it.each([
  ["map-of-arrays", { csr: ["This value should not be blank."] }],
  ["map-of-texts", { csr: "This value should not be blank." }],
  ["array", ["This value should not be blank."]],
  ["nested", { children: { csr: { errors: ["This value should not be blank."] } } }],
  ["message-only", undefined],
] as const)("U12, U13: writes errors as %s under another status", async (errors, body) => {
  await start({ errors, refusalStatus: 422 });
  const answer = await customer.post("decode-csr");
  expect(answer.status).toBe(422);
  expect(answer.json()).toEqual({
    message: "The request could not be processed.",
    ...(body === undefined ? {} : { errors: body }),
  });
});

it.each([
  ["date", "Tue, 24 Nov 2026 10:00:00 GMT"],
  ["absent", null],
] as const)("U14: tells when to come back by %s, and may hide the counters", async (retryAfter, header) => {
  await start({ rateLimit: { limit: 1, retryAfter, headers: false } });
  expect((await customer.get("products")).headers.has("x-ratelimit-limit")).toBe(false);
  expect((await customer.get("products")).headers.get("retry-after")).toBe(header);
});

it.each([
  ["no-colon", "2026-11-24T10:00:00+0100"],
  ["zulu", "2026-11-24T09:00:00Z"],
  ["fraction", "2026-11-24T10:00:00.000000+01:00"],
  ["local", "2026-11-24T10:00:00"],
  ["date-only", "2026-11-24"],
] as const)("U16: writes dates as %s", async (dates, text) => {
  await start({ dates });
  expect((await customer.get(`requests/${await order()}`)).json().dateOrdered).toBe(text);
});

it.each([
  ["texts", ["a.nl", "b.nl"]],
  ["objects", [{ dNSName: "a.nl" }, { dNSName: "b.nl" }]],
  ["keyed-objects", { 0: { dNSName: "a.nl" }, 1: { dNSName: "b.nl" } }],
] as const)("U17: writes the names of a CSR as %s", async (altNames, names) => {
  await start({ altNames });
  const csr = makeCsr("a.nl", { dnsNames: ["a.nl", "b.nl"] }).pem;
  expect((await customer.post("decode-csr", { csr })).json().altNames).toEqual(names);
});

it("U18: writes the old names of a product's members", async () => {
  await start({ productKeys: "old" });
  const product = (await customer.get("products/9002")).json();
  expect(product.includeDomains).toBe(3);
  expect(product.prices[0]).toEqual({
    years: 1,
    price: "90.00",
    priceExtra: "20.00",
    priceExtraWildcard: "95.00",
  });
});

it.each([
  [true, 2900 + 900],
  [false, 2900],
])("U19: counts the common name among the included ones: %s", async (counts, cents) => {
  await start({ includedDomainsCountCommonName: counts });
  const id = await order({ product: "9003", subjectAlternativeNames: "a.nl,b.nl,c.nl" });
  expect(ca.order(id).priceInCents).toBe(cents);
});

it.each([
  ["approverEmail", ["approverEmail"]],
  [
    "representative",
    [
      "approverRepresentativeFirstName",
      "approverRepresentativeLastName",
      "approverRepresentativeEmail",
      "approverRepresentativePhone",
    ],
  ],
] as const)("U20: demands %s for a DV order", async (contactRequired, fields) => {
  await start({ contactRequired });
  const refused = await customer.post("requests", orderFields("example.nl"));
  expect(Object.keys(refused.json().errors)).toEqual(fields);
  const named = { ...companyFields, approverEmail: "admin@example.nl" };
  expect((await customer.post("requests", orderFields("example.nl", named))).status).toBe(200);
});

it("U20: takes an e-mail order without an address, and says it is not yet set", async () => {
  await start({ missingApproverEmail: "not-yet-set" });
  const id = await order({ dcvType: "EMAIL" });
  expect((await firstDomain(id)).dcvEmail).toBe("Not Yet Set");
});

it("U21: reads the address of a validation call from the other part", async () => {
  await start({ callEmailField: "email" });
  const id = await order({ product: "2", ...companyFields });
  const call = { date: "2026-11-25", time: "10:30", action: "sendCallbackEmail" };
  const path = `requests/${id}/schedule-validation-call`;
  expect((await customer.post(path, { ...call, emailAddress: "a@example.nl" })).status).toBe(400);
  expect((await customer.post(path, { ...call, email: "a@example.nl" })).status).toBe(200);
});

it("U22: reads the enrolment address from the other part", async () => {
  await start({ certenrollField: "certenrollEmail" });
  const fields = { product: "9005", ...companyFields, certenroll_email: "a@example.nl" };
  const refused = await customer.post("requests", orderFields("example.nl", fields));
  expect(Object.keys(refused.json().errors)).toEqual(["certenrollEmail"]);
});

it("U23: refuses an entry for the free name, naming it", async () => {
  await start({ freeNameInDcv: "refused" });
  const dcv = JSON.stringify(["example.nl", "www.example.nl"].map((domain) => ({ domain, dcvType: "DNS" })));
  const refused = await customer.post(
    "requests",
    orderFields("example.nl", { dcv, disableFreeSan: undefined }),
  );
  expect(refused.json().errors.dcv).toEqual(["www.example.nl is not a domain of this order."]);
});

it("U24: lists the common and the free name, or nothing at all, and may refuse the common name among the others", async () => {
  await start({
    ...{ sanListHasCommonName: true, sanListHasFreeName: true },
    ...{ certificateSans: "empty", commonNameInSans: "refused" },
  });
  const id = await order({ disableFreeSan: undefined });
  expect((await customer.get(`requests/${id}`)).json().subjectAlternativeNames).toEqual([
    "www.example.nl",
    "example.nl",
  ]);
  ca.issue(id);
  expect((await customer.get(`certificates/${id}`)).json().subjectAlternativeNames).toEqual([]);
  const twice = orderFields("a.nl", { product: "9003", subjectAlternativeNames: "a.nl,b.nl" });
  expect((await customer.post("requests", twice)).json().errors).toHaveProperty("subjectAlternativeNames");
});

it("U25: refuses EC keys", async () => {
  await start({ ecKeys: "refused" });
  const refused = await customer.post("requests", orderFields("example.nl"));
  expect(refused.json().errors.csr).toEqual(["The key type of the CSR is not supported."]);
});

describe("U26: the bundle", () => {
  it.each<[SwitchChanges["bundle"] & {}, string[]]>([
    [[], []],
    [
      ["root", "intermediate"],
      ["Lab CA Root R46", "Lab CA Secure Server CA 1"],
    ],
    [
      ["leaf", "intermediate", "intermediate"],
      ["www.example.nl", "Lab CA Secure Server CA 1", "Lab CA Secure Server CA 1"],
    ],
    [
      ["stranger", "cross-signed-root", "legacy-root", "second-intermediate"],
      [
        "Unrelated Secure Server CA",
        "Lab CA Root R46",
        "Lab CA Legacy Services",
        "Lab CA Secure Server CA 2",
      ],
    ],
  ])("holds %j", async (bundle, names) => {
    await start({ bundle });
    const text = await customer.download(await issued(), "CA_BUNDLE");
    const blocks = text.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
    const found = blocks.map((pem) => /CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1]);
    expect(found).toEqual(names);
  });

  it("may have text between the blocks or other line ends", async () => {
    await start({ pemForm: "commented" });
    const id = await issued();
    expect(await customer.download(id)).toMatch(/^Certificate 1\n-----BEGIN/);
    ca.set({ pemForm: "crlf" });
    expect(await customer.download(id, "CA_BUNDLE")).toMatch(/^-----BEGIN CERTIFICATE-----\r\n/);
  });

  it("follows a leaf that another intermediate signed", async () => {
    await start({ leaf: { issuer: "second-intermediate" } });
    const id = await issued();
    expect(await customer.download(id, "CA_BUNDLE")).toBe(ca.pems["second-intermediate"]);
    const leaf = new X509Certificate(await customer.download(id));
    expect(leaf.checkIssued(new X509Certificate(ca.pems["second-intermediate"]))).toBe(true);
  });
});

it("U27: serves the root as CA", async () => {
  await start({ caDownload: "root" });
  expect(await customer.download(await issued(), "CA")).toBe(ca.rootPem);
});

it("U31: refuses renewal until some days before the end", async () => {
  await start({ renewFromDays: 60 });
  const id = await issued();
  const fields = () => orderFields("www.example.nl");
  expect((await customer.post(`certificates/${id}/renew`, fields())).json().errors.csr[0]).toContain(
    "60 days",
  );
  ca.advanceClock(141 * 86_400);
  expect((await customer.post(`certificates/${id}/renew`, fields())).status).toBe(200);
});

it("U15, U32: caps the page and lists the oldest first", async () => {
  await start({ requestOrder: "oldest-first", certificateOrder: "oldest-first", maxPageSize: 1 });
  const [first, second] = [await order(), await order()];
  expect((await customer.get("requests?limit=100")).json()).toMatchObject({
    limit: 1,
    _embedded: { requests: [{ id: first }] },
  });
  ca.issue(second);
  ca.advanceClock(60);
  ca.issue(first);
  expect((await customer.get("certificates")).json()._embedded.certificates[0].id).toBe(second);
});

it("U33: refuses JSON bodies", async () => {
  await start({ jsonBodies: "refused" });
  const headers = { "content-type": "application/json" };
  expect((await customer.send("decode-csr", { method: "POST", body: "{}", headers })).status).toBe(415);
});

it("U34: refuses notes for Sectigo's products", async () => {
  await start({ notes: "refused-for-sectigo" });
  const sectigo = await order();
  expect((await customer.post(`requests/${sectigo}/notes`, { message: "Hello" })).status).toBe(400);
  const geotrust = await order({ product: "11" });
  expect((await customer.post(`requests/${geotrust}/notes`, { message: "Hello" })).status).toBe(200);
});

it.each([
  ["php", "False", false],
  ["php", "0", true],
  ["words", "False", true],
  ["words", "1", false],
] as const)(
  "U35: read by %s, disableFreeSan=%s leaves the free name in: %s",
  async (booleanParts, text, free) => {
    await start({ booleanParts });
    const id = await order({ disableFreeSan: text });
    expect(ca.order(id).freeName).toBe(free ? "example.nl" : undefined);
  },
);

it.each([
  ["readable", 200, 0],
  ["listed", 200, 1],
] as const)("U36: leaves a cancelled request %s", async (cancelledRequest, status, total) => {
  await start({ cancelledRequest });
  const id = await order();
  await customer.post(`requests/${id}/cancel`);
  expect((await customer.get(`requests/${id}`)).status).toBe(status);
  expect((await customer.get("requests")).json().total).toBe(total);
});

it("U37: deletes a request whose CSR failed", async () => {
  await start({ failedRequest: "deleted" });
  const id = await order();
  ca.failStep(id, "request");
  expect((await customer.get(`requests/${id}`)).status).toBe(404);
});

it("U38: leaves valid out, and hides a revoked certificate", async () => {
  await start({ validField: "absent", revokedCertificate: "404" });
  const id = await issued();
  expect((await customer.get(`certificates/${id}`)).json()).not.toHaveProperty("valid");
  ca.revoke(id);
  expect((await customer.get(`certificates/${id}`)).status).toBe(404);
});

describe("beyond the list", () => {
  it("a used CSR is taken and then never validates", async () => {
    await start({ reusedCsr: "never-validates", preValidated: [] });
    const csr = makeCsr("www.example.nl").pem;
    await order({ csr });
    const second = await order({ csr });
    await ca.checkDcv();
    expect(ca.order(second).neverValidates).toBe(true);
  });

  it("the CA adds a unique value, which the request shows", async () => {
    await start({ ownUniqueValue: true, dcvInCreateAnswer: true });
    const answer = (await customer.post("requests", orderFields("example.nl"))).json();
    expect(answer.validations.dcv.domains[0].dnsCnameValue).toContain(
      `.${answer.uniqueValueDcv}.sectigo.com`,
    );
  });

  it("a DV request has a step of its own, methods come in any case, and there may be no subscription date", async () => {
    await start({ dvRequestStep: true, dcvTypeCase: "any", subscriptionDate: "multi-year" });
    const id = await order({ dcvType: "dns" });
    expect((await customer.get(`requests/${id}`)).json().validations.request.status).toBe(true);
    ca.issue(id);
    expect((await customer.get(`certificates/${id}`)).json().dateSubscriptionExpired).toBeNull();
  });

  it("approvers are at the name alone", async () => {
    await start({ approverParents: false });
    expect((await customer.get("approver-email-addresses?domain=www.example.nl")).json()).toHaveLength(5);
  });

  it("OV orders complete their steps by themselves", async () => {
    await start({ automaticSteps: true, preValidated: ["example.nl"], issueDelayMs: 0 });
    const id = await order({ product: "2", ...companyFields });
    await ca.idle();
    expect(ca.order(id).state).toBe("issued");
  });

  it.each<[string, SwitchChanges["leaf"] & {}, (leaf: X509Certificate) => unknown, unknown]>([
    ["expired", { notBeforeHours: -48, lifetimeDays: 1 }, (leaf) => leaf.validTo, "Nov 23 09:00:00 2026 GMT"],
    ["not yet valid", { notBeforeHours: 12 }, (leaf) => leaf.validFrom, "Nov 24 21:00:00 2026 GMT"],
    ["an authority", { isCa: true }, (leaf) => leaf.ca, true],
    ["for clients only", { serverAuth: false }, (leaf) => leaf.keyUsage, ["1.3.6.1.5.5.7.3.4"]],
    ["without names", { subjectAltName: false }, (leaf) => leaf.subjectAltName, undefined],
    [
      "for fewer names",
      { withoutNames: ["example.nl"] },
      (leaf) => leaf.subjectAltName,
      "DNS:www.example.nl",
    ],
    ["signed with SHA-1", { signature: "sha1" }, (leaf) => leaf.signatureAlgorithm, "ecdsa-with-SHA1"],
  ])("a certificate is %s (F-29, F-30)", async (_, leaf, look, seen) => {
    await start({ leaf });
    const id = await issued({ disableFreeSan: undefined });
    expect(look(new X509Certificate(await customer.download(id)))).toEqual(seen);
  });

  it("a certificate is for another key, or from a stranger (F-26, F-27)", async () => {
    await start({ leaf: { otherKey: true, issuer: "stranger" } });
    const csr = makeCsr("www.example.nl");
    const leaf = new X509Certificate(await customer.download(await issued({ csr: csr.pem })));
    expect(leaf.checkPrivateKey(csr.privateKey)).toBe(false);
    expect(leaf.checkIssued(new X509Certificate(ca.pems.stranger))).toBe(true);
  });
});
