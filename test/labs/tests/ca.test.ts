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
